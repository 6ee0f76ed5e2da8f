from datetime import timedelta

from odoo import api, fields, models

from .feedback_case_mail import LONGEST_SUBJECT, LONGEST_TEXT

#: Cases that a person can open in the portal within a day.
_MOST_A_DAY = 5
_ONE_DAY = timedelta(days=1)


class FeedbackCase(models.Model):
    """Customers complain in the portal; a case belongs to a team, too."""

    _inherit = "feedback.case"

    team_id = fields.Many2one(
        "crm.team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        tracking=True,
        index="btree_not_null",
        ondelete="set null",
        domain="[('company_id', 'in', (False, company_id))]",
        help="Of the order, or of the place or request that was answered.",
    )

    @api.depends("sale_order_id", "participation_id")
    def _compute_team_id(self):
        for case in self:
            case.team_id = (
                case.team_id
                or case.sale_order_id.team_id
                or case.participation_id.feedback_team_id
            )

    @api.model
    def _complaint_orders(self, partner):
        """:return: the orders that a person can complain of, the newest first"""
        return self.env["sale.order"].search(
            [("partner_id", "=", partner.id), ("state", "=", "sale")],
            order="date_order desc, id desc",
            limit=20,
        )

    @api.model
    def _complain(self, partner, subject, text, order):
        """Open a case for what a person writes in the portal.

        The same words again within a day are the same case: a browser repeats what it
        sent.

        :param order: sale.order of this person, or none
        :return: ``(case, None)``, or ``(none, what is wrong)``
        """
        if not subject or not text:
            return self.browse(), self.env._("Please write what it is about.")
        if len(subject) > LONGEST_SUBJECT or len(text) > LONGEST_TEXT:
            return self.browse(), self.env._(
                "Please write at most %(count)s characters.", count=LONGEST_TEXT
            )
        recent = self.search(
            [
                ("partner_id", "=", partner.id),
                ("create_date", ">", fields.Datetime.now() - _ONE_DAY),
            ]
        )
        for case in recent:
            if (case.name, case.description) == (subject, text):
                return case, None
        if len(recent) >= _MOST_A_DAY:
            return self.browse(), self.env._(
                "You have written several times today: we have got it and will answer."
            )
        company = order.company_id or partner.company_id or self.env.company
        values = {
            "name": subject,
            "description": text,
            "partner_id": partner.id,
            "company_id": company.id,
            "sale_order_id": order.id,
            "channel": "web",
        }
        return self.with_company(company).create(values), None
