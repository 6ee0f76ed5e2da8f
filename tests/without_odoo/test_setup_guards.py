"""A green run hides nothing: the guards over pytest do their work."""

import os
import re
import subprocess
import sys
import textwrap

import pytest

from devkit import settings


@pytest.fixture
def outcome(tmp_path):
    """Function: text of a test file -> (exit code, output) of a run with the guards."""

    def run(text, *plugins, arguments=()):
        path = tmp_path / "test_sample.py"
        path.write_text(textwrap.dedent(text))
        options = [part for name in plugins for part in ("-p", name)]
        base = ["-m", "pytest", "-p", "devkit.pytest_guards", "-rs"]
        done = subprocess.run(
            [sys.executable, *base, *options, *arguments, "--rootdir", tmp_path, path],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(settings.SCRIPTS),
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    return run


def test_a_plain_green_test_stays_green(outcome):
    code, output = outcome("def test(): assert True")
    assert (code, output.count("1 passed")) == (0, 1)


def test_an_unexpected_skip_fails_the_run(outcome):
    code, output = outcome(
        """
        import pytest
        def test(): pytest.skip("Chrome executable not found")
        """
    )
    assert code == 1
    assert "skipped without permission" in output


def test_a_skipped_module_and_an_expected_failure_are_skips_too(outcome):
    assert outcome("import pytest\npytest.importorskip('no_such_module')")[0] != 0
    code, output = outcome(
        """
        import pytest
        @pytest.mark.xfail(reason="later")
        def test(): assert False
        """
    )
    assert code == 1
    assert "later" in output


def test_an_allowed_skip_is_shown_but_green(outcome):
    code, output = outcome(
        """
        import pytest
        def test(): pytest.skip("needs wkhtmltopdf")
        def test_other(): assert True
        """
    )
    assert code == 0
    assert "1 passed, 1 skipped" in output


def test_a_warning_of_odoo_fails_the_test(outcome):
    code, output = outcome(
        """
        import logging
        def test(): logging.getLogger("odoo.addons.x").warning("half a %s", "result")
        """
    )
    assert code == 1
    assert "WARNING odoo.addons.x: half a result" in output


def test_an_expected_warning_and_other_programs_do_not(outcome):
    code, _ = outcome(
        """
        import logging, unittest
        class Test(unittest.TestCase):
            def test(self):
                logging.getLogger("urllib3").warning("slow")
                with self.assertLogs("odoo.addons.x", "WARNING") as caught:
                    logging.getLogger("odoo.addons.x").warning("expected")
                self.assertEqual(len(caught.records), 1)
        """
    )
    assert code == 0


def test_a_warning_between_the_tests_fails_the_run(outcome):
    code, output = outcome(
        """
        import logging
        def teardown_module(): logging.getLogger("odoo.http").error("left open")
        def test(): assert True
        """
    )
    assert code == 1
    assert "left open" in output


SPREAD = {"arguments": ("--numprocesses=2",)}


def test_spread_over_processes_nothing_is_hidden_either(outcome):
    code, output = outcome("def test(): assert True", "xdist", **SPREAD)
    assert (code, output.count("1 passed")) == (0, 1)
    code, output = outcome(
        """
        import pytest
        def test(): pytest.skip("Chrome executable not found")
        """,
        "xdist",
        **SPREAD,
    )
    assert code == 1
    assert "skipped without permission" in output
    code, output = outcome(
        """
        import logging
        def test(): logging.getLogger("odoo.sql_db").error("within a test")
        """,
        "xdist",
        **SPREAD,
    )
    assert code == 1
    assert "within a test" in output


def test_a_warning_between_the_tests_reaches_the_controller(outcome):
    code, output = outcome(
        """
        import logging
        logging.getLogger("odoo.models").warning("half a result")
        def test(): assert True
        """,
        "xdist",
        **SPREAD,
    )
    assert "half a result" in output
    assert code == 1


def test_a_frozen_clock_does_not_touch_the_durations(outcome):
    code, output = outcome(
        """
        import freezegun, pytest
        @pytest.fixture
        def frozen():
            clock = freezegun.freeze_time("2020-02-02")
            clock.start()
            yield
            clock.stop()
        def test(frozen): assert True
        """,
        arguments=("--durations=5", "-vv"),
    )
    assert code == 0
    durations = re.findall(r"^([\d.]+)s (?:call|setup)", output, re.M)
    assert durations
    assert max(map(float, durations)) < 60


def test_an_engine_that_imports_odoo_is_found_out(outcome):
    code, output = outcome(
        "import odoo\ndef test(): assert True", "devkit.pytest_engine"
    )
    assert code != 0
    assert "import of odoo halted" in output
