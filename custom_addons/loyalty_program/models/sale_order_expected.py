from odoo import api, fields, models


class SaleOrder(models.Model):
    """Says on a quotation what it will earn; nothing is stored for it."""

    _inherit = "sale.order"

    loyalty_expected = fields.Char(
        string="Will Earn",
        compute="_compute_loyalty_expected",
        compute_sudo=True,
        help="Points this order earns as it was saved, with the member's tier.",
    )

    @api.depends("state", "partner_id", "amount_total")
    @api.depends_context("lang")
    def _compute_loyalty_expected(self):
        for order in self:
            saved = order._origin
            order.loyalty_expected = (
                saved.state in ("draft", "sent") and saved._expected_text() or False
            )

    def _expected_text(self):
        """``120 Points (Club)``, one after the other for several programs."""
        self.ensure_one()
        if not self.partner_id or not self.order_line:
            return ""
        programs = self.env["loyalty.program"].search(
            [
                *self._get_program_domain(),
                ("trigger", "=", "auto"),
                ("rule_ids.mode", "=", "auto"),
                ("applies_on", "!=", "current"),
            ]
        )
        programs = programs.filtered("is_nominative")
        if not programs:
            return ""
        statuses = self._program_check_compute_points(programs)
        cards = self.env["loyalty.card"]
        return ", ".join(
            self.env._(
                "%(points)s %(name)s (%(program)s)",
                points=cards._points_text(points),
                name=program.portal_point_name or self.env._("Points"),
                program=program.name,
            )
            for program, status in statuses.items()
            if (points := sum(status.get("points", [])))
        )
