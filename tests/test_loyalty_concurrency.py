"""Points that move at the same moment in several transactions.

Each worker has a connection of its own, commits, and is repeated by the server's own
``retrying`` as a request is. What was committed is removed at the end, with the guard
of the ledger switched off by the owner of the database.
"""

import threading
from contextlib import contextmanager
from unittest.mock import patch

import odoo.service.model
import pytest
from odoo import SUPERUSER_ID, Command, api
from odoo.exceptions import UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

pytestmark = pytest.mark.filterwarnings("ignore")
CONTEXT = {"tracking_disable": True, "loyalty_no_mail": True}


@contextmanager
def transaction():
    with Registry(get_db_name()).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, CONTEXT)


def at_once(*jobs):
    """Run jobs at the same moment as requests; return results or errors, in order.

    A job takes an environment. All have taken their snapshot before one begins.
    """
    barrier = threading.Barrier(len(jobs))
    results = [None] * len(jobs)

    def work(number, job):
        started = []

        def attempt():
            if not started:
                started.append(True)
                env.cr.execute("SELECT 1")
                barrier.wait(10)
            return job(env)

        with Registry(get_db_name()).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, CONTEXT)
            try:
                results[number] = retrying(attempt, env)
            except Exception as error:
                cr.rollback()
                results[number] = error

    threads = [
        threading.Thread(target=work, args=(number, job))
        for number, job in enumerate(jobs)
    ]
    with mute_logger("odoo.sql_db", "odoo.service.model"):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, UserError):
            raise result
    return results


class Shop:
    """A programme of its own and its members, as ids."""

    def __init__(self, env):
        company = env["res.company"].search([], limit=1)
        self.company = company.id
        product = env["product.product"].create(
            {"name": "Race", "type": "service", "taxes_id": False}
        )
        plain = env["product.product"].create(
            {"name": "Race, plain", "type": "service", "taxes_id": False}
        )
        program = env["loyalty.program"].create(
            {
                "name": "Race",
                "program_type": "loyalty",
                "applies_on": "both",
                "trigger": "auto",
                "company_id": company.id,
                "rule_ids": [
                    Command.create(
                        {"reward_point_mode": "money", "product_ids": product.ids}
                    )
                ],
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_point",
                            "discount": 0.1,
                            "required_points": 1,
                        }
                    )
                ],
            }
        )
        self.product, self.plain, self.program = product.id, plain.id, program.id
        self.partners = env["res.partner"].create([{"name": "A"}, {"name": "B"}]).ids

    def order(self, env, amount, plain=False, member=0, confirm=False):
        order = env["sale.order"].create(
            {
                "partner_id": self.partners[member],
                "company_id": self.company,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.plain if plain else self.product,
                            "price_unit": amount,
                        }
                    )
                ],
            }
        )
        if confirm:
            order.action_confirm()
        return order.id

    def give(self, env, points, member=0, **values):
        card = self.account(env, member) or env["loyalty.card"].create(
            {"program_id": self.program, "partner_id": self.partners[member]}
        )
        card._post(points, "bonus", **values)
        return card.id

    def account(self, env, member=0):
        program = env["loyalty.program"].browse(self.program)
        return env["loyalty.card"]._find_account(program, self.partners[member])

    def claim(self, env, order_id, member=0):
        order = env["sale.order"].browse(order_id)
        order._update_programs_and_rewards()
        reward = env["loyalty.program"].browse(self.program).reward_ids
        status = order._apply_program_reward(reward, self.account(env, member))
        if status.get("error"):
            raise UserError(status["error"])

    def clean(self, env):
        cards = env["loyalty.card"].with_context(active_test=False)
        cards = cards.search([("program_id", "=", self.program)])
        orders = env["sale.order"].search([("partner_id", "in", self.partners)])
        env.cr.execute(
            """DELETE FROM sale_order_line WHERE order_id = ANY(%(orders)s);
               DELETE FROM sale_order WHERE id = ANY(%(orders)s);
               ALTER TABLE loyalty_point_move DISABLE TRIGGER USER;
               ALTER TABLE loyalty_point_allocation DISABLE TRIGGER USER;
               DELETE FROM loyalty_history WHERE card_id = ANY(%(cards)s);
               DELETE FROM loyalty_point_allocation WHERE debit_id IN (
                   SELECT id FROM loyalty_point_move WHERE card_id = ANY(%(cards)s));
               DELETE FROM loyalty_point_move WHERE card_id = ANY(%(cards)s);
               ALTER TABLE loyalty_point_allocation ENABLE TRIGGER USER;
               ALTER TABLE loyalty_point_move ENABLE TRIGGER USER""",
            {"orders": orders.ids, "cards": cards.ids},
        )
        env.invalidate_all()
        cards.unlink()
        program = env["loyalty.program"].browse(self.program)
        program.active = False
        templates = program.communication_plan_ids.mail_template_id
        program.unlink()
        templates.unlink()
        env["product.product"].browse([self.product, self.plain]).unlink()
        env["res.partner"].browse(self.partners).unlink()
        env.cr.precommit.clear()


@pytest.fixture
def shop(load_registry):
    with transaction() as env:
        archived = env["loyalty.program"].search([])
        archived.active = False
        place = Shop(env)
    with patch.object(odoo.service.model.time, "sleep"):  # retry at once
        yield place
    with transaction() as env:
        place.clean(env)
        archived.with_env(env).active = True


def balance(shop, member=0):
    with transaction() as env:
        account = shop.account(env, member)
        assert account._verify() == {}
        env.cr.rollback()
        return account.points


@pytest.mark.parametrize("round_", range(20))
def test_two_orders_spend_the_same_points(shop, round_):
    """LP-01: one succeeds, the other says why and keeps its quotation."""
    with transaction() as env:
        shop.give(env, 100)
        orders = [shop.order(env, 10, plain=True) for _ in range(2)]
        shop.claim(env, orders[0])
    with transaction() as env:  # claimed before reservations were kept
        line = env["sale.order"].browse(orders[0]).order_line.filtered("reward_id")
        line.copy(
            {
                "order_id": orders[1],
                "coupon_id": line.coupon_id.id,
                "reward_id": line.reward_id.id,
                "points_cost": 100,
            }
        )
        program = env["loyalty.program"].browse(shop.program)
        program.reservation_days = 0
    results = at_once(
        *(
            lambda env, o=order: env["sale.order"].browse(o).action_confirm() and True
            for order in orders
        )
    )
    errors = [result for result in results if isinstance(result, Exception)]
    assert len(errors) == 1 and isinstance(errors[0], ValidationError)
    with transaction() as env:
        states = env["sale.order"].browse(orders).mapped("state")
        assert sorted(states) == ["draft", "sale"]
        lost = env["sale.order"].browse(orders).filtered(lambda o: o.state == "draft")
        assert len(lost.order_line) == 2
    assert balance(shop) == 0


def test_two_quotations_claim_the_same_points(shop):
    """LP-32: reserved before anybody pays."""
    with transaction() as env:
        shop.give(env, 100)
        orders = [shop.order(env, 10, plain=True) for _ in range(2)]
    results = at_once(*(lambda env, o=order: shop.claim(env, o) for order in orders))
    assert sum(isinstance(result, UserError) for result in results) == 1
    with transaction() as env:
        lines = env["sale.order"].browse(orders).order_line.filtered("coupon_id")
        assert sum(lines.mapped("points_cost")) == 100


def test_eight_orders_are_confirmed_at_once(shop):
    """LP-02, LP-05: each order has one line, whatever had to be repeated."""
    with transaction() as env:
        shop.give(env, 1)
        orders = [shop.order(env, 10 * (n + 1)) for n in range(8)]
    with patch.object(odoo.service.model, "MAX_TRIES_ON_CONCURRENCY_FAILURE", 20):
        results = at_once(
            *(
                lambda env, o=order: bool(env["sale.order"].browse(o).action_confirm())
                for order in orders
            )
        )
    assert results == [True] * 8
    assert balance(shop) == 361
    with transaction() as env:
        moves = shop.account(env).points_move_ids
        assert sorted(moves.filtered("source_id").mapped("source_id")) == sorted(orders)


def test_two_first_orders_open_one_account(shop):
    with transaction() as env:
        orders = [shop.order(env, 10) for _ in range(2)]
    results = at_once(
        *(
            lambda env, o=order: bool(env["sale.order"].browse(o).action_confirm())
            for order in orders
        )
    )
    assert results == [True, True]
    with transaction() as env:
        cards = env["loyalty.card"].search([("program_id", "=", shop.program)])
        assert len(cards) == 1
    assert balance(shop) == 20


def test_a_reward_limited_to_one_use(shop):
    """LP-03: two members claim it at the same moment, one gets it."""
    with transaction() as env:
        program = env["loyalty.program"].browse(shop.program)
        program.write({"limit_usage": True, "max_usage": 1})
        for member in range(2):
            shop.give(env, 100, member)
        orders = [shop.order(env, 10, True, member) for member in range(2)]
    results = at_once(
        *(lambda env, m=member: shop.claim(env, orders[m], m) for member in range(2))
    )
    assert sum(isinstance(result, ValidationError) for result in results) == 1
    with transaction() as env:
        lines = env["sale.order"].browse(orders).order_line.filtered("reward_id")
        assert len(lines) == 1


def test_one_event_twice_at_once(shop):
    """LP-04, LP-40: one line."""
    with transaction() as env:
        card = shop.give(env, 1)
    results = at_once(
        *[lambda env: env["loyalty.card"].browse(card)._post(5, "bonus", key="b").id]
        * 2
    )
    assert results[0] == results[1]
    assert balance(shop) == 6


def test_expiry_and_redemption_at_once(shop):
    """LP-19: each point is spent or expired, never both, never lost."""
    with transaction() as env:
        program = env["loyalty.program"].browse(shop.program)
        program.expiry_mode = "term"
        program.expiry_not_before = False
        today = program.company_id._insight_today()
        card = shop.give(env, 100, expires_on=today)
        order = shop.order(env, 10, plain=True)
        shop.claim(env, order)
    tomorrow = today.replace(year=today.year + 1)

    def expire(env):
        companies = Registry(get_db_name())["res.company"]
        with patch.object(companies, "_insight_today", lambda self: tomorrow):
            cards = env["loyalty.card"].browse(card)
            cards._lock()
            cards._expire()

    at_once(lambda env: bool(env["sale.order"].browse(order).action_confirm()), expire)
    assert balance(shop) == 0
    with transaction() as env:
        used = shop.account(env).points_move_ids.filtered(lambda m: m.points < 0)
        assert sum(used.mapped("points")) == -100
        assert len(used) == 1


def test_an_adjustment_and_an_order_at_once(shop):
    """LP-31: both count."""
    with transaction() as env:
        card = shop.give(env, 500)
        order = shop.order(env, 10, plain=True)
        shop.claim(env, order)
    at_once(
        lambda env: bool(env["sale.order"].browse(order).action_confirm()),
        lambda env: (
            env["loyalty.card"]
            .browse(card)
            ._adjust(env["loyalty.card"]._checked_points(50), "Gift")
            .id
        ),
    )
    assert balance(shop) == 450


def test_a_repeated_confirmation_mails_once(shop):
    """LP-05: one line, one mail, one message, though the second had to be repeated."""
    with transaction() as env:
        env["res.partner"].browse(shop.partners).write({"email": "a@example.com"})
        program = env["loyalty.program"].browse(shop.program)
        template = env["mail.template"].create(
            {
                "name": "Race",
                "model_id": env["ir.model"]._get_id("loyalty.card"),
                "subject": "Reached",
                "partner_to": "{{ object.partner_id.id }}",
            }
        )
        program.communication_plan_ids = [
            Command.create(
                {
                    "trigger": "points_reach",
                    "points": 5,
                    "mail_template_id": template.id,
                }
            )
        ]
        shop.give(env, 1)
        orders = [shop.order(env, 10) for _ in range(2)]
    attempts = []

    def confirm(env, order):
        attempts.append(order)
        order = env["sale.order"].with_context(tracking_disable=False).browse(order)
        return bool(order.with_context(loyalty_no_mail=False).action_confirm())

    assert at_once(*(lambda env, o=o: confirm(env, o) for o in orders)) == [True, True]
    assert len(attempts) > 2  # one of them was repeated
    assert balance(shop) == 21
    with transaction() as env:
        card = shop.account(env)
        assert len(card.points_move_ids) == 3
        mails = env["mail.mail"].search(
            [("model", "=", "loyalty.card"), ("res_id", "=", card.id)]
        )
        assert len(mails) == 1
        confirmed = (
            env["sale.order"]
            .browse(orders)
            .message_ids.filtered(
                lambda message: message.tracking_value_ids.field_id.filtered(
                    lambda field: field.name == "state"
                )
            )
        )
        assert sorted(confirmed.mapped("res_id")) == sorted(orders)


def test_two_workers_settle_the_same_order(shop):
    """LP-04: a job and a delivery at the same moment grant once."""
    with transaction() as env:
        program = env["loyalty.program"].browse(shop.program)
        program.earn_on = "delivery"
        order = shop.order(env, 30, confirm=True)
    with transaction() as env:
        # delivered without anybody noticing, as a module of its own may do
        env.cr.execute(
            "UPDATE sale_order_line SET qty_delivered = 1 WHERE order_id = %s", [order]
        )
        assert not shop.account(env).points_move_ids
    results = at_once(
        *[lambda env: env["sale.order"].browse(order)._settle_points()] * 2
    )
    assert results == [None, None]
    assert balance(shop) == 30
    with transaction() as env:
        assert len(shop.account(env).points_move_ids) == 1
