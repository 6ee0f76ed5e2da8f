from odoo import api, fields, models
from odoo.tools import SQL


class CustomerProfile(models.Model):
    """When and how often the customer and we were in contact."""

    _inherit = "customer.profile"

    last_interaction_date = fields.Date(
        string="Last Contact",
        help="The last purchase or touch between people, as of the day of computation.",
    )
    interaction_count = fields.Integer(
        string="Contacts",
        help="Purchases and touches between people: orders, messages, calls, meetings"
        " and the like; not invoices, payments or mailings.",
    )
    latest_interaction_date = fields.Datetime(
        string="Last Contact (Live)",
        compute="_compute_latest_interaction_date",
        help="Looked up at this moment, with what happened since the computation.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_latest_interaction_date(self):
        interactions = self.env["customer.interaction"]
        for profile in self:
            contacts = interactions._contact_ids(profile.partner_id)
            summary = interactions.with_company(profile.company_id)._page_summary(
                contacts
            )
            profile.latest_interaction_date = summary["last"]

    def _fact_sources(self, company, as_of, policy, customer_ids=None):
        return {
            **super()._fact_sources(company, as_of, policy, customer_ids),
            "contact": self._contacts_query(company, as_of, customer_ids),
        }

    def _profile_columns(self, company, as_of, policy):
        return {
            **super()._profile_columns(company, as_of, policy),
            "last_interaction_date": SQL("contact.last_date"),
            "interaction_count": SQL("COALESCE(contact.count, 0)"),
        }

    @api.model
    def _contacts_query(self, company, as_of, customer_ids=None):
        """Each customer's contacts up to ``as_of``: count and last day (SQL).

        Each source is put together by contact before customers are looked up: there
        are far fewer contacts than touches.
        """
        zone = company._insight_timezone()
        condition = SQL(
            """touch.kind = ANY(%s)
               AND touch.date < (%s::date + 1)::timestamp
                   AT TIME ZONE %s AT TIME ZONE 'UTC'""",
            self.env["customer.interaction"]._contact_kinds(),
            as_of,
            zone,
        )
        if customer_ids is not None:
            condition = SQL(
                """%s AND touch.anchor_id = ANY(ARRAY(
                       SELECT id FROM res_partner
                       WHERE commercial_partner_id = ANY(%s)))""",
                condition,
                customer_ids,
            )
        sources = self.env["customer.interaction"]._interaction_sources(company)
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   SUM(touches)::int AS count,
                   (MAX(last) AT TIME ZONE 'UTC' AT TIME ZONE %s)::date AS last_date
            FROM (%s) source
            JOIN res_partner partner ON partner.id = source.anchor_id
            GROUP BY 1
            """,
            zone,
            SQL(" UNION ALL ").join(
                SQL(
                    """SELECT anchor_id, COUNT(*) AS touches, MAX(date) AS last
                       FROM (%s) touch WHERE %s GROUP BY anchor_id""",
                    query,
                    condition,
                )
                for query in sources.values()
            ),
        )

    def action_log_interaction(self):
        """Open the dialog that logs a touch with this customer."""
        self.ensure_one()
        return self.partner_id.action_log_interaction()
