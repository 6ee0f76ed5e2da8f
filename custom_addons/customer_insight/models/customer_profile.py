from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError

VALUE_CLASSES = [("high", "High"), ("normal", "Normal"), ("low", "Low")]
LIFECYCLE_STAGES = [
    ("prospect", "Prospect"),
    ("first", "First purchase"),
    ("new", "New"),
    ("repeat", "Repeat"),
    ("active", "Active"),
    ("loyal", "Loyal"),
    ("at_risk", "At risk"),
    ("churned", "Churned"),
]
STAGE_SETS = {
    "six": ("prospect", "first", "repeat", "loyal", "at_risk", "churned"),
    "four": ("prospect", "new", "active", "churned"),
}


#: Columns that the name of what a field links to is made of.
_NAME_COLUMNS = {
    "partner_id": ("name", "company_name", "parent_id", "is_company", "type"),
    "rfm_segment_id": ("name",),
}


def _link(field):
    """:return: the many2one through which a field is looked up, the same for everybody;
    None for all other fields"""
    if field.related and not field.store and field.compute_sudo:
        name, *rest = field.related.split(".")
        return name if len(rest) == 1 else None
    return None


class CustomerProfile(models.Model):
    """What one company knows about one customer: figures, scores, class and stage.

    Rows are derived: ``_refresh`` computes them from the documents by SQL, and they
    can be dropped and rebuilt with the same result. Nobody edits them.
    """

    _name = "customer.profile"
    _description = "Customer Profile"
    _order = "amount_total desc, id"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True)
    as_of = fields.Date(help="The figures are those of the end of this day.")
    computed_at = fields.Datetime()
    scoring_id = fields.Many2one(
        "customer.scoring",
        compute="_compute_scoring_id",
        compute_sudo=True,  # borders and settings hold no customer's data
        help="The borders and settings this profile was scored with.",
    )

    # facts
    first_purchase_date = fields.Date(string="First Purchase")
    last_purchase_date = fields.Date(string="Last Purchase")
    purchase_count = fields.Integer(
        string="Purchases", help="Number of purchase documents, credit notes excluded."
    )
    purchase_days = fields.Integer(
        help="Days with a net amount above zero: two orders on one day are one visit."
    )
    amount_total = fields.Monetary(
        string="Amount Bought", help="All purchases less credit notes, untaxed."
    )
    average_interval_days = fields.Float(
        string="Average Interval (Days)",
        digits=(16, 1),
        aggregator="avg",
        help="Days between purchase days, on average; needs two of them.",
    )
    recency_days = fields.Integer(
        string="Days Since Purchase", aggregator="avg", help="The recency of RFM."
    )
    frequency = fields.Integer(
        aggregator="avg", help="Purchase days within the RFM window."
    )
    monetary = fields.Monetary(
        string="Monetary Value", help="Amount bought within the RFM window."
    )

    # scores
    rfm_recency = fields.Integer(string="Recency Score", aggregator="avg")
    rfm_frequency = fields.Integer(string="Frequency Score", aggregator="avg")
    rfm_monetary = fields.Integer(string="Monetary Score", aggregator="avg")
    rfm_score = fields.Char(
        string="RFM", help="Recency, frequency and monetary score, 5 is best."
    )
    rfm_segment_id = fields.Many2one(
        "customer.segment", string="Segment", ondelete="restrict"
    )
    segment_color = fields.Integer(related="rfm_segment_id.color")
    value_class = fields.Selection(VALUE_CLASSES)

    # lifecycle
    lifecycle_stage = fields.Selection(
        LIFECYCLE_STAGES, group_expand="_group_expand_stages"
    )
    stage_set = fields.Selection(related="company_id.insight_stage_set")
    stage_since = fields.Date(string="In Stage Since")
    won_back_date = fields.Date(
        string="Won Back On",
        help="The last purchase that ended a silence longer than that of a churned"
        " customer.",
    )

    purchase_ids = fields.One2many("customer.purchase", "profile_id")

    # the customer
    user_id = fields.Many2one(related="partner_id.user_id")
    email = fields.Char(related="partner_id.email")
    phone = fields.Char(related="partner_id.phone")
    city = fields.Char(related="partner_id.city")
    country_id = fields.Many2one(related="partner_id.country_id")
    category_id = fields.Many2many(related="partner_id.category_id")
    is_company = fields.Boolean(related="partner_id.is_company")
    function = fields.Char(related="partner_id.function")
    website = fields.Char(related="partner_id.website")
    address = fields.Char(related="partner_id.contact_address", string="Address")
    lang = fields.Selection(related="partner_id.lang")
    tz = fields.Selection(related="partner_id.tz")

    _partner_company_uniq = models.UniqueIndex("(partner_id, company_id)")
    _company_stage_idx = models.Index("(company_id, lifecycle_stage)")
    _company_segment_idx = models.Index("(company_id, rfm_segment_id)")
    _amount_idx = models.Index("(amount_total DESC, id)")

    @api.depends("company_id", "as_of")
    def _compute_scoring_id(self):
        """Found by company and day: a column would change in every row every night."""
        for (company_id, as_of), profiles in self.grouped(
            lambda profile: (profile.company_id.id, profile.as_of)
        ).items():
            company = self.env["res.company"].browse(company_id)
            profiles.scoring_id = (
                self.env["customer.scoring"]._latest(company, as_of) if as_of else False
            )

    def init(self):
        # Every night changes every row, mostly in columns without an index: with room
        # on its page the new version of a row needs no new index entries.
        self.env.cr.execute("ALTER TABLE customer_profile SET (fillfactor = 50)")

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Find profiles, and read what a page shows of their contacts with them."""
        profiles = super().search_fetch(domain, field_names, offset, limit, order)
        if profiles and field_names:
            profiles._fetch_linked(field_names)
        return profiles

    def _fetch_linked(self, names):
        """Read what a page shows of contacts, segments and companies, each at once.

        Core reads all that is known of a contact and looks related fields up value by
        value, which takes most of the time of a page.

        :param names: names of fields of the page
        """
        columns, followed = defaultdict(set), []
        for name in names:
            columns[name].update(_NAME_COLUMNS.get(name, ()))
            if link := _link(self._fields[name]):
                followed.append((self._fields[name], link))
                columns[link].add(self._fields[name].related_field.name)
        profiles = self.sudo()  # as core reads names and related fields
        for link, wanted in columns.items():
            if wanted:
                profiles[link].fetch(wanted)
        for field, link in followed:
            profiles._take_related(field, link)

    def _take_related(self, field, link):
        """Put what linked records say into the cache, for all records at once.

        :param link: name of the many2one to them
        """
        name, any_profile = field.related_field.name, self[:1]
        linked = self[link]
        known = {
            record.id or None: field.convert_to_cache(
                record[name], any_profile, validate=False
            )
            for record in (*linked, linked.browse())
        }
        ids = map(self._fields[link]._get_cache(self.env).get, self._ids)
        field._insert_cache(self, [known[linked_id] for linked_id in ids])

    @api.model
    def _group_expand_stages(self, stages, domain):
        """Show every stage of the set in use as a kanban column, empty ones too."""
        used = {
            stage
            for company in self.env.companies
            for stage in STAGE_SETS[company.sudo().insight_stage_set]
        }
        return [stage for stage, __ in LIFECYCLE_STAGES if stage in used]

    def action_refresh_now(self):
        """Compute the profiles of the active companies now (managers only).

        :return: a notification that says how many profiles changed
        :raise AccessError: for users who may not manage customer insight
        :raise UserError: while another computation is under way
        """
        if not self.env.user.has_group("customer_insight.group_manager"):
            raise AccessError(
                self.env._("Only a customer insight manager can start a computation.")
            )
        changed = self.sudo()._refresh(companies=self.env.companies)
        for company in self.env.companies:
            self.sudo()._refresh_usual_categories(company)
            self.env["customer.stage.move"].sudo()._refresh(company)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s profiles updated.", count=changed),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_partner(self):
        """Open the contact of this profile."""
        self.ensure_one()
        return self.partner_id._get_records_action()

    def action_open_purchases(self):
        """Open the documents behind the figures of this profile."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_purchase_action"
        )
        return {
            **action,
            "display_name": self.env._(
                "Purchases of %(customer)s", customer=self.partner_id.display_name
            ),
            "domain": [
                # by customer and company: found by index, a profile is not
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "views": [(False, "list"), (False, "graph"), (False, "pivot")],
            "context": {},
        }
