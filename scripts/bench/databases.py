"""Scratch databases: made, filled by Odoo and dropped again."""

import os
import shutil
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql

PREFIX = "bench_"
_ODOO = "from odoo.cli.command import main; main()"


class BenchError(Exception):
    """What keeps the benchmark from running, and how to mend it, in one line."""


class Databases:
    """The scratch databases of one run; all are dropped at the end of the ``with``."""

    def __init__(self):
        self._stem = f"{PREFIX}{os.getpid()}_"
        self._made = []

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        for name in self._made:
            drop(name)

    def create(self, name, template=None):
        """Create a database, a copy of another one if given.

        :return: its full name
        """
        name = self._stem + name
        self._made.append(name)
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        try:
            with server() as cr:
                cr.execute(statement)
        except psycopg2.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise BenchError(f"Cannot create database {name!r}: {reason}") from error
        if template and filestore(template).exists():
            shutil.copytree(filestore(template), filestore(name), copy_function=os.link)
        return name


def drop(name):
    """Drop a scratch database with its files."""
    if not name.startswith(PREFIX):
        raise ValueError(f"{name} is not a scratch database")
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    with server() as cr:
        cr.execute(statement.format(sql.Identifier(name)))
    shutil.rmtree(filestore(name), ignore_errors=True)


def install(database, modules):
    """Install add-ons; does nothing for those that are.

    :param modules: list of technical names
    :raise BenchError: with the end of Odoo's log, if that fails
    """
    missing = [module for module in modules if not is_installed(database, module)]
    if not missing:
        return  # Odoo would look through all its modules to find that out
    options = ["-i", ",".join(missing), "--stop-after-init", "--no-http"]
    done = subprocess.run(
        odoo_command(database, options), capture_output=True, text=True, check=False
    )
    if done.returncode:
        log = done.stderr.strip().splitlines()[-15:]
        raise BenchError(f"Odoo could not install {missing}:\n" + "\n".join(log))


def odoo_command(database, options):
    """:return: the command that runs Odoo on one database (list of str)"""
    fixed = ["-d", database, "--log-level=warn"]
    return [sys.executable, "-c", _ODOO, *fixed, *options]


def is_installed(database, module):
    """:return: whether a module is installed in a database, even an empty one (bool)"""
    with server(database) as cr:
        cr.execute("SELECT to_regclass('ir_module_module')")
        if cr.fetchone() == (None,):
            return False
        cr.execute(
            "SELECT FROM ir_module_module WHERE name = %s AND state = 'installed'",
            [module],
        )
        return bool(cr.rowcount)


def vacuum(database):
    """Leave the tables as the nightly clean-up of the server would."""
    with server(database) as cr:
        cr.execute("VACUUM ANALYZE")


@contextmanager
def server(database="postgres"):
    """A cursor outside any transaction; the server is the one of PGHOST, PGUSER …"""
    try:
        connection = psycopg2.connect(dbname=database)
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise BenchError(
            f"No database server: {reason} – start one, or set PGHOST and PGUSER"
        ) from error
    connection.autocommit = True
    with closing(connection), connection.cursor() as cr:
        yield cr


def filestore(database):
    """:return: the folder of a database's attachments (Path)"""
    from odoo.tools import config

    return Path(config.filestore(database))
