from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.planner import id_array
from . import customer_profile_facts, customer_profile_refresh  # noqa: F401  first


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

    # === FACTS === #

    def _orders_are_purchases(self, company):
        """Whether the pass over the purchases meets every order (but free ones).

        Then it counts these touches, too, and orders need not be read twice.
        """
        is_basis = self.env["customer.purchase"]._basis(company) == "order"
        return is_basis and not self.env.context.get("insight_known_until")

    def _fact_aggregates(self, as_of, policy):
        return {
            **super()._fact_aggregates(as_of, policy),
            "order_count": SQL("SUM(orders)::int"),
            "last_order": SQL("MAX(date) FILTER (WHERE orders > 0)"),
        }

    def _fact_joins(self, company, as_of, customer_ids=None):
        return {
            **super()._fact_joins(company, as_of, customer_ids),
            "touch": self._contacts_query(company, as_of, customer_ids),
        }

    def _fact_columns(self, company, as_of):
        """Contacts of all kinds; and those between people, purchases left out."""
        return {
            **super()._fact_columns(company, as_of),
            "contacts": SQL("COALESCE(fact.order_count, 0) + COALESCE(touch.count, 0)"),
            "last_contact": SQL("GREATEST(fact.last_order, touch.last_date)"),
            "talks": SQL("COALESCE(touch.talks, 0)"),
            "last_talk": SQL("touch.last_talk"),
        }

    def _profile_columns(self, company, as_of, policy):
        return {
            **super()._profile_columns(company, as_of, policy),
            "last_interaction_date": SQL("fact.last_contact"),
            "interaction_count": SQL("fact.contacts"),
        }

    @api.model
    def _contacts_query(self, company, as_of, customer_ids=None):
        """Each customer's contacts up to ``as_of``: counts and last days (SQL).

        Left out are orders that were counted with the purchases. Each source is put
        together by contact before customers are looked up: there are far fewer contacts
        than touches.
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
            contacts = self._contact_ids(customer_ids)
            condition = SQL("%s AND touch.anchor_id = ANY(%s)", condition, contacts)
        interactions = self.env["customer.interaction"].with_context(
            insight_free_orders=self._orders_are_purchases(company)
        )
        sources = interactions._interaction_sources(company)
        is_talk = SQL("kind = ANY(%s)", self._health_contact_kinds())
        return SQL(
            """
            SELECT partner.commercial_partner_id AS partner_id,
                   SUM(touches)::int AS count,
                   SUM(talks)::int AS talks,
                   (MAX(last) AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date
                       AS last_date,
                   (MAX(last_talk) AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date
                       AS last_talk
            FROM (%(sources)s) source
            JOIN res_partner partner ON partner.id = source.anchor_id
            GROUP BY 1
            """,
            zone=zone,
            sources=SQL(" UNION ALL ").join(
                SQL(
                    """SELECT anchor_id, COUNT(*) AS touches, MAX(date) AS last,
                              COUNT(*) FILTER (WHERE %s) AS talks,
                              MAX(date) FILTER (WHERE %s) AS last_talk
                       FROM (%s) touch WHERE %s GROUP BY anchor_id""",
                    is_talk,
                    is_talk,
                    query,
                    condition,
                )
                for query in sources.values()
            ),
        )

    def _contact_ids(self, customer_ids):
        """:return: these customers and their contacts, as one array (SQL)"""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s)",
                id_array(customer_ids),
            )
        )
        return id_array(contact_id for (contact_id,) in rows)

    def action_log_interaction(self):
        """Open the dialog that logs a touch with this customer."""
        self.ensure_one()
        return self.partner_id.action_log_interaction()
