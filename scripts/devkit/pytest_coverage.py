"""pytest plug-in: the share of its lines that the tests of each add-on ran.

It measures in every process of a run – workers, and pytest started by a test – that
finds the variable `SUITE_COVERAGE`, a folder. Each leaves a file there; the one that
prints the summary adds all of them up. slipcover puts its probes into the add-ons' code
only: tracing (coverage.py before Python 3.12) makes all of Odoo take twice as long.
"""

import json
import os
import uuid
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

_VARIABLE = "SUITE_COVERAGE"
_NEVER = 2**31 - 1  # times a line runs before its probe is taken out
_OMIT = ["*/tests/*", "*/migrations/*", "*/__manifest__.py"]


def pytest_configure(config):
    folder = os.environ.get(_VARIABLE)
    if not folder:
        return
    addons = config.rootpath / "custom_addons"
    is_worker = hasattr(config, "workerinput")
    if is_worker or not config.getoption("numprocesses", None):
        config.pluginmanager.register(_Probes(addons, Path(folder)), "suite-probes")
    if not is_worker and config.pluginmanager.hasplugin("odoo"):
        config.pluginmanager.register(_Shares(addons, Path(folder)), "suite-shares")


class _Probes:
    """Notes which lines of the add-ons run in this process."""

    def __init__(self, addons, folder):
        from slipcover import FileMatcher, Slipcover

        self.folder = folder
        # Probes stay where they are: taking out those of busy lines compares the names
        # that all threads know, whatever objects these are, while a request runs.
        self.slipcover = Slipcover(
            source=[str(addons)], omit=_OMIT, d_miss_threshold=_NEVER
        )
        self._watch(FileMatcher(sources=[addons], omit=_OMIT))

    def _watch(self, files):
        # slipcover's own finder of modules and Odoo's would call each other for ever
        plain = SourceFileLoader.get_code

        def get_code(loader, name):
            code = plain(loader, name)
            if code is not None and files.matches(loader.path):
                code = self.slipcover.instrument(code)
            return code

        SourceFileLoader.get_code = get_code

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        files = self.slipcover.get_coverage()["files"]
        path = self.folder / f"{uuid.uuid4().hex}.json"
        path.write_text(json.dumps(files), encoding="utf-8")


class _Shares:
    """Prints the share, add-on by add-on."""

    def __init__(self, addons, folder):
        self.addons = addons
        self.folder = folder

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter, config):
        terminalreporter.section("coverage")
        for name, (ran, lines) in sorted(self._by_addon(config.rootpath).items()):
            share = 100 * len(ran) / len(lines)
            terminalreporter.write_line(
                f"{name:32} {len(lines):6} lines {share:5.1f} %"
            )

    def _by_addon(self, root):
        """{add-on: (lines that ran, all lines), each as pairs of file and number}"""
        sums = {}
        for path in self.folder.glob("*.json"):
            files = json.loads(path.read_text(encoding="utf-8"))
            for file, lines in files.items():
                # slipcover tells paths from the working directory
                addon = (root / file).relative_to(self.addons).parts[0]
                ran, known = sums.setdefault(addon, (set(), set()))
                ran.update((file, line) for line in lines["executed_lines"])
                known.update((file, line) for line in lines["missing_lines"])
                known.update((file, line) for line in lines["executed_lines"])
        return {addon: pair for addon, pair in sums.items() if pair[1]}
