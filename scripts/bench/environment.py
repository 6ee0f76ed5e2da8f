"""Odoo environments on the scratch databases, and processes of their own for them."""

import multiprocessing
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.tools import config

_GROUPS = ("customer_insight.group_manager", "base.group_allow_export")


def configure():
    """Make Odoo read its settings, all of which come from the environment.

    A request to end becomes an exception, so that what was started is ended, too.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    config.parse_config(["--no-http", "--log-level=warn"], setup_logging=True)


class Processes:
    """Calls functions in other processes, which are as bare as `configure` leaves them.

    :param own: each call has a process of its own, whose memory is not that of what ran
        before; else all share one, which saves a trial most of its time
    """

    def __init__(self, own):
        self._own = own
        self._shared = None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        if self._shared:
            self._shared.shutdown()

    def __call__(self, function, *arguments):
        """:return: what the function returns; what it raises is raised here"""
        pool = self._shared or self._pool()
        if not self._own:
            self._shared = pool
        try:
            return pool.submit(_call, function, *arguments).result()
        except (KeyboardInterrupt, SystemExit):
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        finally:
            if self._own:
                pool.shutdown()

    @staticmethod
    def _pool():
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, context, initializer=configure)


def _call(function, *arguments):
    try:
        return function(*arguments)
    finally:
        sql_db.close_all()  # a database somebody is in cannot be copied


@contextmanager
def environment(database, uid=SUPERUSER_ID):
    """An environment with a transaction of its own, committed at the end."""
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, uid, {})
        yield env
        env.flush_all()


def manager_id(database):
    """:return: id of a user who may see and export all customers (int)"""
    with environment(database) as env:
        user = env.ref("base.user_admin")
        for group in _GROUPS:
            user.group_ids += env.ref(group)
        return user.id
