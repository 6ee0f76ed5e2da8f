"""Running programs: their output goes to a log, their failure becomes one line."""

import fcntl
import os
import re
import shlex
import subprocess
from contextlib import contextmanager

from devkit import settings
from devkit.console import Problem, say

_NO_NETWORK = re.compile(
    r"could not resolve|temporary failure (in name resolution|resolving)|"
    r"network is unreachable|connection refused|connection timed out|dns error|"
    r"getaddrinfo|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ENETUNREACH|ETIMEDOUT|"
    r"newconnectionerror|error sending request|failed to fetch",
    re.IGNORECASE,
)
_FAULT = re.compile(r"error|fatal|^E: |no space left|failed|refused", re.IGNORECASE)


def run(command, *, log, doing, mend="", env=None, cwd=None, stdin=None):
    """Run a program to its end; what it says goes to the log named `log`, and back.

    :param doing: what the user should read if it fails ("installing x")
    :param mend: what to do then; by default the log is named
    :param stdin: text for its standard input (none by default)
    """
    path = log_file(log)
    with path.open("ab") as out:
        out.write(f"$ {shlex.join(map(str, command))}\n".encode())
        out.flush()
        began = out.tell()
        code = subprocess.run(
            [str(part) for part in command],
            input=stdin.encode() if stdin is not None else b"",
            stdout=out,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd or settings.ROOT,
            check=False,
        ).returncode
    with path.open("rb") as stream:
        stream.seek(began)
        said = stream.read().decode(errors="replace")
    if code:
        raise _problem(said, path, doing, mend)
    return said


def output(command, env=None, cwd=None):
    """What a program prints, or None if it is missing or fails."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=env,
            cwd=cwd,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def log_file(name):
    """Path of the log `name`; the folder exists."""
    settings.LOGS.mkdir(parents=True, exist_ok=True)
    return settings.LOGS / f"{name}.log"


def _problem(said, path, doing, mend):
    mend = mend or f"The whole story is in {os.path.relpath(path)}"
    if "No space left on device" in said:
        return Problem(f"{doing}: the disk is full", "Make room, then run it again")
    if _NO_NETWORK.search(said):
        return Problem(f"{doing}: no network, or the registry cannot be reached", mend)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    faults = [line for line in lines if _FAULT.search(line)]
    reason = (faults or lines or ["it gave no reason"])[-1]
    return Problem(f"{doing} failed: {reason[:200]}", mend)


@contextmanager
def alone(path, doing):
    """Let one process at a time do something; the others wait and say so.

    The lock ends with the process, however it ends, so a killed run blocks nobody.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{doing}: waiting for another run that does the same")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
