"""Odoo environments on the scratch databases, and processes of their own for them."""

import multiprocessing
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

_GROUPS = ("customer_insight.group_manager", "base.group_allow_export")


def configure():
    """Make Odoo read its settings, all of which come from the environment.

    A request to end becomes an exception, so that what was started is ended, too.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    config.parse_config(["--no-http", "--log-level=warn"], setup_logging=True)


def in_own_process(function, *arguments):
    """Call a function in a fresh process: its memory is not that of what ran before.

    :return: what it returns; what it raises is raised here
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, initializer=configure) as pool:
        try:
            return pool.submit(function, *arguments).result()
        except (KeyboardInterrupt, SystemExit):
            for process in multiprocessing.active_children():
                process.terminate()
            raise


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
