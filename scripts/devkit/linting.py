"""The command lint: every linter over the project's own files; FIX=1 repairs."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from devkit import environment, node, process, settings
from devkit.console import say

_SKIPPED_FOLDERS = {".git", ".odoo", "node_modules", "__pycache__"}
#: Not possible in .pylintrc, where `enable=odoolint` has the last word.
_PYLINT_OFF = "--disable=consider-merging-classes-inherited"
#: Libraries of others, unchanged.
_FOREIGN = "/static/lib/"
_PRETTY = (".js", ".mjs", ".xml", ".scss", ".json", ".yml", ".yaml")


@dataclass(frozen=True)
class _Check:
    """A linter: its command, what makes it repair, the files it looks at."""

    name: str
    command: tuple
    files: list
    check: tuple = ()
    repair: tuple = None
    env: dict = field(default=None, repr=False)

    def run(self, repair):
        return subprocess.run(
            [str(part) for part in (*self.command, *self._mode(repair), *self.files)],
            cwd=settings.ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def _mode(self, repair):
        return self.check if self.repair is None or not repair else self.repair


def lint():
    """Run all linters; 1 if one of them finds something."""
    repair = settings.flag("FIX")
    checks = [check for check in _checks() if check.files]
    if repair:  # one after the other: they write the same files
        results = [check.run(repair) for check in checks]
    else:
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(lambda check: check.run(repair), checks))
    failed = []
    for check, result in zip(checks, results, strict=True):
        say(f"{check.name}: {'found faults' if result.returncode else 'clean'}")
        if result.returncode:
            failed.append(check.name)
            print(result.stdout, flush=True)
    if failed:
        say(f"Lint: {', '.join(failed)} found faults; `make lint FIX=1` repairs many")
        return 1
    say(f"Lint: clean ({len(checks)} linters)")
    return 0


def _checks():
    files = [name for name in _project_files() if _FOREIGN not in name]
    tools = environment.LINT.ensure()
    env = node.ensure()

    def ending(*suffixes):
        return [name for name in files if name.endswith(suffixes)]

    def npm(name):
        return (node.MODULES / ".bin" / name,)

    def oca(name, names):
        return _Check(name, (tools.program(name),), names, repair=("--fix",))

    python = ending(".py")
    manifests = ending("/__manifest__.py")
    addons = [name.rpartition("/")[0] for name in manifests]
    ruff = tools.program("ruff")
    return (
        _Check("ruff check", (ruff, "check", "--quiet"), python, repair=("--fix",)),
        _Check("ruff format", (ruff, "format", "--quiet"), python, ("--diff",), ()),
        _Check(
            "pylint-odoo",
            (tools.program("pylint"), "--rcfile=.pylintrc", _PYLINT_OFF),
            addons,
        ),
        oca("oca-checks-odoo-module", manifests),
        _Check(
            "readme",
            (tools.program("python"), "-m", "devkit.readmes"),
            manifests,
            repair=("--repair",),
        ),
        oca("oca-checks-po", ending(".po", ".pot")),
        _Check(
            "prettier",
            (*npm("prettier"), "--log-level=warn"),
            ending(*_PRETTY),
            check=("--check",),
            repair=("--write",),
            env=env,
        ),
        _Check(
            "eslint",
            (*npm("eslint"), "--max-warnings=0"),
            ending(".js", ".mjs"),
            repair=("--fix",),
            env=env,
        ),
    )


def _project_files():
    """Paths of the project's files, new ones included, ignored ones not."""
    listed = process.output(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=settings.ROOT,
    )
    if listed is not None:
        found = [name for name in listed.split("\0") if name]
        return [name for name in found if (settings.ROOT / name).is_file()]
    # An archive without git, or a machine without it.
    paths = (path.relative_to(settings.ROOT) for path in settings.ROOT.rglob("*"))
    return sorted(
        str(path)
        for path in paths
        if not _SKIPPED_FOLDERS.intersection(path.parts)
        and (settings.ROOT / path).is_file()
    )
