"""What members do by themselves, at the same moment in several transactions."""

import pytest
from odoo import Command
from odoo.exceptions import UserError
from test_loyalty_concurrency import at_once, balance, shop, transaction

pytestmark = pytest.mark.filterwarnings("ignore")
__all__ = ["shop"]


@pytest.fixture
def club(shop):
    """The shop with a gift of which there is one piece, and transfers."""
    with transaction() as env:
        gift = env["product.product"].create({"name": "Race gift", "type": "service"})
        program = env["loyalty.program"].browse(shop.program)
        program.write(
            {
                "transfer_mode": "officer",
                "reward_ids": [
                    Command.create(
                        {
                            "reward_type": "product",
                            "reward_product_id": gift.id,
                            "required_points": 40,
                            "claim_mode": "handout",
                            "quantity_limit": 1,
                        }
                    )
                ],
            }
        )
        shop.gift = program.reward_ids.filtered("reward_product_id").id
    yield shop
    with transaction() as env:
        env.cr.execute(
            """DELETE FROM sale_order_line WHERE reward_id = %(gift)s;
               DELETE FROM loyalty_claim WHERE program_id = %(program)s;
               DELETE FROM loyalty_transfer WHERE program_id = %(program)s""",
            {"program": shop.program, "gift": shop.gift},
        )
        reward = env["loyalty.reward"].browse(shop.gift)
        products = reward.reward_product_id | reward.discount_line_product_id
        reward.unlink()
        products.unlink()


def claim(shop, env, member, seen=None):
    card = shop.account(env, member)
    reward = env["loyalty.reward"].browse(shop.gift)
    return card._claim_reward(reward, seen or card.ledger_sequence).id


@pytest.mark.parametrize("round_", range(5))
def test_two_members_claim_the_last_piece(club, round_):
    with transaction() as env:
        for member in range(2):
            club.give(env, 100, member)
    results = at_once(
        *(lambda env, m=member: claim(club, env, m) for member in range(2))
    )
    assert sum(isinstance(result, UserError) for result in results) == 1
    assert sorted(balance(club, member) for member in range(2)) == [60, 100]


def test_two_tabs_claim_once(club):
    with transaction() as env:
        club.give(env, 100)
        env["loyalty.reward"].browse(club.gift).quantity_limit = 0
        seen = club.account(env).ledger_sequence
    results = at_once(*[lambda env: claim(club, env, 0, seen)] * 2)
    assert results[0] == results[1]
    assert balance(club) == 60


def test_the_last_piece_goes_to_a_claim_or_an_order(club):
    with transaction() as env:
        club.give(env, 100)
        club.give(env, 40, 1)
        order = club.order(env, 10, True, 1)
        record = env["sale.order"].browse(order)
        record._update_programs_and_rewards()
        reward = env["loyalty.reward"].browse(club.gift)
        status = record._apply_program_reward(reward, club.account(env, 1))
        assert not status.get("error")
    results = at_once(
        lambda env: claim(club, env, 0),
        lambda env: bool(env["sale.order"].browse(order).action_confirm()),
    )
    assert sum(isinstance(result, UserError) for result in results) == 1


@pytest.mark.parametrize("round_", range(5))
def test_two_members_give_to_each_other(club, round_):
    """LP-37: no deadlock, no point lost."""
    with transaction() as env:
        cards = [club.give(env, 100, member) for member in range(2)]
        found = env["loyalty.card"].browse(cards)
        transfers = [
            env["loyalty.transfer"]
            ._request(giver, taker.code, points, giver.ledger_sequence)
            .id
            for giver, taker, points in (
                (found[0], found[1], 30),
                (found[1], found[0], 10),
            )
        ]
    results = at_once(
        *(
            lambda env, t=transfer: env["loyalty.transfer"].browse(t).action_confirm()
            for transfer in transfers
        )
    )
    assert results == [None, None]
    assert [balance(club, member) for member in range(2)] == [80, 120]


def test_one_transfer_is_confirmed_twice(club):
    with transaction() as env:
        cards = env["loyalty.card"].browse(
            [club.give(env, 100, member) for member in range(2)]
        )
        transfer = env["loyalty.transfer"]._request(
            cards[0], cards[1].code, 30, cards[0].ledger_sequence
        )
        transfer = transfer.id
    at_once(
        *[lambda env: env["loyalty.transfer"].browse(transfer).action_confirm()] * 2
    )
    assert [balance(club, member) for member in range(2)] == [70, 130]
