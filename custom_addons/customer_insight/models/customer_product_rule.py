from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import arrays

_COLUMNS = {
    "antecedent_id": "int4",
    "consequent_id": "int4",
    "joint_count": "int4",
    "antecedent_count": "int4",
    "consequent_count": "int4",
    "support": "float8",
    "confidence": "float8",
    "lift": "float8",
    "cosine": "float8",
    "repeat_share": "float8",
}


class CustomerProductRule(models.Model):
    """Who has one product often has the other, too, with the numbers behind.

    Written by ``customer.recommendation.run`` from all customers of a company.
    """

    _name = "customer.product.rule"
    _description = "Product Rule"
    _order = "confidence desc, joint_count desc, id"
    _rec_name = "consequent_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("basket", "Same basket"), ("customer", "Same customers")],
        required=True,
        readonly=True,
        default="basket",
        help="Whether both products are in one basket, or bought by one customer at any"
        " time.",
    )
    antecedent_id = fields.Many2one(
        "product.product",
        string="Who Has",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    consequent_id = fields.Many2one(
        "product.product",
        string="Also Has",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    joint_count = fields.Integer(
        string="Both", readonly=True, help="Baskets, or customers, with both products."
    )
    antecedent_count = fields.Integer(
        string="Of",
        readonly=True,
        aggregator=None,
        help="Baskets, or customers, with the first product.",
    )
    consequent_count = fields.Integer(
        string="With the Other",
        readonly=True,
        aggregator=None,
        help="Baskets, or customers, with the second product.",
    )
    confidence = fields.Float(
        readonly=True,
        digits=(5, 4),
        aggregator="avg",
        help="Share of the baskets, or customers, with the first product that have the"
        " second one. Suggestions are ranked by it.",
    )
    support = fields.Float(
        readonly=True,
        digits=(7, 6),
        aggregator="avg",
        help="Share of all baskets, or customers, that have both products.",
    )
    lift = fields.Float(
        readonly=True,
        digits=(16, 2),
        aggregator="avg",
        help="How many times more often than by chance both come together. Nothing is"
        " ranked by it: it is highest for rare coincidences.",
    )
    cosine = fields.Float(
        string="Likeness",
        readonly=True,
        digits=(5, 4),
        aggregator="avg",
        help="Both, divided by the root of the product of the two counts: 1 for"
        " products that are never apart.",
    )
    repeat_share = fields.Float(
        string="Bought Again",
        readonly=True,
        digits=(5, 4),
        aggregator="avg",
        help="Share of the customers of the second product who bought it at least"
        " twice.",
    )
    as_of = fields.Date(readonly=True)

    _rule_uniq = models.UniqueIndex("(company_id, kind, antecedent_id, consequent_id)")

    @api.model
    def _replace(self, company, kind, as_of, columns):
        """Exchange the rules of one kind for those just learned.

        :param columns: ``{column: array}`` of ``_COLUMNS``, equally long
        :return: number of rules
        """
        cr = self.env.cr
        cr.execute(
            """DROP TABLE IF EXISTS insight_product_rule;
               CREATE TEMPORARY TABLE insight_product_rule (
                   antecedent_id int4, consequent_id int4, joint_count int4,
                   antecedent_count int4, consequent_count int4, support float8,
                   confidence float8, lift float8, cosine float8, repeat_share float8
               ) ON COMMIT DROP"""
        )
        arrays.write(cr, "insight_product_rule", _COLUMNS, **columns)
        cr.execute(
            SQL(
                "DELETE FROM customer_product_rule WHERE company_id = %s AND kind = %s",
                company.id,
                kind,
            )
        )
        names = SQL(", ").join(SQL.identifier(name) for name in _COLUMNS)
        cr.execute(
            SQL(
                """INSERT INTO customer_product_rule
                       (company_id, kind, as_of, create_uid, create_date, write_uid,
                        write_date, %(names)s)
                   SELECT %(company)s, %(kind)s, %(as_of)s, %(user)s, %(now)s, %(user)s,
                          %(now)s, %(names)s
                   FROM insight_product_rule""",
                names=names,
                company=company.id,
                kind=kind,
                as_of=as_of,
                user=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        count = cr.rowcount
        self.invalidate_model()
        return count

    # === READING === #

    @api.model
    def _goes_with(self, company, products, left_out, limit):
        """What goes with these products: highest confidence over them.

        :return: list of ``(product id, rule id)``, the best first; the rule is the
            reason
        """
        return self._ranked(
            company, "basket", products, left_out, limit, SQL("MAX(confidence)")
        )

    @api.model
    def _liked_by_similar(self, company, products, left_out, limit):
        """What customers of these products buy, too: highest sum of likenesses."""
        return self._ranked(
            company, "customer", products, left_out, limit, SQL("SUM(cosine)")
        )

    @api.model
    def _ranked(self, company, kind, products, left_out, limit, score):
        if not products:
            return []
        return self.env.execute_query(
            SQL(
                """SELECT consequent_id,
                          (ARRAY_AGG(id ORDER BY %(measure)s DESC, joint_count DESC,
                                                 antecedent_id))[1]
                   FROM customer_product_rule
                   WHERE company_id = %(company)s AND kind = %(kind)s
                     AND antecedent_id = ANY(%(products)s)
                     AND consequent_id <> ALL(%(left_out)s)
                   GROUP BY consequent_id
                   ORDER BY %(score)s DESC, MAX(consequent_count) DESC, consequent_id
                   LIMIT %(limit)s""",
                measure=SQL("confidence" if kind == "basket" else "cosine"),
                company=company.id,
                kind=kind,
                products=list(products),
                left_out=list(left_out),
                score=score,
                limit=limit,
            )
        )

    def _reason(self):
        """:return: the rule in words, such as "Bought with … in 37 of 120 baskets" """
        self.ensure_one()
        values = {
            "product": self.antecedent_id.display_name,
            "n": self.joint_count,
            "of": self.antecedent_count,
        }
        if self.kind == "basket":
            return self.env._(
                "Bought with %(product)s in %(n)s of %(of)s baskets", **values
            )
        return self.env._(
            "Bought by %(n)s of %(of)s customers who bought %(product)s", **values
        )
