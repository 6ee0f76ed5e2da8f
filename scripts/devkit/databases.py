"""Databases: a template made once, copies of it, their folders of attachments."""

import hashlib
import os
import shutil

from devkit import addons, process, settings
from devkit.console import Problem, megabytes, step

_FILESTORE = settings.DATA / "filestore"
_QUIET = ("--stop-after-init", "--no-http", "--max-cron-threads=0", "--log-level=warn")


class Databases:
    """The databases of a workbench's server."""

    def __init__(self, workbench):
        self.workbench = workbench
        self._checkout = _hash(settings.ROOT)[:6]

    def exists(self, name):
        return self._query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1"

    def size(self, name):
        return megabytes(int(self._query(f"SELECT pg_database_size('{name}')")))

    def drop(self, name):
        """Drop a database, its connections and its attachments, if they exist."""
        self._query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(_FILESTORE / name, ignore_errors=True)

    def copy(self, source, target):
        """Copy a database; attachments are linked, since Odoo never changes a file."""
        self.drop(target)
        self._query(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
        if (_FILESTORE / source).is_dir():
            shutil.copytree(
                _FILESTORE / source, _FILESTORE / target, copy_function=os.link
            )

    def rename(self, source, target):
        """Give a finished database its name."""
        shutil.rmtree(_FILESTORE / target, ignore_errors=True)
        if (_FILESTORE / source).is_dir():
            os.rename(_FILESTORE / source, _FILESTORE / target)
        self._query(f'ALTER DATABASE "{source}" RENAME TO "{target}"')

    def install(self, name, modules, update=()):
        """Install modules in a database and update others; returns what Odoo logged."""
        chosen = ("-i", ",".join(modules)) if modules else ()
        changed = ("-u", ",".join(update)) if update else ()
        doing = f"installing {', '.join((*modules, *update))}"
        said = self._odoo(name, doing, (*chosen, *changed))
        # Odoo passes over a module it cannot find or whose needs are not met.
        if missing := {*modules, *update} - self.installed(name):
            raise Problem(
                f"Odoo did not install {', '.join(sorted(missing))}",
                "See its log: .odoo/log/odoo-setup.log",
            )
        return said

    def installed(self, name):
        """The modules installed in a database."""
        statement = "SELECT name FROM ir_module_module WHERE state = 'installed'"
        return set(self._query(statement, name).split())

    def build_bundles(self, name, *before):
        """Build the web client's scripts and styles, so that no page or test has to.

        :param before: scripts of `in_odoo/` to run first, in the same shell
        """
        doing = "building scripts and styles"
        self.workbench.in_odoo(name, *before, "build_bundles", doing=doing)

    def template(self):
        """Name of the database that has all the add-ons need, built on first use.

        Its name tells its content, so a change of that makes a new one; it gets the
        name only when finished, so a broken build is never copied.
        """
        modules = addons.base_modules()
        content = (self.workbench.odoo.version, modules, settings.LANGUAGES)
        prefix = f"template_{self._checkout}_"
        name = prefix + _hash(content)[:10]
        with process.alone(settings.STATE / ".template.lock", "template database"):
            if self.exists(name) and (_FILESTORE / name).is_dir():
                return name
            for old in self._query(
                f"SELECT datname FROM pg_database WHERE datname LIKE '{prefix}%'"
            ).split():
                self.drop(old)
            title = f"Template database: Odoo with {', '.join(modules)}"
            with step(title) as current:
                new = f"{name}_new"
                languages = f"--load-language={','.join(settings.LANGUAGES)}"
                chosen = ("-i", ",".join(modules), languages)
                self._odoo(new, "building the template database", chosen)
                self.rename(new, name)
                current.result = self.size(name)
        return name

    def _odoo(self, name, doing, arguments):
        return process.run(
            self.workbench.odoo_command("-d", name, *arguments, *_QUIET),
            log="odoo-setup",
            doing=doing,
            env=self.workbench.env(),
        )

    def _query(self, statement, database="postgres"):
        psql = ["psql", "-XAtqw", "-v", "ON_ERROR_STOP=1", "-d", database]
        found = process.output([*psql, "-c", statement], env=self.workbench.env())
        if found is None:
            raise Problem(
                f"The PostgreSQL server refused: {statement}",
                "Check that it runs, and that the role may create databases",
            )
        return found


def _hash(content):
    return hashlib.sha256(repr(content).encode()).hexdigest()
