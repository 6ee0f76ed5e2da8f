"""What happens at the same moment in several transactions.

These tests use connections of their own and commit, as the workers of a server do.
They live on one day of 1950, when nobody else in the database bought anything, and
remove what they have committed.
"""

import time
from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

import odoo.service.model
import psycopg2
import pytest
from odoo import SUPERUSER_ID, Command, api
from odoo.addons.customer_insight.models import customer_profile_queue
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

DAY = date(1950, 6, 30)


@contextmanager
def transaction():
    """An environment on a connection of its own, committed at the end."""
    with Registry(get_db_name()).cursor() as cr:
        # who has to wait for another transaction fails instead, even after a rollback
        cr.execute("SET lock_timeout = '1s'")
        cr.commit()
        yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


def confirm_order(env, partner_id, amount):
    order = env["sale.order"].create(
        {
            "partner_id": partner_id,
            "order_line": [Command.create({"name": "Work", "price_unit": amount})],
        }
    )
    order.order_line.product_id = env["product.product"].create(
        {"name": "Work", "type": "service", "taxes_id": False}
    )
    order.order_line.price_unit = amount
    order.action_confirm()
    order.date_order = f"{DAY} 12:00:00"
    return order


def add_prospects(env, count):
    partners = env["res.partner"].create(
        [{"name": f"Prospect {number}"} for number in range(count)]
    )
    env.cr.execute(
        "UPDATE res_partner SET create_date = '1949-01-01' WHERE id = ANY(%s)",
        [partners.ids],
    )
    return partners.ids


def delete_partner(env, partner_id):
    env["res.partner"].browse(partner_id).unlink()


def rename_partner(env, partner_id):
    env["res.partner"].browse(partner_id).write({"name": "Edited", "city": "Ulm"})


@contextmanager
def meanwhile(method, action, *args):
    """Commit an action elsewhere when a method of customer.profile is first called."""
    profiles = Registry(get_db_name())["customer.profile"]
    original, done = getattr(profiles, method), []

    def acting(records, *arguments):
        if not done:
            done.append(True)
            with transaction() as env:
                action(env, *args)
        return original(records, *arguments)

    with patch.object(profiles, method, acting):
        yield
    assert done, f"{method} was not called"


def figures(partner_ids):
    """``{partner id: amount}`` of the profiles that are committed by now."""
    with transaction() as env:
        profiles = env["customer.profile"].search([("partner_id", "in", partner_ids)])
        return {profile.partner_id.id: profile.amount_total for profile in profiles}


def triggers():
    """Triggers that wait for the job that follows changed documents."""
    with transaction() as env:
        cron = env.ref("customer_insight.ir_cron_refresh_changed")
        return set(env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).ids)


def nobody_is_waking():
    return get_db_name() not in customer_profile_queue._wakes._asked


def until(reached, seconds=10):
    """Wait for a condition; whether it came about."""
    deadline = time.monotonic() + seconds
    while not (found := reached()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(found)


@pytest.fixture
def shop(load_registry):
    """Ids of a buyer and two prospects; cleans up after the test."""
    with transaction() as env:
        stored = env["customer.profile"].search_count([])
        env["customer.profile.queue"].search([]).unlink()
        partners = add_prospects(env, 3)
        confirm_order(env, partners[0], 100)
    company = patch.object(
        Registry(get_db_name())["res.company"], "_insight_today", lambda self: DAY
    )
    with company, patch.object(odoo.service.model, "time"):  # retry at once
        yield partners
    with transaction() as env:
        orders = env["sale.order"].search([("date_order", "<", "1950-07-01")])
        products = orders.order_line.product_id
        orders._action_cancel()
        orders.unlink()
        products.unlink()
        env["res.partner"].browse(partners).exists().unlink()
        env["customer.profile"].search([("as_of", "=", DAY)]).unlink()
        env["customer.scoring"].search([("as_of", "<=", DAY)]).unlink()
        env.cr.precommit.clear()
        env["customer.profile.queue"].search([]).unlink()
        cron = env.ref("customer_insight.ir_cron_refresh_changed")
        env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]).unlink()
        if stored:
            env["customer.profile"]._refresh()


def test_a_second_full_computation_is_refused_with_a_sentence(shop):
    with transaction() as first, transaction() as second:
        assert first["customer.profile"]._refresh(as_of=DAY) >= 3
        with pytest.raises(UserError, match="are being computed at this moment"):
            second["customer.profile"].browse().action_refresh_now()
        first.cr.rollback()
        assert second["customer.profile"]._refresh(as_of=DAY) >= 3


def test_a_refused_computation_leaves_the_first_undisturbed(shop):
    with transaction() as first, transaction() as second:
        first["customer.profile"]._refresh(as_of=DAY)
        second["customer.profile"]._cron_refresh_all()
    assert figures(shop) == {shop[0]: 100, shop[1]: 0, shop[2]: 0}
    with transaction() as env:
        scorings = env["customer.scoring"].search([("as_of", "=", DAY)])
        assert len(scorings) == len(env["res.company"].search([]))


@pytest.mark.parametrize("known", [False, True], ids=["new", "with a profile"])
def test_a_customer_deleted_during_the_computation_is_left_out(shop, known):
    if known:
        with transaction() as env:
            env["customer.profile"]._refresh(as_of=DAY)
            env.cr.execute("UPDATE customer_profile SET amount_total = -1")
    with (
        mute_logger("odoo.sql_db"),  # the first attempt cannot be serialized
        transaction() as env,
        meanwhile("_compute_borders", delete_partner, shop[1]),
    ):
        env["customer.profile"]._cron_refresh_all()
    assert figures(shop) == {shop[0]: 100, shop[2]: 0}


def test_a_customer_edited_during_the_computation_is_computed(shop):
    with (
        transaction() as env,
        meanwhile("_compute_borders", rename_partner, shop[0]),
    ):
        env["customer.profile"]._cron_refresh_all()
    assert figures(shop)[shop[0]] == 100
    with transaction() as env:
        assert env["res.partner"].browse(shop[0]).name == "Edited"


def test_the_computation_does_not_wait_for_an_unfinished_edit(shop):
    with transaction() as user:
        rename_partner(user, shop[0])
        user.flush_all()
        with transaction() as job:
            assert job["customer.profile"]._refresh(as_of=DAY) >= 3
    assert figures(shop)[shop[0]] == 100


def test_nobody_waits_for_an_unfinished_computation(shop):
    with transaction() as job:
        job["customer.profile"]._refresh(as_of=DAY)
        with transaction() as user:
            rename_partner(user, shop[0])
            confirm_order(user, shop[0], 5)
            confirm_order(user, shop[1], 7)
    assert figures(shop)[shop[0]] == 100
    with transaction() as env:
        env["customer.profile"]._cron_refresh_changed()
    assert figures(shop) == {shop[0]: 105, shop[1]: 7, shop[2]: 0}


def test_an_order_confirmed_while_its_customer_is_refreshed_is_not_lost(shop):
    with transaction() as env:
        env["customer.profile"]._refresh(as_of=DAY)
        confirm_order(env, shop[1], 10)
    with (
        transaction() as env,
        meanwhile("_write_profiles", confirm_order, shop[1], 20),
    ):
        env["customer.profile"]._cron_refresh_changed()
    assert figures(shop)[shop[1]] == 30


def test_the_job_is_triggered_soon_after_a_commit(shop):
    assert until(nobody_is_waking)
    before = triggers()
    with transaction() as env:
        confirm_order(env, shop[1], 10)
    assert until(lambda: triggers() - before)


def test_two_orders_of_one_customer_are_confirmed_at_once(shop):
    with transaction() as env:
        env["customer.profile"]._refresh(as_of=DAY)
    with transaction() as first, transaction() as second:
        confirm_order(first, shop[1], 10)
        confirm_order(second, shop[1], 20)
        first.cr.commit()
    with transaction() as env:
        env["customer.profile"]._cron_refresh_changed()
    assert figures(shop)[shop[1]] == 30


def test_two_workers_never_take_the_same_note(shop):
    with transaction() as env:
        company = env.company
        for partner_id in shop:
            env["customer.profile.queue"]._add([(partner_id, company.id)])
            env.cr.flush()
        env["customer.profile.queue"].search([("partner", "=", shop[0])])[1:].unlink()
    with transaction() as first, transaction() as second:
        taken = first["customer.profile.queue"]._take(first.company, 1)
        others = second["customer.profile.queue"]._take(second.company, 10)
        assert taken | others == set(shop)
        assert not taken & others


def test_a_worker_that_dies_leaves_figures_and_notes_as_they_were(shop):
    with transaction() as env:
        env["customer.profile"]._refresh(as_of=DAY)
        confirm_order(env, shop[1], 10)
    with transaction() as env:
        assert env["customer.profile"]._refresh_queued(env.company)
        env.cr.rollback()
    assert figures(shop)[shop[1]] == 0
    with transaction() as env:
        env["customer.profile"]._cron_refresh_changed()
    assert figures(shop)[shop[1]] == 10


# === THE NIGHT === #


@pytest.fixture
def history(shop):
    """The shop, with two finished months to keep."""
    with transaction() as env:
        env.company.insight_history_months = 2
        env.company.insight_moves_settings = False  # all moves are computed
        env["customer.profile"]._refresh(companies=env.company, as_of=DAY)
    yield shop
    with transaction() as env:
        env.company.insight_history_months = 24


def kept(partner_ids):
    """``{month end: number of snapshots}`` that are committed by now."""
    with transaction() as env:
        groups = env["customer.snapshot"]._read_group(
            [("partner_id", "in", partner_ids)], ["date:day"], ["__count"]
        )
        return {str(day): count for day, count in groups}


def kill(pid):
    with Registry(get_db_name()).cursor() as cr:
        cr.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_a_night_killed_at_any_point_is_finished_by_the_next_run(history):
    """The connection dies after the first month was committed, in the second."""
    snapshots = Registry(get_db_name())["customer.snapshot"]
    original, calls = snapshots._record_segments, []

    def dying(records, company, month_end):
        calls.append(month_end)
        if len(calls) == 2:
            kill(records.env.cr._cnx.get_backend_pid())
        return original(records, company, month_end)

    with (
        mute_logger("odoo.sql_db"),
        patch.object(snapshots, "_record_segments", dying),
        pytest.raises(psycopg2.Error),
        Registry(get_db_name()).cursor() as cr,
    ):
        env = api.Environment(cr, SUPERUSER_ID, {})
        while env["customer.snapshot"]._take_next(env.company):
            cr.commit()
    assert kept(history) == {"1950-04-30": 3}
    for __ in range(2):  # and a second run adds nothing
        with transaction() as env:
            while env["customer.snapshot"]._take_next(env.company):
                env.cr.commit()
        assert kept(history) == {"1950-04-30": 3, "1950-05-31": 3}


def test_two_jobs_never_take_a_month_twice(history):
    with transaction() as first, transaction() as second:
        assert first["customer.snapshot"]._take_next(first.company)
        with pytest.raises(UserError, match="are being taken at this moment"):
            second["customer.snapshot"]._take_next(second.company)
    assert kept(history) == {"1950-04-30": 3}


def test_a_customer_deleted_while_moves_and_months_are_written_is_left_out(history):
    moves = Registry(get_db_name())["customer.stage.move"]
    original, done = moves._remove_moves, []

    def deleting(records, *args):
        if not done:
            done.append(True)
            with transaction() as env:
                delete_partner(env, history[1])
        return original(records, *args)

    with (
        mute_logger("odoo.sql_db"),
        patch.object(moves, "_remove_moves", deleting),
        transaction() as env,
    ):
        env["customer.profile"]._cron_refresh_all()
    assert done
    assert figures(history) == {history[0]: 100, history[2]: 0}
    assert kept(history) == {"1950-04-30": 2, "1950-05-31": 2}


def test_the_night_does_not_wait_for_an_unfinished_edit(history):
    with transaction() as user:
        rename_partner(user, history[0])
        user.flush_all()
        with transaction() as job:
            job["customer.profile"]._cron_refresh_all()
    assert kept(history) == {"1950-04-30": 3, "1950-05-31": 3}
