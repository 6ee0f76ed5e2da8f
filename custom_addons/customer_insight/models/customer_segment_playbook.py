from odoo import fields, models


class CustomerSegment(models.Model):
    """The plan meant for the customers of a segment."""

    _inherit = "customer.segment"

    playbook_id = fields.Many2one(
        "customer.playbook",
        ondelete="set null",
        index="btree_not_null",
        help="Offered first when a playbook is begun by hand for one of these"
        " customers.",
    )


class CustomerProfile(models.Model):
    _inherit = "customer.profile"

    playbook_enrolment_ids = fields.Many2many(
        "customer.playbook.enrolment",
        string="Playbooks",
        compute="_compute_playbook_enrolments",
    )
    playbook_count = fields.Integer(
        string="Number of Playbooks", compute="_compute_playbook_enrolments"
    )

    def _compute_playbook_enrolments(self):
        enrolments = self.env["customer.playbook.enrolment"]
        found = {}
        for partner, company, records in enrolments._read_group(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            ["partner_id", "company_id"],
            ["id:recordset"],
        ):
            found[partner, company] = records
        for profile in self:
            key = profile.partner_id, profile.company_id
            records = found.get(key, enrolments).sorted("date", reverse=True)
            profile.playbook_enrolment_ids = records
            profile.playbook_count = len(records)

    def action_start_playbook(self):
        """Begin a playbook for these customers by hand."""
        dialog = self.env["customer.playbook.start"]._for(
            self.partner_id, self.company_id[:1]
        )
        return dialog._get_records_action(
            name=self.env._("Begin a Playbook"), target="new"
        )

    def action_open_playbooks(self):
        """Open the playbooks of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_playbook_enrolment_action"
        )
        return {
            **action,
            "display_name": self.partner_id.display_name,
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "context": {},
        }
