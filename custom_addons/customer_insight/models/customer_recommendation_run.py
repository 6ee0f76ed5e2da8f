import logging
import time

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import arrays

_logger = logging.getLogger(__name__)

#: Rules are learned anew when the last ones are older, in days.
_RELEARN_DAYS = 7
#: Best sellers kept, enough to fill up any list.
_BEST_SELLERS = 200


class CustomerRecommendationRun(models.Model):
    """What was learned of a company's baskets on a day, and how good it is.

    The rules themselves are ``customer.product.rule``. The marks come from learning
    from an earlier part of the same baskets and asking for the later ones.
    """

    _name = "customer.recommendation.run"
    _description = "Learning of Product Rules"
    _order = "as_of desc, id desc"
    _rec_name = "as_of"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    as_of = fields.Date(required=True, readonly=True)
    months = fields.Integer(string="Window (Months)", readonly=True)
    least = fields.Integer(string="Fewest Together", readonly=True)
    basket_count = fields.Integer(string="Baskets", readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    product_count = fields.Integer(string="Products", readonly=True)
    rule_count = fields.Integer(string="Rules", readonly=True)
    metrics = fields.Json(
        readonly=True, help="Marks on later baskets; empty if there were none."
    )
    best_sellers = fields.Json(
        readonly=True, help="Products and their number of baskets, the most first."
    )
    duration = fields.Float(string="Seconds", readonly=True, digits=(10, 2))

    _company_as_of_uniq = models.UniqueIndex("(company_id, as_of)")

    # === ENTRY POINTS === #

    @api.model
    def _learn(self, company, as_of=None):
        """Learn a company's rules, mark them and store both.

        :param company: res.company record
        :param as_of: date, today in the company's time zone when not given
        :return: the run, an empty one if nothing was bought in the window
        """
        from ..engine import recommend  # noqa: PLC0415  SciPy loads for a second

        started = time.monotonic()
        company = company.sudo()
        day = fields.Date.to_date(as_of) or company._insight_today()
        lines, products = self._lines(company, day)
        if not len(products):
            self._forget(company)
            return self.browse()
        least = company.insight_rule_least
        learned = recommend.learn(lines, len(products), least)
        metrics = recommend.back_test(lines, len(products), least=least)
        rules = self._write_rules(company, day, learned, products)
        run = self._store(company, day, learned, metrics, products, rules)
        run.duration = time.monotonic() - started
        _logger.info(
            "Product rules of company %s: %s from %s baskets in %.1f s, as of %s",
            company.id,
            rules,
            run.basket_count,
            run.duration,
            day,
        )
        return run

    @api.model
    def _refresh(self, company):
        """Learn anew if it is time or the settings changed.

        :param company: res.company record
        """
        company = company.sudo()
        run = self._latest(company)
        today = company._insight_today()
        if (
            not run
            or (run.months, run.least)
            != (company.insight_rule_months, company.insight_rule_least)
            or not 0 <= (today - run.as_of).days < _RELEARN_DAYS
        ):
            self._learn(company)

    @api.model
    def _latest(self, company):
        """:return: the newest run of a company, empty without"""
        return self.sudo().search([("company_id", "=", company.id)], limit=1)

    # === STEPS === #

    @api.model
    def _lines(self, company, day):
        """What was kept of each purchase of the window, by product.

        Contacts who object to profiling are left out, and products that are not for
        sale by themselves, such as deliveries.

        :return: :class:`~..engine.recommend.Lines`, and the ids of the products it
            numbers (array)
        """
        import numpy as np  # noqa: PLC0415

        from ..engine.recommend import Lines  # noqa: PLC0415

        self.env.flush_all()
        found = arrays.read(
            self.env.cr,
            self._lines_query(company, day),
            source="int4",
            source_id="int4",
            customer="int4",
            product="int4",
            day="int4",
        )
        key = found["source"].astype(np.int64) << 32 | found["source_id"]
        products, product = np.unique(found["product"], return_inverse=True)
        __, basket = np.unique(key, return_inverse=True)
        return Lines(basket, found["customer"], product, found["day"]), products

    @api.model
    def _lines_query(self, company, day):
        purchases = self.env["customer.purchase"]
        sources = purchases._line_sources(company)
        names = sorted({model for model, __ in sources})
        lines = SQL(" UNION ALL ").join(
            SQL(
                """SELECT %s AS source, source_id, partner_id, product_id, date,
                          quantity::float8 AS quantity, uom_id
                   FROM (%s) line
                   WHERE date > %s AND date <= %s AND product_id IS NOT NULL""",
                names.index(model),
                query,
                fields.Date.subtract(day, months=company.insight_rule_months),
                day,
            )
            for model, query in sources
        )
        return SQL(
            """SELECT source, source_id, line.partner_id, product_id,
                      MIN(line.date) - DATE '0001-01-01' + 1
               FROM (%s) line
               JOIN product_product product ON product.id = line.product_id
               JOIN product_template template ON template.id = product.product_tmpl_id
               JOIN res_partner partner ON partner.id = line.partner_id
               LEFT JOIN uom_uom own ON own.id = template.uom_id
               LEFT JOIN uom_uom uom ON uom.id = line.uom_id
               WHERE template.sale_ok AND partner.insight_objection IS NOT TRUE
                 AND source_id IS NOT NULL
               GROUP BY source, source_id, line.partner_id, product_id
               HAVING SUM(quantity * %s) > 0.000001
               ORDER BY 5, source, source_id, product_id""",
            lines,
            purchases._unit_factor_sql(),
        )

    @api.model
    def _write_rules(self, company, day, learned, products):
        """:return: number of rules written"""
        count = 0
        for kind, rules in (
            ("basket", learned.by_basket),
            ("customer", learned.by_customer),
        ):
            columns = {
                "antecedent_id": products[rules.antecedent],
                "consequent_id": products[rules.consequent],
                "joint_count": rules.together,
                "antecedent_count": rules.n,
                "consequent_count": rules.n_other,
                "support": rules.support.round(6),
                "confidence": rules.confidence.round(4),
                "lift": rules.lift.round(2),
                "cosine": rules.cosine.round(4),
                "repeat_share": learned.repeat_share[rules.consequent].round(4),
            }
            count += self.env["customer.product.rule"]._replace(
                company, kind, day, columns
            )
        return count

    @api.model
    def _store(self, company, day, learned, metrics, products, rules):
        best = learned.best_sellers[:_BEST_SELLERS]
        values = {
            "months": company.insight_rule_months,
            "least": company.insight_rule_least,
            "basket_count": learned.by_basket.total,
            "customer_count": learned.customers,
            "product_count": len(products),
            "rule_count": rules,
            "metrics": metrics,
            "best_sellers": [
                [int(products[one]), int(learned.baskets[one])] for one in best
            ],
        }
        key = {"company_id": company.id, "as_of": day}
        runs = self.sudo()
        run = runs.search([(name, "=", value) for name, value in key.items()])
        if run:
            run.write(values)
            return run
        return runs.create({**key, **values})

    @api.model
    def _forget(self, company):
        """Nothing is bought any more: old rules would only mislead."""
        rules = self.env["customer.product.rule"].sudo()
        rules.search([("company_id", "=", company.id)]).unlink()
        self._latest(company).write(
            {"rule_count": 0, "best_sellers": [], "metrics": False}
        )

    # === HOW GOOD IT IS === #

    def _mark(self, question):
        """:return: the marks of a question (dict), empty if it was not tested"""
        return (self.metrics or {}).get(question) or {}

    def _is_worth_it(self, question):
        """Whether a question's own method is used rather than best sellers.

        With too few answers for a verdict it is, and it is said that it was not tested.
        """
        mark = self._mark(question)
        least = self.company_id.sudo().insight_min_observations
        return mark.get("n", 0) < least or mark["is_better"]
