from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class FeedbackCompensation(models.Model):
    """What a customer was given to make up for it.

    An add-on adds a kind with ``selection_add`` and a method ``_grant_<kind>`` that
    hands it over; what was granted stays as it is.
    """

    _name = "feedback.compensation"
    _description = "Compensation"
    _order = "id desc"
    _rec_name = "note"

    case_id = fields.Many2one(
        "feedback.case", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="case_id.partner_id")
    company_id = fields.Many2one(
        related="case_id.company_id", store=True, related_sudo=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("manual", "Given by hand")], required=True, default="manual"
    )
    amount = fields.Monetary(string="Cost", help="What it costs the company.")
    note = fields.Char(string="What", required=True)
    granted_on = fields.Datetime(readonly=True, copy=False)
    granted_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    _amount_valid = models.Constraint(
        "CHECK (amount >= 0)", "A compensation costs nothing or more."
    )

    def action_grant(self):
        """Hand it over, once; a second click does nothing."""
        self.check_access("write")
        for one in self.filtered(lambda one: not one.granted_on):
            getattr(one, f"_grant_{one.kind}")()
            one.sudo().write(
                {"granted_on": fields.Datetime.now(), "granted_by_id": self.env.uid}
            )
            one.case_id.message_post(
                body=self.env._("Compensation granted: %(what)s", what=one.note)
            )

    def _grant_manual(self):
        """Nothing to hand over: somebody gives it by hand."""

    @api.model
    def _receipt_fields(self):
        """:return: names of the fields that only handing over writes"""
        return ["granted_on", "granted_by_id"]

    @api.model_create_multi
    def create(self, vals_list):
        """Nothing is granted yet, whatever a program says."""
        nothing = {} if self.env.su else dict.fromkeys(self._receipt_fields(), False)
        return super().create([{**vals, **nothing} for vals in vals_list])

    def write(self, vals):
        """What was granted is not changed any more, and only granting grants."""
        if not self.env.su and vals.keys() & set(self._receipt_fields()):
            raise AccessError(
                self.env._("A compensation is granted by its button, not by hand.")
            )
        self._check_not_granted()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _check_not_granted(self):
        granted = self.filtered("granted_on")
        if granted:
            raise UserError(
                self.env._(
                    "“%(what)s” was granted and cannot be changed any more.",
                    what=granted[0].note,
                )
            )
