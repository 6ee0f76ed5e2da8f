"""Two refreshes of the segments at the same moment, on connections of their own."""

from contextlib import contextmanager

import pytest
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger
from psycopg2 import OperationalError

DAY = "1950-06-30"


@contextmanager
def transaction():
    """An environment on a connection of its own; what it does is rolled back."""
    with Registry(get_db_name()).cursor() as cr:
        cr.execute("SET lock_timeout = '1s'")
        try:
            yield api.Environment(cr, SUPERUSER_ID, {})
        finally:
            cr.rollback()


def test_a_second_refresh_is_refused_while_one_runs(load_registry):
    with transaction() as first, transaction() as second:
        company = first.company
        first["customer.segment"]._refresh(DAY, company)
        with pytest.raises(UserError, match="brought up to date"):
            second["customer.segment"]._refresh(DAY, second.company)
        first.cr.rollback()
        second["customer.segment"]._refresh(DAY, second.company)


def test_two_who_write_the_same_stay_leave_one(load_registry):
    """Whatever the lock does, the database keeps one open stay."""
    with transaction() as first, transaction() as second:
        segment = first.ref("customer_insight.segment_champions").id
        values = {
            "segment_id": segment,
            "partner_id": first.company.partner_id.id,
            "company_id": first.company.id,
            "date_from": DAY,
        }
        first["customer.segment.membership"].create(values)
        first.flush_all()
        # the second waits for the first, then gives up
        with mute_logger("odoo.sql_db"), pytest.raises(OperationalError):
            second["customer.segment.membership"].create(values)
