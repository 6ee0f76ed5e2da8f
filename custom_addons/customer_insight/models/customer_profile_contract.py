from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from . import customer_profile, customer_profile_signals  # noqa: F401  extended below

#: Days looked at, and the year before them that they are compared with.
_RECENT, _BASELINE = 90, 365
#: Contacts of that year from which fewer of them say something.
_FEWEST = 4
#: Warns by itself with the default setting.
_POINTS = 50


class ResPartner(models.Model):
    _inherit = "res.partner"

    contract_end = fields.Date(
        company_dependent=True,
        groups="customer_insight.group_user",
        help="When the contract with this customer ends. Customers who are contacted"
        " less before it are warned of.",
    )


class ResCompany(models.Model):
    _inherit = "res.company"

    insight_contract_days = fields.Integer(
        string="Contract Ends Within (Days)", default=60, prefetch="customer_insight"
    )
    insight_contract_drop = fields.Integer(
        string="Fewer Contacts (%)",
        default=50,
        help="A contract that ends soon warns of a customer whose contacts of the last"
        " 90 days fell by so much against their own year before.",
        prefetch="customer_insight",
    )

    _insight_contract_limits = models.Constraint(
        "CHECK (insight_contract_days BETWEEN 1 AND 730"
        " AND insight_contract_drop BETWEEN 1 AND 100)",
        "Contracts are looked at 1 to 730 days ahead, contacts fall by 1 to 100 %.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    insight_contract_days = fields.Integer(
        related="company_id.insight_contract_days", readonly=False
    )
    insight_contract_drop = fields.Integer(
        related="company_id.insight_contract_drop", readonly=False
    )


class CustomerProfile(models.Model):
    """Contracts that end while the customer and we talk less."""

    _inherit = "customer.profile"

    contract_end = fields.Date(
        compute="_compute_contract_end", search="_search_contract_end"
    )

    @api.depends("partner_id.contract_end", "company_id")
    def _compute_contract_end(self):
        # that of the profile's company, whichever one is active
        for company, profiles in self.grouped("company_id").items():
            partners = profiles.partner_id.with_company(company)
            ends = {partner.id: partner.contract_end for partner in partners}
            for profile in profiles:
                profile.contract_end = ends.get(profile.partner_id.id)

    def _fetch_linked(self, names):
        if "contract_end" in names:
            for company, profiles in self.grouped("company_id").items():
                partners = profiles.sudo().partner_id.with_company(company)
                partners.fetch(["contract_end"])
        return super()._fetch_linked(names)

    def _search_contract_end(self, operator, value):
        ends = Domain("contract_end", operator, value)
        partners = self.env["res.partner"].with_context(active_test=False)
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("partner_id", "in", partners.with_company(company)._search(ends))
            for company in self.env.companies
        )

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name != "contract_end":
            return super()._order_field_to_sql(
                alias, field_name, direction, nulls, query
            )
        # that of the profile's company, whichever one is active
        __, partner = self._fields["partner_id"].join(self, alias, query)
        end = SQL(
            "(%s->>(%s)::text)::date",
            SQL.identifier(
                partner,
                "contract_end",
                to_flush=self.env["res.partner"]._fields["contract_end"],
            ),
            self._field_to_sql(alias, "company_id", query),
        )
        return SQL("%s %s %s", end, direction, nulls)

    def _contract_sources(self, company):
        """Where the ends of contracts are known; an app with contracts adds its own.

        :param company: res.company record
        :return: ``{key: SELECT}`` of ``partner_id`` (any contact of the customer) and
            ``date_end``; contracts that are renewed by themselves are left out
        :rtype: dict[str, SQL]
        """
        return {
            "res.partner": SQL(
                """SELECT id AS partner_id, (contract_end->>%s)::date AS date_end
                   FROM res_partner WHERE contract_end->>%s IS NOT NULL""",
                str(company.id),
                str(company.id),
            )
        }

    def _churn_signals(self, company, as_of):
        return {
            **super()._churn_signals(company, as_of),
            "contract": {
                "name": self.env._("Contract Ends"),
                "query": self._contract_query(company, as_of),
                "sentence": "_contract_sentence",
            },
        }

    def _contract_query(self, company, as_of):
        """The next end within the days, and contacts below the own year before.

        ``before`` is what ``_RECENT`` days of that year had on average.
        """
        return SQL(
            """
            SELECT partner_id, %(points)s AS points,
                   jsonb_build_object(
                       'day', date_end, 'days', date_end - %(as_of)s::date,
                       'now', now, 'before', ROUND(before, 1),
                       'recent', %(recent)s::int) AS values
            FROM (SELECT partner.commercial_partner_id AS partner_id,
                         MIN(contract.date_end) AS date_end
                  FROM (%(contracts)s) contract
                  JOIN res_partner partner ON partner.id = contract.partner_id
                  WHERE contract.date_end BETWEEN %(as_of)s::date AND %(until)s
                  GROUP BY 1) ending
            JOIN (SELECT partner_id, now, before * %(recent)s::numeric / %(year)s
                             AS before
                  FROM (%(touches)s) touch WHERE before >= %(fewest)s) contact
                USING (partner_id)
            WHERE now <= before * (100 - %(drop)s) / 100
            """,
            points=_POINTS,
            as_of=as_of,
            recent=_RECENT,
            year=_BASELINE,
            contracts=SQL(" UNION ALL ").join(self._contract_sources(company).values()),
            until=as_of + relativedelta(days=company.insight_contract_days),
            touches=self._contact_counts_query(company, as_of),
            fewest=_FEWEST,
            drop=company.insight_contract_drop,
        )

    def _contact_counts_query(self, company, as_of):
        """Contacts of the last days and of the year before them, by customer.

        Purchases are contacts, too: of many customers they are the only ones.
        """
        middle = as_of - relativedelta(days=_RECENT)
        start = middle - relativedelta(days=_BASELINE)
        contacts = SQL(" UNION ALL ").join(
            SQL(
                "SELECT anchor_id, date FROM (%s) touch WHERE kind = ANY(%s)"
                " AND date >= %s AND date < %s",
                query,
                self.env["customer.interaction"]._contact_kinds(),
                start,
                as_of + relativedelta(days=1),
            )
            for query in self.env["customer.interaction"]
            ._interaction_sources(company)
            .values()
        )
        return SQL(
            """SELECT partner.commercial_partner_id AS partner_id,
                      COUNT(*) FILTER (WHERE contact.date >= %(middle)s) AS now,
                      COUNT(*) FILTER (WHERE contact.date < %(middle)s) AS before
               FROM (%(contacts)s) contact
               JOIN res_partner partner ON partner.id = contact.anchor_id
               GROUP BY 1""",
            middle=middle,
            contacts=contacts,
        )

    def _contract_sentence(self, values):
        day = fields.Date.to_date(values["day"])
        return self.env._(
            "The contract ends on %(day)s, and contacts fell from %(before)s to %(now)s"
            " within %(recent)s days",
            day=format_date(self.env, day),
            before=values["before"],
            now=values["now"],
            recent=values["recent"],
        )


class CustomerWarning(models.Model):
    """The renewal of a contract as what to do."""

    _inherit = "customer.warning"

    def _compute_profile(self):
        result = super()._compute_profile()
        for warning in self:
            if offer := warning._renewal_offer():
                warning.strategy = "\n".join(filter(None, [offer, warning.strategy]))
        return result

    def _renewal_offer(self):
        """:return: what to offer before the contract ends, or None"""
        for reason in self.reasons or ():
            if reason["code"] == "contract":
                day = fields.Date.to_date(reason["values"]["day"])
                return self.env._(
                    "Offer the renewal before %(day)s: ask what has changed, and bring"
                    " a quotation with a price for staying.",
                    day=format_date(self.env, day),
                )
        return None
