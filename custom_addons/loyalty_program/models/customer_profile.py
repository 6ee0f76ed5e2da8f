from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerProfile(models.Model):
    """Points and tier of a customer, all contacts together."""

    _inherit = "customer.profile"

    loyalty_points = fields.Float(
        digits=(16, 2),
        help="Balance of the customer's points accounts on the day of the figures.",
    )
    loyalty_tier_id = fields.Many2one("loyalty.tier", ondelete="set null")
    loyalty_account_ids = fields.Many2many(
        "loyalty.card",
        string="Points Accounts",
        compute="_compute_loyalty_account_ids",
        groups="loyalty_program.group_officer,sales_team.group_sale_salesman",
    )

    def _compute_loyalty_account_ids(self):
        for profile in self:
            profile.loyalty_account_ids = profile.partner_id._loyalty_accounts(
                profile.company_id
            )

    def action_open_loyalty_moves(self):
        """Show the points ledger of this customer."""
        self.ensure_one()
        return self.partner_id.action_open_loyalty_moves()

    def _record_kinds(self):
        return {
            **super()._record_kinds(),
            "points": {
                "label": self.env._("Loyalty Points"),
                "icon": "fa-gift",
                "model": "loyalty.point.move",
                "views": ("list",),
                "count": self._points_balance,
            },
        }

    def _record_domain(self, code):
        if code != "points":
            return super()._record_domain(code)
        return Domain("partner_id", "child_of", self.partner_id.id) & Domain(
            "company_id", "in", (self.company_id.id, False)
        )

    def _points_balance(self, moves, domain):
        """The balance is the sum of the ledger's lines, which the figure opens."""
        [[balance]] = moves._read_group(domain, [], ["points:sum"])
        return balance or 0.0

    def _fact_sources(self, company, as_of, policy, customer_ids=None):
        sources = super()._fact_sources(company, as_of, policy, customer_ids)
        return {**sources, "loyalty": self._loyalty_query(company, as_of, customer_ids)}

    def _profile_columns(self, company, as_of, policy):
        return {
            **super()._profile_columns(company, as_of, policy),
            "loyalty_points": SQL("loyalty.points"),
            "loyalty_tier_id": SQL("loyalty.tier"),
        }

    def _loyalty_query(self, company, as_of, customer_ids):
        """Points of each customer up to a day, and the highest tier of that day."""
        customers = (
            SQL("AND member.commercial_partner_id = ANY(%s)", customer_ids)
            if customer_ids is not None
            else SQL("")
        )
        return SQL(
            """
            SELECT member.commercial_partner_id AS partner_id,
                   sum(balance.points) AS points,
                   (array_agg(held.to_tier_id ORDER BY tier.threshold DESC NULLS LAST)
                   )[1] AS tier
            FROM loyalty_card card
            JOIN res_partner member ON member.id = card.partner_id
            JOIN LATERAL (SELECT sum(points) AS points FROM loyalty_point_move
                          WHERE card_id = card.id AND date <= %(day)s) balance ON TRUE
            LEFT JOIN LATERAL (SELECT to_tier_id FROM loyalty_tier_move
                               WHERE card_id = card.id AND date <= %(day)s
                               ORDER BY date DESC, id DESC LIMIT 1) held ON TRUE
            LEFT JOIN loyalty_tier tier ON tier.id = held.to_tier_id
            WHERE card.is_account AND card.company_id = %(company)s %(customers)s
            GROUP BY member.commercial_partner_id
            """,
            day=as_of,
            company=company.id,
            customers=customers,
        )
