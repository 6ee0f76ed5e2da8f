from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerSegment(models.Model):
    """What a segment means for the service of its members: price list, salesperson."""

    _inherit = "customer.segment"

    is_pricelist_applied = fields.Boolean(compute="_compute_is_pricelist_applied")
    unassigned_count = fields.Integer(
        string="Without Salesperson", compute="_compute_unassigned_count"
    )

    @api.depends_context("company")
    def _compute_is_pricelist_applied(self):
        self.is_pricelist_applied = self.env.company.sudo().insight_segment_pricelist

    @api.depends("user_id")
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_unassigned_count(self):
        for segment in self:
            segment.unassigned_count = segment.ids and self.env[
                "customer.profile"
            ].search_count(segment._unassigned_domain())

    def _unassigned_domain(self):
        return self._profile_domain() & Domain("partner_id.user_id", "=", False)

    def action_assign_owner(self):
        """Make the owner the salesperson of members who have none.

        :raise UserError: without an owner who sells in this company
        """
        self.ensure_one()
        self.check_access("write")
        owner = self.user_id
        if not owner.active or self.env.company not in owner.sudo().company_ids:
            raise UserError(
                self.env._("The segment needs an owner who works in this company.")
            )
        found = self.env["customer.profile"].search(self._unassigned_domain())
        customers = found.partner_id
        customers.check_access("write")
        # one notice per customer would bury the owner, who is told on the screen
        customers.with_context(
            mail_auto_subscribe_no_notify=True, tracking_disable=True
        ).user_id = owner
        self.invalidate_recordset(["unassigned_count"])
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s customers have %(owner)s as their salesperson now.",
                    count=len(customers),
                    owner=owner.name,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _pricelists_of(self, partner_ids):
        """The price lists that the segments of customers bring, best first.

        Segments with the higher priority come first, then those higher in the list.

        :param partner_ids: ids of contacts; a contact stands for its company
        :return: ``{contact id: [(segment, price list), …]}`` of the active company
        """
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["product.pricelist"].flush_model(["active", "company_id"])
        self.env["customer.segment.membership"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT partner.id, segment.id, segment.pricelist_id
                FROM res_partner partner
                JOIN customer_segment_membership stay
                    ON stay.partner_id = partner.commercial_partner_id
                   AND stay.company_id = %(company)s AND stay.date_to IS NULL
                JOIN customer_segment segment
                    ON segment.id = stay.segment_id AND segment.active
                JOIN product_pricelist pricelist
                    ON pricelist.id = segment.pricelist_id AND pricelist.active
                   AND COALESCE(pricelist.company_id, %(company)s) = %(company)s
                WHERE partner.id = ANY(%(partners)s)
                ORDER BY segment.priority DESC, segment.sequence, segment.id
                """,
                company=self.env.company.id,
                partners=list(partner_ids),
            )
        )
        found = {}
        for partner_id, segment_id, pricelist_id in rows:
            found.setdefault(partner_id, []).append(
                (
                    self.browse(segment_id),
                    self.env["product.pricelist"].browse(pricelist_id),
                )
            )
        return found
