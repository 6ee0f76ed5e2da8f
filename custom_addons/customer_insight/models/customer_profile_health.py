import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.policy import TrialPolicy
from ..tools.planner import ONCE, id_array
from . import customer_profile_refresh  # noqa: F401  what is extended comes first

#: Scores from here on are healthy, below ``_POOR`` poor.
_HEALTHY, _POOR = 70, 40
HEALTH_BANDS = [("poor", "Poor"), ("watch", "Watch"), ("healthy", "Healthy")]


class CustomerProfile(models.Model):
    """The health score: a weighted mean of what is known, 0 (bad) to 100 (good).

    Each component gives a score from 0 to 100 or nothing. Where nothing is known of a
    component, the weights of the others are scaled up to 100: the score is
    ``sum(weight * score) / sum(weight)`` over the known components. A customer of whom
    nothing is known has no score. What each component added is stored beside it.
    """

    _inherit = "customer.profile"

    health_score = fields.Float(
        string="Health",
        digits=(5, 2),
        aggregator="avg",
        help="0 to 100, the weighted mean of the components that are known.",
    )
    health_band = fields.Selection(
        HEALTH_BANDS,
        help="Healthy from 70, poor below 40; empty where nothing is known.",
    )
    health_coverage = fields.Integer(
        string="Health Coverage (%)",
        aggregator="avg",
        help="How much of the weights rests on components that are known. A score that"
        " rests on less than half is grey.",
    )
    health_values = fields.Text(
        help="Each known component, as JSON: ten thousand times its score, and the"
        " values behind it. Of all customers this text is put together in a seventh of"
        " the time that a column of JSON takes.",
    )
    health_components = fields.Json(
        compute="_compute_health_components",
        help="Each known component: score, effective weight, share of the score, and"
        " the values behind it.",
    )
    health_receipts = fields.Json(
        compute="_compute_health_receipts",
        help="A list for the screen: code, label, score, weight, share, sentence and,"
        " where documents can be opened with action_open_health(code), action.",
    )
    health_basis = fields.Char(compute="_compute_health_receipts")

    # === WHAT IS STORED === #

    def _health_components(self, company, as_of):
        """What the health score is made of; an add-on adds its own.

        :return: ``{code: component}``, in the order of the screen. A component is a
            dict of

            - ``name``: its label, translated
            - ``weight``: its weight as long as no set of weights was made
            - ``query``: SELECT with ``partner_id`` (commercial partner), ``score`` (0
              to 100, NULL if nothing is known), the ``values``; at most one row per
              customer of the company, from documents dated by the end of ``as_of``; it
              may read ``insight_facts``
            - ``columns``, instead of a query where ``insight_facts`` tells it all:
              ``{name: SQL over fact}`` of ``score``, within 0 and 100, and the values
            - ``values``: names of the columns its sentence needs: numbers, or texts
              of JSON numbers; a truth is 1 or 0
            - ``sentence``: name of the method of a profile that is given these values
              as a dict and returns a sentence
            - ``action``: name of the method that opens the documents (optional)
        :rtype: dict[str, dict]
        """
        return {}

    def _fact_sources(self, company, as_of, policy, customer_ids=None):
        sources = super()._fact_sources(company, as_of, policy, customer_ids)
        weights = policy.health_weights if isinstance(policy, TrialPolicy) else None
        query = self._health_query(company, as_of, customer_ids, weights)
        return {**sources, "health": query}

    def _profile_columns(self, company, as_of, policy):
        return {
            **super()._profile_columns(company, as_of, policy),
            "health_score": SQL("health.score"),
            "health_band": SQL(
                """CASE WHEN health.score >= %s THEN 'healthy'
                        WHEN health.score >= %s THEN 'watch'
                        WHEN health.score IS NOT NULL THEN 'poor' END""",
                _HEALTHY,
                _POOR,
            ),
            "health_coverage": SQL("COALESCE(health.coverage, 0)"),
            "health_values": SQL("health.parts"),
        }

    def _health_query(self, company, as_of, customer_ids=None, weights=None):
        """Score, coverage and receipt of all customers in ``insight_facts`` (SQL).

        :param weights: ``{code: weight}`` to try out instead of those in force
        """
        if weights is None:
            weights = self.env["customer.health.weight"]._in_force(company, as_of)
        components = self._health_components(company, as_of)
        used = {code: components[code] for code, weight in weights.items() if weight}
        if not used:
            return SQL(
                """SELECT partner_id, NULL::numeric AS score, NULL::int AS coverage,
                          NULL::text AS parts
                   FROM insight_facts WHERE FALSE"""
            )
        scores = {code: SQL.identifier("fact", f"{code}_score") for code in used}
        return SQL(
            """
            SELECT fact.partner_id,
                   ROUND((fact.points / fact.weight)::numeric, 2) AS score,
                   ROUND(fact.weight::numeric)::int AS coverage,
                   '{' || CONCAT_WS(',', %(entries)s) || '}' AS parts
            FROM (SELECT *, %(points)s AS points, %(known)s AS weight
                  FROM (%(scored)s) fact
                  %(once)s) fact
            WHERE fact.weight > 0
            """,
            once=ONCE,
            entries=SQL(", ").join(
                self._health_entry(code, component, scores[code])
                for code, component in used.items()
            ),
            points=SQL(" + ").join(
                SQL("COALESCE(%s * %s, 0)", score, weights[code])
                for code, score in scores.items()
            ),
            known=SQL(" + ").join(
                SQL("CASE WHEN %s IS NULL THEN 0 ELSE %s::float8 END", s, weights[code])
                for code, s in scores.items()
            ),
            scored=self._health_scored_query(used, customer_ids),
        )

    def _health_scored_query(self, components, customer_ids):
        """The facts with each component's ``<code>_score``, and what queries give."""
        columns, joins = [], []
        for code, component in components.items():
            if "columns" in component:
                given = {"score": component["columns"]["score"]}
            else:
                alias = SQL.identifier(f"health_{code}")
                names = ("score", *component.get("values", ()))
                given = {
                    name: SQL("%s.%s", alias, SQL.identifier(name)) for name in names
                }
                joins.append(
                    SQL(
                        "LEFT JOIN (%(query)s) %(alias)s"
                        " ON %(alias)s.partner_id = fact.partner_id",
                        query=self._health_component_query(component, customer_ids),
                        alias=alias,
                    )
                )
            columns += [
                SQL(", %s AS %s", value, SQL.identifier(f"{code}_{name}"))
                for name, value in given.items()
            ]
        return SQL(
            "SELECT fact.* %s FROM insight_facts fact %s %s",
            SQL("").join(columns),
            SQL(" ").join(joins),
            ONCE,
        )

    def _health_component_query(self, component, customer_ids):
        """One component, within 0 and 100, of the customers wanted (SQL)."""
        return SQL(
            """SELECT %(columns)s, LEAST(100, GREATEST(0, score))::float8 AS score
               FROM (%(query)s) component
               WHERE score IS NOT NULL AND score::float8 <> 'NaN' %(customers)s
               %(once)s""",
            once=ONCE,
            columns=SQL(", ").join(
                map(SQL.identifier, ("partner_id", *component.get("values", ())))
            ),
            query=component["query"],
            customers=SQL("AND partner_id = ANY(%s)", id_array(customer_ids))
            if customer_ids is not None
            else SQL(""),
        )

    def _health_entry(self, code, component, score):
        """Key and value of one component in ``health_values``, if it is known (SQL)."""
        columns = component.get("columns", {})
        values = [
            columns.get(name, SQL.identifier("fact", f"{code}_{name}"))
            for name in component.get("values", ())
        ]
        return SQL(
            "CASE WHEN %s IS NOT NULL THEN %s || CONCAT_WS(',', %s) || ']' END",
            score,
            f'"{code}":[',
            SQL(", ").join(
                [
                    SQL("(10000 * %s)::int", score),
                    *(SQL("COALESCE((%s)::text, 'null')", value) for value in values),
                ]
            ),
        )

    @api.model
    def _rounded_sql(self, value, digits):
        """A number of double precision, rounded, as the text of a JSON number (SQL).

        Such as ``1234e-2``: whole numbers become text far sooner than decimals.
        """
        factor = SQL("%s::float8", 10**digits)
        return SQL("FLOOR(%s * (%s) + 0.5)::int8 || %s", factor, value, f"e-{digits}")

    # === WHAT IS SHOWN === #

    @api.depends("health_values", "as_of")
    def _compute_health_components(self):
        for (company, as_of), profiles in self.grouped(
            lambda profile: (profile.company_id, profile.as_of)
        ).items():
            weights = {}
            if as_of:
                weights = self.env["customer.health.weight"]._in_force(company, as_of)
            for profile in profiles:
                profile.health_components = profile._health_shares(weights) or False

    def _health_shares(self, weights):
        """Each known component with its part of the score.

        :param weights: ``{code: weight}`` in force on the day of the profile
        :return: ``{code: [score, effective weight, share, *values]}``
        """
        known = {
            code: part
            for code, part in json.loads(self.health_values or "{}").items()
            if part and weights.get(code)
        }
        total = sum(weights[code] for code in known)
        return {
            code: [
                round(part[0] / 10000, 2),
                round(100 * weights[code] / total, 2),
                round(part[0] / 10000 * weights[code] / total, 4),
                *part[1:],
            ]
            for code, part in known.items()
        }

    @api.depends("health_components", "as_of")
    @api.depends_context("lang")
    def _compute_health_receipts(self):
        for (company, as_of), profiles in self.grouped(
            lambda profile: (profile.company_id, profile.as_of)
        ).items():
            if not as_of:
                profiles.health_receipts = profiles.health_basis = False
                continue
            components = self._health_components(company, as_of)
            weights = self.env["customer.health.weight"]._in_force(company, as_of)
            components = {
                code: part for code, part in components.items() if weights.get(code)
            }
            for profile in profiles:
                stored = profile.health_components or {}
                profile.health_receipts = [
                    profile._health_receipt(code, part, stored.get(code))
                    for code, part in components.items()
                ]
                profile.health_basis = self.env._(
                    "Based on %(known)s of %(all)s components",
                    known=len(stored),
                    all=len(components),
                )

    def _health_receipt(self, code, component, entry):
        """One line of ``health_receipts``.

        :param entry: what is stored of the component, None if nothing is known
        """
        receipt = {"code": code, "label": component["name"]}
        if entry is None:
            nothing = self.env._("Nothing known: its weight goes to the others")
            return {
                **receipt,
                "score": None,
                "weight": 0,
                "share": 0,
                "sentence": nothing,
            }
        score, weight, share, *values = entry
        values = dict(zip(component.get("values", ()), values, strict=False))
        receipt |= {"score": score, "weight": weight, "share": share}
        receipt["sentence"] = getattr(self, component["sentence"])(values)
        if component.get("action"):
            receipt["action"] = "action_open_health"
        return receipt

    def action_open_health(self, code):
        """Open the documents behind a component of the health score.

        :param code: code of the component (str)
        :return: an action, False if the component has none
        :raise AccessError: for a profile the user may not read
        """
        self.ensure_one()
        self.check_access("read")
        components = self._health_components(self.company_id, self.as_of)
        action = components.get(code, {}).get("action")
        return getattr(self, action)() if action else False
