from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

_INSIGHT_GROUPS = "customer_insight.group_user"
_ZERO_MATCHES = {
    "in": lambda values: 0 in values,  # False is 0, too
    "<": lambda value: 0 < value,
    "<=": lambda value: 0 <= value,
    ">": lambda value: 0 > value,
    ">=": lambda value: 0 >= value,
}
_WATCHED = {"active", "company_id", "is_company", "parent_id"}


class ProfileMany2one(fields.Many2one):
    """The profile of a contact in the active company, without a column of its own.

    Joined on contact and company, so that related fields through it can be grouped,
    sorted and searched, and nightly scoring never writes contacts. The join obeys the
    record rules of the user, although related fields are traversed as superuser.
    """

    def join(self, model, alias, query):
        profiles = model.env[self.comodel_name].sudo(False)
        in_company = Domain("company_id", "=", model.env.company.id)
        if profiles.has_access("read"):
            readable = profiles._search(in_company, active_test=False)
        else:
            readable = profiles.sudo()._search(Domain.FALSE)
        coalias = query.make_alias(alias, self.name)
        query.add_join(
            "LEFT JOIN",
            coalias,
            SQL("(%s)", readable.select(SQL("customer_profile.*"))),
            SQL(
                "%s = %s",
                SQL.identifier(coalias, "partner_id"),
                SQL.identifier(alias, "id"),
            ),
        )
        return profiles.sudo(), coalias


class ResPartner(models.Model):
    _inherit = "res.partner"

    customer_profile_id = ProfileMany2one(
        "customer.profile",
        compute="_compute_customer_profile_id",
        search="_search_customer_profile_id",
        groups=_INSIGHT_GROUPS,
    )
    lifecycle_stage = fields.Selection(
        related="customer_profile_id.lifecycle_stage",
        groups=_INSIGHT_GROUPS,
    )
    rfm_score = fields.Char(
        related="customer_profile_id.rfm_score", groups=_INSIGHT_GROUPS
    )
    rfm_segment_id = fields.Many2one(
        string="Customer Segment",
        related="customer_profile_id.rfm_segment_id",
        groups=_INSIGHT_GROUPS,
    )
    value_class = fields.Selection(
        related="customer_profile_id.value_class",
        groups=_INSIGHT_GROUPS,
    )
    first_purchase_date = fields.Date(
        related="customer_profile_id.first_purchase_date", groups=_INSIGHT_GROUPS
    )
    last_purchase_date = fields.Date(
        related="customer_profile_id.last_purchase_date", groups=_INSIGHT_GROUPS
    )
    purchase_count = fields.Integer(
        string="Purchases",
        related="customer_profile_id.purchase_count",
        search="_search_purchase_count",
        groups=_INSIGHT_GROUPS,
    )
    purchase_amount_total = fields.Monetary(
        string="Amount Bought",
        related="customer_profile_id.amount_total",
        search="_search_purchase_amount_total",
        groups=_INSIGHT_GROUPS,
    )

    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_customer_profile_id(self):
        profiles = (
            self.env["customer.profile"]
            .sudo(False)
            .with_context(active_test=False)
        )
        by_partner = {}
        if profiles.has_access("read"):
            by_partner = {
                profile.partner_id.id: profile
                for profile in profiles.search_fetch(
                    [
                        ("partner_id", "in", self.ids),
                        ("company_id", "=", self.env.company.id),
                    ],
                    ["partner_id"],
                )
            }
        for partner in self:
            partner.customer_profile_id = by_partner.get(partner._origin.id, False)

    def _search_customer_profile_id(self, operator, value):
        profiles = self.env["customer.profile"].sudo(False)
        if not profiles.has_access("read"):
            return Domain.FALSE
        company = Domain("company_id", "=", self.env.company.id)

        def having(domain):
            found = profiles._search(company & Domain(domain), active_test=False)
            return Domain("id", "in", found.subselect("partner_id"))

        if operator in ("any", "any!"):
            return having(value)
        if operator == "in":
            domain = having([("id", "in", [v for v in value if v])])
            return domain | ~having([]) if False in value else domain
        return NotImplemented  # the negations follow from these

    def _search_purchase_count(self, operator, value):
        return self._search_figure("purchase_count", operator, value)

    def _search_purchase_amount_total(self, operator, value):
        return self._search_figure("amount_total", operator, value)

    def _search_figure(self, name, operator, value):
        """Search by a figure of the profile; contacts without one count as zero.

        The search that comes with a related field finds contacts without a profile
        for every comparison with zero, such as ``> 0``.
        """
        if operator not in _ZERO_MATCHES:
            return NotImplemented
        found = Domain("customer_profile_id", "any", [(name, operator, value)])
        if _ZERO_MATCHES[operator](value):
            found |= Domain("customer_profile_id", "=", False)
        return found

    def write(self, vals):
        watched = bool(_WATCHED & vals.keys())
        if watched:
            self._queue_customer_profiles()  # the customer they leave, if any
        result = super().write(vals)
        if watched:
            self._queue_customer_profiles()
        return result

    def _queue_customer_profiles(self):
        """Have the profiles of these contacts' customers follow, in each company."""
        customers = self | self.commercial_partner_id
        companies = (
            self.env["customer.profile"]
            .sudo()  # whoever may change a contact makes its figures follow
            .with_context(active_test=False)
            .search([("partner_id", "in", customers.ids)])
            .company_id
        )
        self.env["customer.profile.queue"]._add(
            (customer.id, company.id) for customer in customers for company in companies
        )

    def action_open_customer_profile(self):
        """Open the profile of this customer in the active company."""
        self.ensure_one()
        return self.customer_profile_id._get_records_action()
