from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerSegmentAdd(models.TransientModel):
    """Add the selected customers to a segment, or take them out of it."""

    _name = "customer.segment.add"
    _description = "Add to Segment"

    mode = fields.Selection(
        [("add", "Add"), ("remove", "Remove")], required=True, default="add"
    )
    segment_id = fields.Many2one(
        "customer.segment", domain="[('kind', '!=', 'rfm')]", ondelete="cascade"
    )
    new_name = fields.Char(
        string="New Segment", help="Makes a new segment by hand with this name."
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        default=lambda self: self._default_partner_ids(),
    )
    partner_count = fields.Integer(compute="_compute_partner_count")

    @api.model
    def _default_partner_ids(self):
        model = self.env.context.get("active_model")
        selected = self.env.context.get("active_ids") or []
        if model == "customer.profile":
            return self.env[model].browse(selected).partner_id
        if model == "res.partner":
            return self.env[model].browse(selected).commercial_partner_id
        return self.env["res.partner"]

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for wizard in self:
            wizard.partner_count = len(wizard.partner_ids)

    def action_apply(self):
        """Add or remove the customers and say how many it were.

        :raise UserError: if there is no segment or no customer
        """
        self.ensure_one()
        if not self.partner_ids:
            raise UserError(self.env._("Select the customers first."))
        segment = self._target()
        if self.mode == "add":
            count = len(segment._add_members(self.partner_ids))
            message = self.env._(
                "%(count)s customers added to %(segment)s.",
                count=count,
                segment=segment.name,
            )
        else:
            count = len(segment._remove_members(self.partner_ids))
            message = self.env._(
                "%(count)s customers removed from %(segment)s.",
                count=count,
                segment=segment.name,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _target(self):
        if self.segment_id:
            return self.segment_id
        if not self.new_name or self.mode == "remove":
            raise UserError(self.env._("Choose a segment, or name a new one."))
        return self.env["customer.segment"].create(
            {"name": self.new_name, "kind": "manual"}
        )
