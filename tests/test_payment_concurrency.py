"""Payments, first purchases and wrong codes at the same moment in several workers."""

from unittest.mock import patch

import pytest
from odoo import Command
from odoo.exceptions import UserError
from odoo.fields import Domain
from test_loyalty_concurrency import at_once, shop, transaction
from test_members_concurrency import club

pytestmark = pytest.mark.filterwarnings("ignore")
__all__ = ["club", "shop"]


@pytest.fixture
def pay(load_registry):
    """A function that begins to pay an order, as portal, shop and links do."""
    with transaction() as env:
        provider = env["payment.provider"].create({"name": "Race", "code": "none"})
        method = env["payment.method"].create({"name": "Race", "code": "race"})
        ids = provider.id, method.id

    def begin(env, order_id):
        order = env["sale.order"].browse(order_id)
        return (
            env["payment.transaction"]
            .create(
                {
                    "provider_id": ids[0],
                    "payment_method_id": ids[1],
                    "amount": order.amount_total,
                    "currency_id": order.currency_id.id,
                    "partner_id": order.partner_id.id,
                    "reference": f"race {order_id}",
                    "sale_order_ids": [Command.set([order_id])],
                }
            )
            .id
        )

    yield begin
    with transaction() as env:
        env.cr.execute(
            """DELETE FROM payment_transaction WHERE provider_id = %s;
               DELETE FROM payment_method WHERE id = %s;
               DELETE FROM payment_provider WHERE id = %s""",
            [ids[0], ids[1], ids[0]],
        )


@pytest.mark.parametrize("round_", range(5))
def test_two_quotations_with_the_last_piece_are_paid_at_once(club, pay, round_):
    """LP-03, LP-32: nobody is charged for what cannot be had."""
    with transaction() as env:
        reward = env["loyalty.reward"].browse(club.gift)
        orders = []
        for member in range(2):
            club.give(env, 40, member)
            orders.append(club.order(env, 10, True, member))
            order = env["sale.order"].browse(orders[-1])
            order._update_programs_and_rewards()
            status = order._apply_program_reward(reward, club.account(env, member))
            assert not status.get("error")
    results = at_once(*(lambda env, o=order: pay(env, o) for order in orders))
    assert sum(isinstance(result, UserError) for result in results) == 1
    with transaction() as env:
        paid = env["sale.order"].browse(orders).filtered("transaction_ids")
        assert len(paid) == 1
        env.cr.rollback()


@pytest.fixture
def offer(shop):
    """A program of coupons for the first purchase, as an id."""
    with transaction() as env:
        program = (
            env["loyalty.program"]
            .create(
                {
                    "name": "Race offer",
                    "program_type": "coupons",
                    "trigger": "with_code",
                    "company_id": shop.company,
                    "first_purchase_only": True,
                    "reward_ids": [
                        Command.create({"discount_mode": "percent", "discount": 10})
                    ],
                }
            )
            .id
        )
    yield program
    with transaction() as env:
        found = env["loyalty.program"].browse(program)
        env.cr.execute(
            "DELETE FROM sale_order_line WHERE reward_id = ANY(%s)",
            [found.reward_ids.ids],
        )
        products = found.reward_ids.discount_line_product_id
        found.coupon_ids.unlink()
        found.active = False
        found.unlink()
        products.unlink()


@pytest.mark.parametrize("round_", range(5))
def test_two_first_purchases_of_one_customer_at_once(shop, offer, round_):
    """S051: one is the first, the other says why it is not."""
    with transaction() as env:
        orders = []
        for _number in range(2):
            card = env["loyalty.card"].create({"program_id": offer, "points": 1})
            orders.append(shop.order(env, 10, True))
            order = env["sale.order"].browse(orders[-1])
            [(coupon, reward)] = order._try_apply_code(card.code).items()
            order._apply_program_reward(reward, coupon)
    results = at_once(
        *(
            lambda env, o=order: bool(env["sale.order"].browse(o).action_confirm())
            for order in orders
        )
    )
    assert sum(isinstance(result, UserError) for result in results) == 1
    with transaction() as env:
        found = env["sale.order"].browse(orders).sorted("state")
        assert found.mapped("state") == ["draft", "sale"]
        assert found.mapped("amount_untaxed") == [9, 9]
        env.cr.rollback()


def test_workers_share_the_count_of_wrong_codes(load_registry):
    """LP-24: nobody waits for another, and no try is lost."""
    who = "race"
    with transaction() as env:
        model = type(env["loyalty.code.try"])
    with patch.object(model, "_limits", lambda self: {who: 9}):

        def enter(env, code):
            tries = env["loyalty.code.try"]
            tries._note(code)
            return tries._is_slowed()

        codes = ["a", "b", "c", "d", "e", "f", "g", "a"]
        results = at_once(*(lambda env, c=code: enter(env, c) for code in codes))
        assert results == [False] * 8
        with transaction() as env:
            tries = env["loyalty.code.try"]
            assert not enter(env, "h")
            assert enter(env, "i")
            tries.search(Domain("digest", "=", who)).unlink()
