from odoo import fields, models

from .res_partner_person import age_order


class MembershipMany2many(fields.Many2many):
    """The segments a customer is in today: a relation nobody writes.

    Its table is a view over the open stays, made by ``customer.segment.membership``,
    so that it can be searched and grouped like any other relation.
    """

    def update_db(self, model, columns):
        return False  # the view has no table to create and no foreign key


class CustomerProfile(models.Model):
    """The segments of a customer, with what each of them means for service."""

    _inherit = "customer.profile"

    segment_ids = MembershipMany2many(
        "customer.segment",
        relation="customer_profile_segment_rel",
        column1="profile_id",
        column2="segment_id",
        string="Segments",
        readonly=True,
        copy=False,
    )
    membership_ids = fields.One2many(
        "customer.segment.membership",
        compute="_compute_membership_ids",
        string="Segment History",
    )

    # the person, for rules by who the customer is
    birthdate = fields.Date(related="partner_id.birthdate")
    age = fields.Integer(related="partner_id.age")
    age_band = fields.Selection(related="partner_id.age_band")
    gender = fields.Selection(related="partner_id.gender")
    occupation = fields.Char(related="partner_id.occupation")
    state_id = fields.Many2one(related="partner_id.state_id")

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name in ("age", "age_band"):
            field_name, direction, nulls = age_order(direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _compute_membership_ids(self):
        stays = self.env["customer.segment.membership"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        by_customer = stays.grouped(lambda stay: (stay.partner_id, stay.company_id))
        for profile in self:
            profile.membership_ids = by_customer.get(
                (profile.partner_id, profile.company_id), stays.browse()
            )
