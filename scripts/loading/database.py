"""Opens a database outside the server: one transaction, all or nothing."""

from contextlib import contextmanager

import psycopg2

from .errors import LoadError

# any number that no other program uses for its advisory locks
LOCK = 1_903_660_719


@contextmanager
def open_environment(database):
    """An Odoo environment of the superuser, committed at the end if no error ends it.

    :raise LoadError: when the database cannot be used, or another load runs in it
    """
    from odoo import SUPERUSER_ID, api, tools
    from odoo.modules.registry import Registry

    tools.config.parse_config(["--no-http", "--log-level=warn"], setup_logging=True)
    try:
        registry = Registry(database)
    except psycopg2.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise LoadError(f"Database {database!r} cannot be opened: {reason}") from error
    if "sale.order" not in registry:
        raise LoadError(f"Database {database!r} has no Sales app: install it first")
    with registry.cursor() as cr:
        _lock(cr, database)
        yield api.Environment(cr, SUPERUSER_ID, {})
    registry.signal_changes()


def _lock(cr, database):
    """Let only one load run at a time; the lock ends with the connection."""
    cr.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
    if not cr.fetchone()[0]:
        raise LoadError(f"Another load is running in {database!r}: wait for its end")
    # a new transaction, which sees all that earlier loads have written
    cr.commit()
