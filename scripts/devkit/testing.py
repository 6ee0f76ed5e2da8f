"""The command test: the engines without a database, then everything inside Odoo."""

import re
import shlex
import subprocess

from devkit import addons, debian, environment, settings, workbench
from devkit.console import Problem, say, step
from devkit.databases import Databases

_COVERAGE = settings.STATE / "coverage"
_OPTIONS = ("--durations=15", "-rs", "--cov=custom_addons", "--cov-report=")
# Two workers, each with its copy of the database; a class of tests stays together. The
# suite-wide tests go first: among them are the longest.
_SPREAD = ("--numprocesses=2", "--dist=loadscope", "--no-loadscope-reorder")
_NO_TESTS = 5  # pytest's exit code if it has found none
# Lines of Odoo's log, while it installs the add-ons, that say nothing about them.
_KNOWN_LINES = re.compile(r"Running as user 'root'")


def test():
    """Run the tests; ends with pytest's summary of the run inside Odoo."""
    chosen = addons.chosen()
    debian.ensure_browser()
    bench = workbench.prepare()
    _COVERAGE.unlink(missing_ok=True)
    engine_code = _engine_tests(bench, chosen)
    database = f"{settings.database()}_test"
    databases = Databases(bench)
    template = databases.template()
    with step(f"Test database: {', '.join(chosen)}") as current:
        databases.copy(template, database)
        _check_log(databases.install(database, chosen))
        databases.build_bundles(database)
        current.result = databases.size(database)
    codes = [engine_code, _odoo_tests(bench, chosen, database, template)]
    if settings.variable("ARGS") and codes != [_NO_TESTS, _NO_TESTS]:
        codes = [0 if code == _NO_TESTS else code for code in codes]
    if codes[0]:
        say("The engine tests, further above, have failed")
    return max(codes)


def _engine_tests(bench, chosen):
    """The tests of the engines, pure Python; pytest's exit code."""
    folders = [settings.ADDONS / name / "engine" / "tests" for name in chosen]
    folders = [folder for folder in folders if folder.is_dir()]
    if not folders:
        return 0
    say("Engine tests, without Odoo and database")
    # The plug-in lets them be imported without the add-on around them.
    return _pytest(bench.env(), "-p", "no:odoo", "-p", "devkit.pytest_engine", *folders)


def _odoo_tests(bench, chosen, database, template):
    """All other tests, one run of pytest inside Odoo; pytest's exit code."""
    complete = not settings.variable("ARGS")
    whole = not settings.variable("ADDON")
    folders = [settings.ADDONS / name for name in chosen]
    say(f"Tests inside Odoo, database {database}")
    return _pytest(
        # Odoo's limit of memory is one of addresses; a run with browsers, threads and
        # whole order histories uses more of them than a worker may. The benchmarks'
        # trial copies the template instead of installing Odoo once more.
        bench.env(ODOO_LIMIT_MEMORY_HARD="0", SUITE_TEMPLATE=template),
        f"--odoo-database={database}",
        "--odoo-http",
        "--odoo-log-level=warn",
        "--ignore-glob=*/engine/tests",
        "--cov-append",
        *((f"--complete-addons={','.join(chosen)}",) if complete else ()),
        *(_SPREAD if complete and whole else ()),
        *((settings.ROOT / "tests",) if whole else ()),
        *folders,
    )


def _pytest(env, *arguments):
    command = [environment.MAIN.python, "-m", "pytest", *_OPTIONS, *arguments]
    if settings.variable("ADDON"):  # while working: coverage takes half as long again
        command.append("--no-cov")
    command += shlex.split(settings.variable("ARGS"))
    done = subprocess.run(
        [str(part) for part in command],
        cwd=settings.ROOT,
        env={**env, "COVERAGE_FILE": str(_COVERAGE)},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode


def _check_log(log):
    """Warnings while the add-ons are installed are faults of the add-ons."""
    faults = [
        line
        for line in log.splitlines()
        if re.search(r" (WARNING|ERROR|CRITICAL) ", line)
        and not _KNOWN_LINES.search(line)
    ]
    if faults:
        raise Problem(
            f"Odoo logged {len(faults)} warnings while it installed the add-ons, "
            f"first: {faults[0]}",
            "All are in .odoo/log/odoo-setup.log",
        )
