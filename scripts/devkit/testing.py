"""The command test: what needs no database, then everything inside Odoo."""

import re
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from devkit import addons, debian, environment, settings, workbench
from devkit.console import Problem, say, step
from devkit.databases import Databases

_COVERAGE = settings.STATE / "coverage"
_TRIAL = settings.STATE / "trial"  # of the benchmark
_PLAIN = settings.ROOT / "tests" / "without_odoo"
_OPTIONS = ("--durations=15", "-rs")
_WAITING = ("nice",)  # all waits for the databases: whatever is beside them steps back
# Two workers, each with its copy of the database; a class of tests stays together. The
# suite-wide tests go first: among them are the longest.
_SPREAD = ("--numprocesses=2", "--dist=loadscope", "--no-loadscope-reorder")
_NO_TESTS = 5  # pytest's exit code if it has found none
# Lines of Odoo's log, while it installs the add-ons, that say nothing about them.
_KNOWN_LINES = re.compile(r"Running as user 'root'")


def test():
    """Run the tests; ends with pytest's summary of the run inside Odoo."""
    chosen = addons.chosen()
    bench = workbench.prepare(debian.ensure_browser)
    shutil.rmtree(_COVERAGE, ignore_errors=True)
    shutil.rmtree(_TRIAL, ignore_errors=True)
    with ThreadPoolExecutor() as pool:  # one core builds, the other one tests
        plain = pool.submit(_plain_tests, bench, chosen)
        template = Databases(bench).template()
        if _is_whole():
            pool.submit(_try_benchmark, bench, template)
        database = _test_database(bench, chosen, template)
        plain_code, told = plain.result()
        if told:
            say(f"Tests without Odoo and database\n{told}")
        codes = [plain_code, _odoo_tests(bench, chosen, database, template)]
    if settings.variable("ARGS") and codes != [_NO_TESTS, _NO_TESTS]:
        codes = [0 if code == _NO_TESTS else code for code in codes]
    if codes[0]:
        say("The tests without Odoo, further above, have failed")
    return max(codes)


def _is_whole():
    """Whether all tests of all add-ons are to run."""
    return not settings.variable("ARGS") and not settings.variable("ADDON")


def _try_benchmark(bench, template):
    """Run the benchmark on small data, for the test that looks at what comes out.

    It takes longer than any test and needs the template alone: so it begins while the
    database of the others is made.
    """
    _TRIAL.mkdir(parents=True)
    command = [environment.MAIN.python, "-m", "bench", "--customers", "40"]
    with (_TRIAL / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*map(str, command), "--json", str(_TRIAL / "figures.json")],
            cwd=settings.ROOT,
            env=bench.env(SUITE_TEMPLATE=template),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        status = process.wait()
    (_TRIAL / "new").write_text(f"{status} {process.pid}")
    (_TRIAL / "new").rename(_TRIAL / "status")


def _test_database(bench, chosen, template):
    """Name of a database with the chosen add-ons, made of the template."""
    database = f"{settings.database()}_test"
    databases = Databases(bench)
    with step(f"Test database: {', '.join(chosen)}") as current:
        databases.copy(template, database)
        _check_log(databases.install(database, chosen))
        databases.build_bundles(database, "spare_companies")
        current.result = databases.size(database)
    return database


def _plain_tests(bench, chosen):
    """The tests of the engines, pure Python, and those of the suite that need no Odoo.

    :return: pytest's exit code and what it told
    """
    folders = [settings.ADDONS / name / "engine" / "tests" for name in chosen]
    if not settings.variable("ADDON"):
        folders.append(_PLAIN)
    folders = [folder for folder in folders if folder.is_dir()]
    if not folders:
        return 0, ""
    # The plug-in lets engines be imported without the add-on around them.
    plugins = ("-p", "no:odoo", "-p", "devkit.pytest_engine")
    done = _pytest(
        bench.env(),
        *plugins,
        *folders,
        before=_WAITING,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.returncode, done.stdout


def _odoo_tests(bench, chosen, database, template):
    """All other tests, one run of pytest inside Odoo; pytest's exit code."""
    complete = not settings.variable("ARGS")
    whole = not settings.variable("ADDON")
    folders = [settings.ADDONS / name for name in chosen]
    say(f"Tests inside Odoo, database {database}")
    return _pytest(
        # Odoo's limit of memory is one of addresses; a run with browsers, threads and
        # whole order histories uses more of them than a worker may. Tests that make
        # databases of their own copy one of these instead of installing all once more.
        bench.env(
            ODOO_LIMIT_MEMORY_HARD="0",
            SUITE_TEMPLATE=template,
            SUITE_INSTALLED=database,
            **({"SUITE_TRIAL": str(_TRIAL)} if _is_whole() else {}),
        ),
        f"--odoo-database={database}",
        "--odoo-http",
        "--odoo-log-level=warn",
        "--ignore-glob=*/engine/tests",
        f"--ignore={_PLAIN}",
        *((f"--complete-addons={','.join(chosen)}",) if complete else ()),
        *(_SPREAD if complete and whole else ()),
        *((settings.ROOT / "tests",) if whole else ()),
        *folders,
    ).returncode


def _pytest(env, *arguments, before=(), **how):
    python = environment.MAIN.python
    command = [*before, python, "-m", "pytest", *_OPTIONS, *arguments]
    command += shlex.split(settings.variable("ARGS"))
    return subprocess.run(
        [str(part) for part in command],
        cwd=settings.ROOT,
        env={**env, "SUITE_COVERAGE": str(_COVERAGE)},
        stdin=subprocess.DEVNULL,
        check=False,
        **how,
    )


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
