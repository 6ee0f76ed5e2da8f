from odoo import api, fields, models
from odoo.fields import Domain

from .profile_fields import ProfileInteger, ProfileMany2one, ProfileMonetary

_INSIGHT_GROUPS = "customer_insight.group_user"
_WATCHED = {"active", "company_id", "is_company", "parent_id"}


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
    purchase_count = ProfileInteger(
        string="Purchases",
        related="customer_profile_id.purchase_count",
        groups=_INSIGHT_GROUPS,
    )
    purchase_amount_total = ProfileMonetary(
        string="Amount Bought",
        related="customer_profile_id.amount_total",
        groups=_INSIGHT_GROUPS,
    )

    last_interaction_date = fields.Date(
        related="customer_profile_id.last_interaction_date", groups=_INSIGHT_GROUPS
    )
    interaction_count = ProfileInteger(
        related="customer_profile_id.interaction_count", groups=_INSIGHT_GROUPS
    )

    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_customer_profile_id(self):
        profiles = (
            self.env["customer.profile"].sudo(False).with_context(active_test=False)
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

    def _customer_event(self, kind, record=None):
        """Something happened to these customers; nothing follows from it here.

        A contact stands for its customer: a confirmation that nobody waits for need
        not look up whose contact it is.

        Add-ons override it, act on the kinds they know and call ``super()``. It runs
        within the transaction of what happened: keep it cheap, and raise nothing.

        :param kind: ``order_confirmed`` (record: sale.order), ``order_delivered``
            (stock.picking, called by an add-on that knows of deliveries),
            ``invoice_paid`` (account.move), ``interaction_logged``
            (customer.interaction.log), ``stage_entered`` (customer.stage.move),
            ``survey_answered`` (survey.user_input), or ``referral`` (what records it)
        :param record: what happened, if there is a record of it
        """

    def action_log_interaction(self):
        """Open the dialog that logs a touch; the context's ``log_kind`` is preset."""
        self.ensure_one()
        return self.env["customer.interaction.log"]._log_action(
            self, self.env.context.get("log_kind", "call")
        )
