"""In Odoo's shell: a loyalty program for the supermarket, as if it had run for weeks.

Points are granted by the ledger's own door, day by day, for the orders of some
households. The chart of points and the tiers then show something real, and there are
gifts to hand out, friends who were brought and a transfer to confirm.
"""

from datetime import timedelta
from unittest.mock import patch

from odoo import Command

WEEKS, MEMBERS = 8, 12

shop = env["sale.order"]._read_group(  # noqa: F821 - given by the shell
    [("state", "=", "sale")], ["company_id"], ["partner_id:count_distinct"]
)
company = min(shop, key=lambda row: row[1])[0] if len(shop) > 1 else None
if company:
    context = {
        "allowed_company_ids": company.ids,
        "tracking_disable": True,
        "loyalty_no_mail": True,
    }
    env = env(context=context)  # noqa: F821
    today = company._insight_today()
    gift = env["product.product"].create({"name": "Shopping bag", "type": "consu"})
    program = env["loyalty.program"].create(
        {
            "name": "Household Club",
            "program_type": "loyalty",
            "applies_on": "both",
            "trigger": "auto",
            "company_id": company.id,
            "portal_visible": True,
            "portal_point_name": "Points",
            "pending_days": 14,
            "expiry_mode": "term",
            "expiry_term": 12,
            "expiry_rounding": "month",
            "redeem_max_share": 50,
            "referral_points": 200,
            "referral_friend_points": 100,
            "transfer_mode": "officer",
            "transfer_max": 500,
            "rule_ids": [
                Command.create({"reward_point_mode": "money", "reward_point_amount": 1})
            ],
            "reward_ids": [
                Command.create(
                    {
                        "reward_type": "discount",
                        "discount_mode": "per_point",
                        "discount": 0.01,
                        "required_points": 100,
                    }
                ),
                Command.create(
                    {
                        "reward_type": "product",
                        "reward_product_id": gift.id,
                        "required_points": 100,
                        "claim_mode": "handout",
                        "quantity_limit": 20,
                    }
                ),
            ],
            "tier_ids": [
                Command.create({"name": name, "threshold": points, "multiplier": times})
                for name, points, times in (
                    ("Silver", 100, 1.25),
                    ("Gold", 300, 1.5),
                    ("Platinum", 600, 2),
                )
            ],
        }
    )
    orders = env["sale.order"].search(
        [
            ("company_id", "=", company.id),
            ("state", "=", "sale"),
            ("date_order", ">=", today - timedelta(weeks=WEEKS)),
        ],
        order="date_order, id",
    )
    members = orders.partner_id[:MEMBERS]
    for order in orders.filtered(lambda order: order.partner_id in members):
        day = order.date_order.date()
        with patch.object(type(company), "_insight_today", lambda self, day=day: day):
            order._refresh_points()
    cards = env["loyalty.card"].search([("program_id", "=", program.id)])
    reward = program.reward_ids.filtered("reward_product_id")
    claims = env["loyalty.claim"]
    for card in cards:
        if card.available_points >= reward.required_points:
            claims |= card._claim_reward(reward, card.ledger_sequence)
    claims[: len(claims) // 2].action_hand_out()
    friends = env["res.partner"].create(
        [{"name": name} for name in ("Mia Novak", "Liam Chen", "Noah Weiss")]
    )
    for card, friend in zip(cards, friends, strict=False):
        env["loyalty.referral"].create({"card_id": card.id, "friend_id": friend.id})
    if len(cards) > 1:
        env["loyalty.transfer"]._request(
            max(cards, key=lambda card: card.available_points),
            min(cards, key=lambda card: card.available_points).code,
            50,
            max(cards, key=lambda card: card.available_points).ledger_sequence,
            "For the birthday",
        )
    env["customer.profile"]._refresh(companies=company)
    env["loyalty.card"]._refresh_index(company)
    env.cr.commit()
