import logging
from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.tools import SQL

from . import customer_profile, customer_profile_night  # noqa: F401  extended below

_logger = logging.getLogger(__name__)
_SPOKEN = ("call", "meeting", "visit")


class CustomerCadence(models.Model):
    """How often customers of a segment are to be contacted at least.

    Each night, customers without a touch of the right kind for so many days get an
    activity. A touch sets the clock back: an activity that is open then goes.
    """

    _name = "customer.cadence"
    _description = "Contact Cadence"
    _order = "days, id"
    _rec_name = "segment_id"

    active = fields.Boolean(default=True)
    segment_id = fields.Many2one(
        "customer.segment", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    days = fields.Integer(string="Every (Days)", required=True, default=30)
    touch = fields.Selection(
        [
            ("any", "Any contact, purchases too"),
            ("talk", "Contact between people"),
            ("spoken", "Call, meeting or visit"),
        ],
        string="What Counts",
        required=True,
        default="talk",
        help="A touch of this kind sets the clock back.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        required=True,
        domain=[("res_model", "in", [False, "res.partner"])],
        ondelete="restrict",
        default=lambda self: self.env.ref(
            "mail.mail_activity_data_call", raise_if_not_found=False
        ),
    )
    user_id = fields.Many2one(
        "res.users",
        string="Stand-in",
        required=True,
        domain=[("share", "=", False)],
        default=lambda self: self.env.user,
        help="Gets the activities of customers without a salesperson.",
    )
    most_open = fields.Integer(
        string="Most at a Time",
        required=True,
        default=20,
        help="So many open activities one person has of this cadence at most; the"
        " customers who bought for most come first.",
    )
    due_count = fields.Integer(string="Due", compute="_compute_due_count")
    open_count = fields.Integer(string="Planned", compute="_compute_open_count")

    _once_per_segment = models.UniqueIndex(
        "(segment_id, company_id, touch) WHERE active",
        "There is such a cadence for this segment already.",
    )
    _within_limits = models.Constraint(
        "CHECK (days BETWEEN 1 AND 1830 AND most_open BETWEEN 1 AND 1000)",
        "The days go from 1 to 1830, the activities at a time from 1 to 1000.",
    )

    def _compute_due_count(self):
        for cadence in self:
            cadence.due_count = len(cadence._due_customers())

    def _compute_open_count(self):
        counts = dict(
            self.env["mail.activity"]
            .sudo()  # how many there are, of whomever
            ._read_group(
                [("insight_cadence_id", "in", self.ids)],
                ["insight_cadence_id"],
                ["__count"],
            )
        )
        for cadence in self:
            cadence.open_count = counts.get(cadence, 0)

    def action_open_due(self):
        """Open the customers who are due."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_insight.customer_profile_action"
        )
        return {
            **action,
            "display_name": self.env._("Due: %s", self.display_name),
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", self._due_customers()),
            ],
            "context": {},
        }

    # === THE NIGHT === #

    @api.model
    def _refresh(self, companies=None):
        """Plan what is due and take back what no longer is. Run twice, nothing changes.

        :param companies: res.company records, all companies when not given
        :return: number of activities planned
        """
        self.env.flush_all()
        companies = companies or self.env["customer.profile"]._all_companies()
        self._take_back(companies)
        cadences = self.sudo().search([("company_id", "in", companies.ids)])
        return sum(cadence._plan_due() for cadence in cadences)

    def _take_back(self, companies):
        """Remove open activities whose customer was contacted, or is none of these."""
        activities = self.env["mail.activity"].sudo()
        open_ones = activities.search(
            [("insight_cadence_id.company_id", "in", companies.ids)]
        )
        for cadence, batch in open_ones.grouped("insight_cadence_id").items():
            if not cadence.active:
                batch.unlink()
                continue
            due = set(cadence._due_customers(planned=True))
            batch.filtered(lambda one, due=due: one.res_id not in due).unlink()

    def _plan_due(self):
        self.ensure_one()
        rows = self.env.execute_query(self._plan_query())
        model_id = self.env["ir.model"]._get_id("res.partner")
        planned = 0
        by_owner = {}
        for partner_id, user_id in rows:
            by_owner.setdefault(user_id, []).append(partner_id)
        for user_id, partner_ids in by_owner.items():
            lang = self.env["res.users"].browse(user_id).lang
            values = self.with_context(lang=lang)._activity_values(model_id, user_id)
            planned += self._create_activities(values, partner_ids)
        return planned

    def _create_activities(self, values, partner_ids):
        """Those of one owner; who may not have them stops nobody else's."""
        try:
            with self.env.cr.savepoint():
                self.env["mail.activity"].sudo().with_context(
                    mail_activity_quick_update=True
                ).create([{**values, "res_id": one} for one in partner_ids])
        except Exception:
            _logger.exception("Activities of user %s failed", values["user_id"])
            return 0
        return len(partner_ids)

    def _activity_values(self, model_id, user_id):
        return {
            "res_model_id": model_id,
            "activity_type_id": self.activity_type_id.id,
            "summary": self.env._(
                "No contact for %(days)s days (%(segment)s)",
                days=self.days,
                segment=self.segment_id.name,
            ),
            "date_deadline": self.company_id._insight_today(),
            "user_id": user_id,
            "insight_cadence_id": self.id,
        }

    # === WHO IS DUE === #

    def _due_customers(self, planned=False):
        """:return: ids; of those with an open activity only if ``planned``"""
        self.ensure_one()
        self.env.flush_all()
        return [
            partner_id
            for (partner_id,) in self.env.execute_query(self._due_query(planned))
        ]

    def _plan_query(self):
        """The customers to plan for, with their owners: as many as these can take."""
        return SQL(
            """
            SELECT partner_id, user_id
            FROM (SELECT due.partner_id, owner.user_id,
                         ROW_NUMBER() OVER (
                             PARTITION BY owner.user_id
                             ORDER BY profile.amount_total DESC, due.partner_id
                         ) + COALESCE(taken.count, 0) AS place
                  FROM (%(due)s) due
                  JOIN customer_profile profile
                      ON profile.partner_id = due.partner_id
                      AND profile.company_id = %(company)s
                  JOIN res_partner partner ON partner.id = due.partner_id
                  LEFT JOIN res_users seller
                      ON seller.id = partner.user_id AND seller.active
                  CROSS JOIN LATERAL (
                      SELECT COALESCE(seller.id, %(stand_in)s) AS user_id) owner
                  LEFT JOIN (SELECT user_id, COUNT(*) AS count FROM mail_activity
                             WHERE insight_cadence_id = %(cadence)s AND active
                             GROUP BY user_id) taken
                      ON taken.user_id = owner.user_id) due
            WHERE place <= %(most)s
            ORDER BY user_id, place
            """,
            due=self._due_query(),
            company=self.company_id.id,
            stand_in=self.user_id.id,
            cadence=self.id,
            most=self.most_open,
        )

    def _due_query(self, planned=False):
        """Customers of the segment without such a touch for so long: SELECT partner_id.

        An activity that was done counts as a touch, whatever its type.
        """
        company = self.company_id
        profiles = self.env["customer.profile"].sudo().with_company(company)
        members = profiles._search(
            self.segment_id.with_company(company)._profile_domain()
        )
        since = company._insight_today() - timedelta(days=self.days)
        return SQL(
            """
            SELECT member.partner_id FROM (%(members)s) member
            WHERE member.partner_id NOT IN (%(touched)s)
              AND NOT EXISTS (
                  SELECT FROM mail_activity activity
                  WHERE activity.insight_cadence_id = %(cadence)s
                    AND activity.res_id = member.partner_id
                    AND (activity.active AND NOT %(planned)s
                         OR NOT activity.active AND activity.date_done > %(since)s))
            """,
            members=members.select(SQL.identifier(profiles._table, "partner_id")),
            touched=self._touched_query(since),
            cadence=self.id,
            planned=planned,
            since=since,
        )

    def _touched_query(self, since):
        """Customers with such a touch after a day: SELECT partner_id."""
        company = self.company_id
        zone = pytz.timezone(company._insight_timezone())
        midnight = datetime.combine(since + timedelta(days=1), time())
        start = zone.localize(midnight).astimezone(pytz.utc).replace(tzinfo=None)
        touches = SQL(" UNION ALL ").join(
            SQL(
                "SELECT anchor_id FROM (%s) touch WHERE kind = ANY(%s) AND date >= %s",
                query,
                self._kinds(),
                start,
            )
            for query in self.env["customer.interaction"]
            ._interaction_sources(company)
            .values()
        )
        return SQL(
            """SELECT partner.commercial_partner_id FROM (%s) touch
               JOIN res_partner partner ON partner.id = touch.anchor_id""",
            touches,
        )

    def _kinds(self):
        if self.touch == "any":
            return self.env["customer.interaction"]._contact_kinds()
        if self.touch == "talk":
            return self.env["customer.profile"]._health_contact_kinds()
        return list(_SPOKEN)


class CustomerProfile(models.Model):
    _inherit = "customer.profile"

    @api.model
    def _night_steps(self):
        return [*super()._night_steps(), ("contact cadences", self._night_cadences)]

    @api.model
    def _night_cadences(self, company):
        self.env["customer.cadence"]._refresh(companies=company)
        return False
