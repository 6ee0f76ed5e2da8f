"""Everything that must be there before Odoo can start, and how it is told about it."""

import os
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from devkit import debian, disk, environment, odoo_source, postgres, process, settings
from devkit.console import Problem

# Variables of the caller that would silently change what Odoo or Python does.
_FOREIGN = ("ODOO_", "PG", "PYTHON", "OPENERP_")


@dataclass(frozen=True)
class Workbench:
    """An Odoo with its environment and database server, ready to work."""

    odoo: odoo_source.Odoo
    server: postgres.Server

    def env(self, **more):
        """The environment of every program that uses Odoo: its whole configuration."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_FOREIGN)
        }
        path = self.server.env["PATH"]
        return {
            **kept,
            **self.server.env,
            "PATH": f"{environment.MAIN.path / 'bin'}{os.pathsep}{path}",
            "PYTHONPATH": str(settings.SCRIPTS),
            "ODOO_RC": os.devnull,
            "ODOO_ADDONS_PATH": str(settings.ADDONS),
            "ODOO_DATA_DIR": str(settings.DATA),
            "ODOO_HTTP_INTERFACE": "127.0.0.1",
            "ODOO_SCREENSHOTS": str(settings.STATE / "failures"),
            "SUITE_CACHE": str(settings.CACHE),
            "SUITE_STATE": str(settings.STATE),
            # Debian's wrapper of Chromium reads it: no calls home during tests.
            "CHROMIUM_FLAGS": (
                "--disable-component-update --disable-sync --disable-quic"
            ),
            **more,
        }

    def odoo_command(self, *arguments):
        return [environment.MAIN.program("odoo"), *arguments]

    def in_odoo(self, database, *scripts, doing, **variables):
        """Run scripts of `in_odoo/`, one after the other, in one shell of Odoo."""
        folder = settings.SCRIPTS / "devkit" / "in_odoo"
        paths = [folder / f"{script}.py" for script in scripts]
        process.run(
            self.odoo_command("shell", "-d", database, "--no-http", "--log-level=warn"),
            log="odoo-setup",
            doing=doing,
            env=self.env(**variables),
            stdin="\n".join(path.read_text(encoding="utf-8") for path in paths),
        )


def prepare(*packages):
    """Bring Odoo, its Python packages and PostgreSQL here, side by side.

    :param packages: what else to see to meanwhile, functions of :mod:`devkit.debian`
    """
    _check_state()
    if not debian.can_install():
        for ensure in packages:
            ensure()  # what nobody here may install is told before anything is fetched
    with process.alone(settings.STATE / ".setup.lock", "set-up"):
        disk.check()
        needed = (odoo_source.ensure, environment.MAIN.ensure, postgres.ensure)
        tasks = (*needed, *packages)
        with ThreadPoolExecutor(len(tasks)) as pool:
            jobs = [pool.submit(task) for task in tasks]
            wait(jobs, return_when=FIRST_EXCEPTION)
            for job in jobs:
                if job.done() and job.exception():
                    raise job.exception()
            odoo, _, server, *_others = (job.result() for job in jobs)
        environment.link_odoo(odoo)
    return Workbench(odoo, server)


def _check_state():
    """Refuse a private folder copied from another checkout.

    It says that its server runs, and means the other's. After a move all is well.
    """
    settings.STATE.mkdir(parents=True, exist_ok=True)
    owner = settings.STATE / "checkout"
    origin = Path(owner.read_text()) if owner.exists() else settings.ROOT
    if origin != settings.ROOT and (origin / owner.relative_to(settings.ROOT)).exists():
        raise Problem(
            f"{settings.STATE} was copied from the checkout {origin}",
            "Remove it, and it is built anew",
        )
    owner.write_text(str(settings.ROOT))
