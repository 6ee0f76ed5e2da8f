from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import habits
from .customer_interaction import CHANNELS

_VALUE_FIELDS = {"category": "category_id", "channel": "channel"}


class CustomerPreference(models.Model):
    """What a customer says they prefer, with where it is known from.

    What they do may differ: where enough was observed, both stand side by side.
    """

    _name = "customer.preference"
    _description = "Customer Preference"
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        help="The customer; a contact stands for the company it belongs to.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(
        string="Still Valid", default=True, help="Take out what no longer holds."
    )
    kind = fields.Selection(
        [
            ("category", "Product category"),
            ("channel", "Channel"),
            ("time", "Time"),
            ("language", "Language"),
            ("value", "Value"),
            ("interest", "Interest"),
            ("lifestyle", "Lifestyle"),
        ],
        required=True,
        default="channel",
    )
    category_id = fields.Many2one("product.category", ondelete="cascade")
    channel = fields.Selection(CHANNELS)
    value = fields.Char(string="Preferred", help="In words, such as 'after 6 pm'.")
    name = fields.Char(string="Preference", compute="_compute_name", store=True)
    source = fields.Selection(
        [
            ("declared", "Declared"),
            ("survey", "Survey"),
            ("call", "Call"),
            ("other", "Other"),
        ],
        required=True,
        default="declared",
    )
    date = fields.Date(
        required=True, default=lambda self: self.env.company._insight_today()
    )
    observed = fields.Char(
        compute="_compute_observed",
        help="What the customer usually does, where enough is known.",
    )
    is_contradicted = fields.Boolean(compute="_compute_observed")

    @api.depends("kind", "category_id.complete_name", "channel", "value")
    def _compute_name(self):
        channels = dict(CHANNELS)
        for preference in self:
            preference.name = {
                "category": preference.category_id.complete_name,
                "channel": channels.get(preference.channel),
            }.get(preference.kind, preference.value)

    @api.depends("kind", "category_id", "channel", "partner_id", "company_id")
    @api.depends_context("lang", "uid")
    def _compute_observed(self):
        profiles = self._profiles()
        channels = self._observed_channels()
        labels = dict(self._fields["channel"]._description_selection(self.env))
        for preference in self:
            preference.observed = preference.is_contradicted = False
            key = preference.partner_id.id, preference.company_id.id
            if preference.kind == "channel":
                usual = channels.get(key)
                if usual and usual.is_reliable:
                    preference._set_observed(
                        labels.get(usual.value),
                        usual,
                        preference.channel == usual.value,
                    )
            elif preference.kind == "category" and key in profiles:
                preference._set_observed_category(profiles[key])

    def _set_observed(self, label, usual, is_same):
        self.observed = self.env._(
            "%(value)s: %(n)s of %(of)s", value=label, n=usual.n, of=usual.of
        )
        self.is_contradicted = not is_same

    def _set_observed_category(self, profile):
        category = profile.usual_category_id.sudo()
        usual = habits.Usual(
            category.id, profile.usual_category_count, profile.purchase_count
        )
        if category and usual.is_reliable:
            path = self.category_id.parent_path or "-"
            self._set_observed(
                category.complete_name, usual, category.parent_path.startswith(path)
            )

    def _profiles(self):
        found = self.env["customer.profile"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        return {
            (profile.partner_id.id, profile.company_id.id): profile for profile in found
        }

    def _observed_channels(self):
        """The channel of most contacts of each customer, purchases left out."""
        channels = {}
        profiled = self.partner_id.filtered(lambda p: not p.insight_objection)
        found = self.env["customer.interaction"]._read_group(
            [
                ("partner_id", "in", profiled.ids),
                ("company_id", "in", self.company_id.ids),
                ("is_contact", "=", True),
                ("kind", "not in", self.env["customer.interaction"]._purchase_kinds()),
                ("channel", "!=", False),
            ],
            ["partner_id", "company_id", "channel"],
            ["__count"],
            order="__count, channel",
        )
        for partner, company, channel, count in found:
            before = channels.get((partner.id, company.id))
            total = count + (before.of if before else 0)
            channels[partner.id, company.id] = habits.Usual(channel, count, total)
        return channels

    @api.constrains("kind", "category_id", "channel", "value")
    def _check_value(self):
        for preference in self:
            if not preference[_VALUE_FIELDS.get(preference.kind, "value")]:
                raise ValidationError(
                    self.env._("Say what is preferred: the preference is empty.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._of_customer(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._of_customer(vals))

    @api.model
    def _of_customer(self, vals):
        return self.env["customer.need.evidence"]._of_customer(vals)
