"""Private Python environments, built by uv from pinned requirements, else by pip."""

import hashlib
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devkit import process, registry, settings
from devkit.console import Problem, megabytes, step

UV = "uv==0.13.9"


@dataclass(frozen=True)
class Environment:
    """A virtual environment and what belongs into it.

    :param alone: requirements to install without what they ask for themselves
    """

    name: str
    requirements: tuple
    alone: tuple = ()

    @property
    def path(self):
        return settings.STATE / self.name

    @property
    def python(self):
        return self.path / "bin" / "python"

    def program(self, name):
        return self.path / "bin" / name

    @property
    def is_ready(self):
        """Whether it was built to the end, from these very requirements."""
        return (
            self._stamp.is_file()
            and self._stamp.read_text() == self._fingerprint()
            and self.python.exists()
        )

    @property
    def _stamp(self):
        return self.path / ".requirements"

    def ensure(self):
        """Build the environment unless it is ready."""
        if self.is_ready:
            return self
        title = f"Python {sys.version_info.major}.{sys.version_info.minor} packages"
        with step(f"{title} ({self.name})", measure=self._size) as current:
            try:
                self._build()
            except Problem:
                shutil.rmtree(self.path, ignore_errors=True)
                raise
            current.result = self._size()
        self._stamp.write_text(self._fingerprint())
        return self

    def _fingerprint(self):
        parts = [sys.version, sys.executable, str(self.path)]
        for name in (*self.requirements, "without dependencies", *self.alone):
            path = settings.ROOT / name
            parts.append(path.read_text() if path.is_file() else name)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _size(self):
        done = process.output(["du", "-sb", self.path])
        return megabytes(int(done.split()[0])) if done else ""

    def _build(self):
        shutil.rmtree(self.path, ignore_errors=True)
        try:
            self._build_with_uv()
        except Problem as problem:
            if "disk is full" in problem.what:
                raise
            shutil.rmtree(self.path, ignore_errors=True)
            self._build_with_pip()

    def _build_with_uv(self):
        _uv(["venv", "--python", sys.executable, self.path], self.name)
        for arguments in self._installs():
            _uv_install(["--python", self.python, *arguments], self.name)

    def _build_with_pip(self):
        make = [sys.executable, "-m", "venv", self.path]
        process.run(make, log=self.name, doing="making the environment")
        for arguments in self._installs():
            process.run(
                [self.python, "-m", "pip", "install", *arguments],
                log=self.name,
                doing="installing Python packages",
                mend=f"Check the network and pip's configuration; log: {self.name}.log",
            )

    def _installs(self):
        """Arguments of the calls of `pip install` that fill the environment."""
        for names, options in ((self.requirements, ()), (self.alone, ("--no-deps",))):
            if names:
                pairs = [("-r", name) for name in names]
                yield [*options, *(part for pair in pairs for part in pair)]


MAIN = Environment(
    "venv",
    ("requirements.txt", "requirements-addons.txt", "requirements-test.txt"),
    alone=("requirements-data.txt",),
)
LINT = Environment("lint-venv", ("requirements-lint.txt",))


def link_odoo(odoo):
    """Make `odoo` importable in the main environment, and a command of it.

    By a path file rather than PYTHONPATH: every way to start its Python sees the same
    Odoo, and only one, since two on the path are silently mixed.
    """
    site = next(MAIN.path.glob("lib/python3.*/site-packages"))
    (site / "odoo.pth").write_text(f"{odoo.path}\n")
    command = MAIN.program("odoo")
    command.write_text(
        f"#!{MAIN.python}\nfrom odoo.cli.command import main\n\nmain()\n"
    )
    command.chmod(0o755)


def install_into(folder, requirement):
    """Put one package, without what it asks for, into a folder of its own."""
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    arguments = ["--python", sys.executable, "--target", new, "--no-deps", requirement]
    _uv_install(arguments, folder.name)
    os.rename(new, folder)


def _uv_install(arguments, log):
    install = ["pip", "install", *arguments]
    try:  # from the cache alone: no wait for a network that is not there
        _uv([*install, "--offline"], log)
    except Problem:
        _uv(install, log)


def _uv(arguments, log):
    """Run uv with the machine's registry and this user's cache."""
    env = registry.uv_environment()
    env["UV_CACHE_DIR"] = str(settings.CACHE / "uv-cache")
    doing = "installing Python packages"
    process.run([_uv_program(), *arguments], log=log, doing=doing, env=env)


def _uv_program():
    """Path of uv, which is kept in the cache: a second checkout needs no network."""
    home = settings.CACHE / UV.replace("==", "-")
    program = home / "bin" / "uv"
    with process.alone(settings.CACHE / ".uv.lock", "uv"):
        if not program.is_file():
            for leftover in settings.CACHE.glob(".new-uv-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            prefix = ".new-uv-"
            with tempfile.TemporaryDirectory(prefix=prefix, dir=settings.CACHE) as work:
                _fetch_uv(Path(work))
                os.rename(Path(work) / "uv", home)
    return program


def _fetch_uv(work):
    make = [sys.executable, "-m", "venv", work / "pip"]
    process.run(make, log="uv", doing="making an environment for pip")
    pip = [work / "pip/bin/python", "-m", "pip", "install", "--target", work / "uv"]
    process.run([*pip, UV], log="uv", doing="installing uv")
