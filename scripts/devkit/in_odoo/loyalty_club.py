"""In Odoo's shell: a loyalty program for the supermarket, as if it had run for weeks.

Points are granted by the ledger's own door, day by day, for the orders of some
households. The chart of points and the tiers then show something real.
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
                )
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
    env["customer.profile"]._refresh(companies=company)
    env.cr.commit()
