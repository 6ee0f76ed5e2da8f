from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import festivals


class CustomerOccasion(models.Model):
    """Whose occasion falls on which day: one SELECT for all customers of a company."""

    _inherit = "customer.occasion"

    @api.model
    def _due(self, company, day):
        """Whose occasion it is on a day, with what the days before left to catch up.

        :param company: res.company record
        :param day: date, in the time zone of the company
        :return: SELECT ``partner_id`` (the person: a contact on birthdays, else the
            customer), ``occasion_id``, ``year``. The three name an occasion for good:
            whoever acts on them once will not act twice on days caught up
        :rtype: SQL
        """
        occasions = self._of_company(company)
        longest = max(occasions.mapped("catch_up_days"), default=0)
        return SQL(
            """SELECT due.partner_id, due.occasion_id, due.year
               FROM (%s) due
               JOIN customer_occasion occasion ON occasion.id = due.occasion_id
               WHERE due.date >= %s - occasion.catch_up_days""",
            occasions._occurrences(company, day - timedelta(days=longest), day),
            day,
        )

    @api.model
    def _of_company(self, company):
        """:return: the occasions that are switched on for a company"""
        return self.sudo().search(  # whom they concern is told by the profiles
            Domain("company_id", "in", [False, company.id])
        )

    def _occurrences(self, company, first, last):
        """People and their days within a span, since each occasion was switched on.

        :param first, last: dates, both included
        :return: SELECT ``partner_id``, ``customer_id``, ``occasion_id``, ``year``,
            ``date``
        """
        queries = [
            occasion._occurrences_of(company, max(first, occasion.since), last)
            for occasion in self
            if occasion.since and occasion.since <= last
        ]
        queries = [query for query in queries if query is not None]
        if not queries:
            return SQL(
                """SELECT NULL::int4 AS partner_id, NULL::int4 AS customer_id,
                          NULL::int4 AS occasion_id, NULL::int4 AS year,
                          NULL::date AS date WHERE FALSE"""
            )
        return SQL(" UNION ALL ").join(queries)

    def _occurrences_of(self, company, first, last):
        self.ensure_one()
        method = getattr(self, f"_{self.kind}_sql")
        found = method(company, first, last)
        if found is None:
            return None
        return SQL(
            """SELECT day.partner_id, day.customer_id,
                      %(occasion)s::int4 AS occasion_id, day.year, day.date
               FROM (%(found)s) day
               WHERE day.customer_id IN (%(audience)s)""",
            occasion=self.id,
            found=found,
            audience=self._audience_sql(company),
        )

    def _audience_sql(self, company):
        """The customers an occasion is for: SELECT partner_id.

        Whoever objects to profiling has no profile, and is none of them.
        """
        profiles = self.env["customer.profile"].sudo().with_company(company)
        domain = Domain("company_id", "=", company.id)
        segments = self.sudo().segment_ids.with_company(company)
        if segments:
            domain &= segments._profile_domain()
        if self.lifecycle_stage:
            domain &= Domain("lifecycle_stage", "=", self.lifecycle_stage)
        if self.country_ids:
            countries = Domain("country_id", "in", self.country_ids.ids)
            if company.country_id in self.country_ids:
                countries |= Domain("country_id", "=", False)
            domain &= countries
        if not self.company_id:
            # who bought from another company alone is greeted in that one's name
            others = profiles.with_context(active_test=False)._search(
                Domain("company_id", "!=", company.id)
                & Domain("purchase_count", ">", 0)
            )
            domain &= Domain("purchase_count", ">", 0) | Domain(
                "partner_id", "not in", others.subselect("partner_id")
            )
        query = profiles._search(domain)
        return query.select(SQL.identifier(profiles._table, "partner_id"))

    # === ONE QUERY PER KIND === #

    def _birthday_sql(self, company, first, last):
        """Birthdays of all contacts, that of 29 February as the company has it."""
        return SQL(
            """SELECT person.id AS partner_id,
                      person.commercial_partner_id AS customer_id,
                      EXTRACT(year FROM kept.day)::int4 AS year, kept.day AS date
               FROM %(kept)s
               JOIN res_partner person
                   ON EXTRACT(month FROM person.birthdate) * 100
                      + EXTRACT(day FROM person.birthdate) = kept.code
               WHERE person.active AND person.birthdate < kept.day""",
            kept=self._kept_days_sql(company, first, last),
        )

    def _first_purchase_sql(self, company, first, last):
        return self._anniversary_sql(
            company, first, last, SQL("profile.first_purchase_date")
        )

    def _customer_since_sql(self, company, first, last):
        created = self.env["customer.profile"]._created_on_sql(company)
        return self._anniversary_sql(company, first, last, created)

    def _anniversary_sql(self, company, first, last, since):
        return SQL(
            """SELECT partner_id, partner_id AS customer_id,
                      EXTRACT(year FROM kept.day)::int4 AS year, kept.day AS date
               FROM %(kept)s
               JOIN (SELECT profile.partner_id, %(since)s AS day
                     FROM customer_profile profile
                     JOIN res_partner partner ON partner.id = profile.partner_id
                     WHERE profile.company_id = %(company)s) customer
                   ON EXTRACT(month FROM customer.day) * 100
                      + EXTRACT(day FROM customer.day) = kept.code
                   AND EXTRACT(year FROM customer.day) < EXTRACT(year FROM kept.day)""",
            kept=self._kept_days_sql(company, first, last),
            since=since,
            company=company.id,
        )

    def _festival_sql(self, company, first, last):
        days = self._festival_days(first, last)
        if not days:
            return None
        return SQL(
            """SELECT partner.id AS partner_id, partner.id AS customer_id,
                      kept.year, kept.day AS date
               FROM unnest(%(days)s::date[], %(years)s::int4[], %(countries)s::int4[])
                        kept (day, year, country_id)
               JOIN res_partner partner
                   ON COALESCE(partner.country_id, %(home)s::int4)
                      = COALESCE(kept.country_id, partner.country_id, %(home)s::int4)
                   OR kept.country_id IS NULL""",
            days=[day for day, __, __ in days],
            years=[year for __, year, __ in days],
            countries=[country for __, __, country in days],
            home=company.country_id.id or None,
        )

    def _festival_days(self, first, last):
        """:return: ``[(date, year, country id or None)]`` of a festival in a span"""
        self.ensure_one()
        countries = self.country_ids if self.rule == "holiday" else [None]
        found = defaultdict(list)
        for country in countries:
            rule = self._festival_rule(country)
            for day, year in festivals.occurrences(rule, first, last):
                found[country].append((day, year, country and country.id))
        return [day for days in found.values() for day in days]

    def _festival_rule(self, country=None):
        return festivals.Rule(
            self.rule,
            int(self.month or 1),
            self.month_day or 1,
            int(self.week or 1),
            int(self.weekday or 0),
            self.easter_days,
            (country and country.code) or "",
            self.holiday_name or "",
        )

    def _kept_days_sql(self, company, first, last):
        """Each day of a span with the days of the year that are kept on it."""
        kept = [
            (day, code)
            for day in (
                first + timedelta(days=number)
                for number in range((last - first).days + 1)
            )
            for code in festivals.kept_days(day, company.insight_leap_birthday)
        ]
        return SQL(
            "unnest(%s::date[], %s::int4[]) kept (day, code)",
            [day for day, __ in kept],
            [code for __, code in kept],
        )
