"""The commands around the run database: run, stop, reset, shell, load."""

import json
import os
import shutil
import subprocess
import sys

from devkit import (
    addons,
    debian,
    environment,
    postgres,
    server,
    settings,
    workbench,
)
from devkit.console import Problem, say, step
from devkit.databases import Databases

_LOGIN = "admin"


def run():
    """Make the suite run: from nothing to a page to log in to, or from where it was."""
    database, port = settings.database(), settings.port()
    current = server.running()
    if not current or current.port != port:
        server.check_port(port)
    bench = workbench.prepare()
    databases = Databases(bench)
    if databases.exists(database):
        changed = _update(databases, database)
    else:
        changed = True
        server.stop()
        _build(bench, databases, database)
    if changed or not current or (current.database, current.port) != (database, port):
        server.stop()
        current = server.start(bench, database, port)
    say(f"Ready: {current.url} (database {database})")
    say(f"Log in as {_LOGIN} with the password {_LOGIN}")
    return 0


def _build(bench, databases, database):
    """Build the run database under another name, so that half of one never counts."""
    new = f"{database}_new"
    present = addons.fingerprints()
    template = databases.template()
    with step(f"Database {database}: {', '.join(present)}") as current:
        databases.copy(template, new)
        databases.install(new, list(present))
        databases.build_bundles(new, "first_steps")
        current.result = databases.size(new)
    sample = ["--sample"] if settings.flag("SAMPLE") else []
    for arguments in (["cdnow", *sample], ["journey"]):
        if _package(bench, "loading", [*arguments, "--database", new]):
            raise Problem("Loading the real data failed", "It says why, above")
    if "loyalty_program" in present:
        with step("A loyalty program for the supermarket"):
            bench.in_odoo(new, "loyalty_club", doing="granting points")
    with step("A first night: stages, segments and months of the past"):
        bench.in_odoo(new, "first_night", doing="computing the past")
    databases.rename(new, database)
    _remember(database, present)


def _update(databases, database):
    """Install new add-ons and update those whose files changed; True if there were."""
    known = _remembered(database)
    present = addons.fingerprints()
    installed = databases.installed(database)
    fresh = [name for name in present if name not in installed]
    changed = [
        name
        for name, digest in present.items()
        if name not in fresh and known.get(name) != digest
    ]
    if not fresh and not changed:
        return False
    server.stop()
    with step(f"Database {database}: update {', '.join(fresh + changed)}"):
        databases.install(database, fresh, update=changed)
        databases.build_bundles(database)
    _remember(database, present)
    return True


def stop():
    """Stop the server and the private PostgreSQL."""
    stopped = server.stop()
    say(f"Odoo server: {'stopped' if stopped else 'was not running'}")
    say(f"PostgreSQL: {'stopped' if postgres.stop() else 'no private one was running'}")
    return 0


def reset():
    """Drop the run database with its attachments.

    Asks at a terminal unless CONFIRM=1; elsewhere nobody could answer, and the command
    is taken at its word.
    """
    database = settings.database()
    databases = Databases(workbench.Workbench(odoo=None, server=postgres.ensure()))
    if not databases.exists(database):
        say(f"There is no database {database}: nothing to drop")
        return 0
    size = databases.size(database)
    say(f"Drops the database {database} ({size}) and its attachments")
    if sys.stdin.isatty() and not settings.flag("CONFIRM"):
        if input("Sure? Type yes: ").strip().lower() != "yes":
            say("Nothing was changed")
            return 1
    server.stop()
    databases.drop(database)
    _record(database).unlink(missing_ok=True)
    say(f"Dropped. `make run` builds {database} anew")
    return 0


def shell():
    """Open Odoo's shell on the run database."""
    bench, database = _existing()
    command = bench.odoo_command("shell", "-d", database, "--no-http")
    os.chdir(settings.ROOT)
    os.execve(command[0], [str(part) for part in command], bench.env())


def load():
    """Load an order history into the run database."""
    name = settings.variable("FILE")
    if not name:
        raise Problem("No file is named", "Say which: make load FILE=orders.csv")
    path = os.path.abspath(os.path.expanduser(name))
    if not os.path.isfile(path):
        raise Problem(f"There is no file {path}", "Check FILE")
    bench, database = _existing()
    company = settings.variable("COMPANY")
    options = ["--company", company] if company else []
    return _package(bench, "loading", ["file", path, "--database", database, *options])


def package(name):
    """Run one of the project's packages beside the kit (bench, screenshots)."""
    bench = workbench.prepare()
    arguments = settings.variable("ARGS").split()
    return _package(bench, name, arguments)


def screenshots():
    """Take the pictures of the documentation from the running suite."""
    current = server.running()
    if not current:
        raise Problem("The suite does not run", "Start it: make run")
    bench = workbench.prepare(debian.ensure_browser, debian.ensure_chinese_font)
    more = {"SUITE_URL": current.url, "SUITE_DATABASE": current.database}
    return _package(bench, "screenshots", settings.variable("ARGS").split(), **more)


def _existing():
    """The workbench and the run database, which must be there."""
    database = settings.database()
    bench = workbench.prepare()
    if not Databases(bench).exists(database):
        raise Problem(f"There is no database {database}", "Build it first: make run")
    return bench, database


def _package(bench, name, arguments, **variables):
    """Run a package of scripts/ in the private environment; its exit status.

    Its output is ours, complaints included.
    """
    return subprocess.run(
        [str(environment.MAIN.python), "-m", name, *arguments],
        cwd=settings.ROOT,
        env=bench.env(**variables),
        check=False,
    ).returncode


def _record(database):
    """File that says which state of the add-ons a database has."""
    return settings.STATE / "installed" / f"{database}.json"


def _remember(database, fingerprints):
    path = _record(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(fingerprints, indent=1))
    shutil.move(new, path)


def _remembered(database):
    try:
        return json.loads(_record(database).read_text())
    except (OSError, ValueError):
        return {}
