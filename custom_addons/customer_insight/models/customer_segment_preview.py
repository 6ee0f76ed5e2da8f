from odoo import api, fields, models
from odoo.tools import SQL

from .customer_segment_refresh import RULE_ERRORS

_SHOWN, _OPENED = 8, 5000


class CustomerSegment(models.Model):
    """Who would be in the segment, while its rule is being edited."""

    _inherit = "customer.segment"

    preview_count = fields.Integer(
        string="Customers Who Fit", compute="_compute_preview", compute_sudo=False
    )
    preview_profile_ids = fields.Many2many(
        "customer.profile",
        string="The Largest of Them",
        compute="_compute_preview",
        compute_sudo=False,
    )
    preview_fault = fields.Char(compute="_compute_preview", compute_sudo=False)

    @api.depends(
        "kind",
        "domain",
        "user_id",
        "condition_ids.measure",
        "condition_ids.product_ids",
        "condition_ids.product_category_ids",
        "condition_ids.interaction_kind",
        "condition_ids.days",
        "condition_ids.operator",
        "condition_ids.value",
    )
    @api.depends_context("uid", "company")
    def _compute_preview(self):
        for segment in self:
            rows, fault = segment._preview() if segment.kind == "rule" else ([], "")
            segment.preview_profile_ids = [profile_id for profile_id, __ in rows]
            segment.preview_count = rows[0][1] if rows else 0
            segment.preview_fault = fault

    def _preview(self):
        """Evaluate the rule as it stands, saved or not.

        :return: rows of ``_preview_rows`` and what is wrong with the rule, if anything
        """
        company = self.env.company
        try:
            with self.env.cr.savepoint(flush=False):
                return self._preview_rows(company, company._insight_today()), ""
        except RULE_ERRORS as error:
            return [], self._fault_text(error)

    def _preview_rows(self, company, as_of, limit=_SHOWN):
        """:return: the largest members the user may see, each with the number of all"""
        profiles = self.env["customer.profile"].sudo(False)
        readable = profiles._search([("company_id", "=", company.id)])
        self.env.cr.execute(
            SQL(
                """SELECT readable.id, COUNT(*) OVER ()
                   FROM (%s) readable
                   JOIN (%s) member ON member.partner_id = readable.partner_id
                   ORDER BY readable.amount_total DESC NULLS LAST, readable.id
                   LIMIT %s""",
                readable.select(
                    SQL("customer_profile.id"),
                    SQL("customer_profile.partner_id"),
                    SQL("customer_profile.amount_total"),
                ),
                self._rule_query(company, as_of, self.user_id),
                limit,
            ),
            log_exceptions=False,
        )
        return self.env.cr.fetchall()

    @api.model
    def _preview_values(self, changes):
        """The values a rule is tried with, whatever else the client sends."""
        allowed = ("domain", "condition_ids", "user_id")
        return {name: changes[name] for name in allowed if name in changes}

    def action_preview(self, changes):
        """Open the customers who fit a rule that need not be saved.

        :param changes: values of the form that differ from those saved, as for write
        :return: an action over the customers, the largest of them if there are many
        """
        self.check_access("write")
        values = {"kind": "rule", **self._preview_values(changes)}
        draft = self.new(values, origin=self) if self else self.new(values)
        company = self.env.company
        with draft._naming_faults():
            rows = draft._preview_rows(company, company._insight_today(), _OPENED)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_profile_action"
        )
        return {
            **action,
            "display_name": self.env._("Customers Who Fit"),
            "domain": [("id", "in", [profile_id for profile_id, __ in rows])],
            "context": {},
            "target": "new",
            "views": [(False, "list")],
        }
