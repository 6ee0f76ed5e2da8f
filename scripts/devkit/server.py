"""The Odoo server of `make run`: started in the background, found again, stopped."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass

from devkit import environment, process, settings
from devkit.console import Problem, step

_RECORD = settings.STATE / "server.json"
_SECONDS_TO_START = 90
_SECONDS_TO_STOP = 15


@dataclass(frozen=True)
class Server:
    """A server that runs: its process, database and port."""

    pid: int
    database: str
    port: int

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"


def running():
    """The server of this checkout, or None."""
    try:
        server = Server(**json.loads(_RECORD.read_text()))
        # The number may since have gone to another process.
        with open(f"/proc/{server.pid}/cmdline", "rb") as stream:
            ours = str(environment.MAIN.python).encode() in stream.read()
    except (OSError, ValueError, TypeError):
        return None
    return server if ours else None


def check_port(port):
    """:raise Problem: somebody else listens on the port"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Problem(
                f"Port {port} is busy ({error.strerror})",
                f"Stop what listens there, or choose another: make run PORT={port + 1}",
            ) from error


def start(workbench, database, port):
    """Start the server in the background and wait until it answers."""
    log = process.log_file("odoo")
    options = ("-d", database, f"--db-filter=^{database}$", "--http-port", str(port))
    command = workbench.odoo_command(*options)
    with step(f"Odoo server on port {port}"), log.open("ab") as out:
        began = out.tell()
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=workbench.env(ODOO_RC=str(settings.ROOT / "config" / "odoo.conf")),
            cwd=settings.ROOT,
            start_new_session=True,
        )
        server = Server(child.pid, database, port)
        _RECORD.write_text(json.dumps(asdict(server)))
        _wait(child, server, log, began)
    return server


def _wait(child, server, log, began):
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end:
        if child.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{server.url}/web/health", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    stop()
    with log.open(encoding="utf-8", errors="replace") as stream:
        stream.seek(began)
        lines = [line.strip() for line in stream]
    faults = [line for line in lines if "ERROR" in line or "Error:" in line]
    raise Problem(
        f"The server did not start: {faults[-1] if faults else 'it does not answer'}",
        f"The whole story is in {log.relative_to(settings.ROOT)}",
    )


def stop():
    """Stop the server; returns it, or None if none ran."""
    server = running()
    if server:
        _signal(server.pid, signal.SIGTERM)
        end = time.monotonic() + _SECONDS_TO_STOP
        while running() and time.monotonic() < end:
            time.sleep(0.1)
        if running():
            _signal(server.pid, signal.SIGKILL)
    _RECORD.unlink(missing_ok=True)
    return server


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
