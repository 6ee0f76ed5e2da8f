from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

#: Suggestions shown for each question.
_SHOWN = 5
#: Candidates looked at, of which some are not for sale any more.
_CANDIDATES = 60
#: A product that this share of its customers bought twice is offered again.
_REPEAT_GOODS = 0.2
_AGAIN = 2


class CustomerSuggestion(models.AbstractModel):
    """Products to suggest, each with its reason in words.

    Nothing is stored: for one customer, or one basket, reading the rules takes a few
    milliseconds. Who asks must have been checked before.
    """

    _name = "customer.suggestion"
    _description = "Suggested Products"

    # === THREE QUESTIONS === #

    @api.model
    def _for_customer(self, partner, company):
        """What a customer may buy again, and what new product they may like.

        :return: list of sections, see ``_section``; none before anything was learned
        """
        run = self.env["customer.recommendation.run"]._latest(company)
        if not run or partner.insight_objection:
            return []
        owned = self._owned(partner, company)
        return [
            self._section(
                run, "again", self._again(owned), [], self.env._("Buy Again")
            ),
            self._section(
                run,
                "new",
                self._by_rules("_liked_by_similar", company, owned, owned),
                owned,
                self.env._("Something New"),
            ),
        ]

    @api.model
    def _for_basket(self, products, partner, company):
        """What goes with these products and is not owned, unless it is bought again.

        :param products: product.product records
        :return: list of at most one section
        """
        run = self.env["customer.recommendation.run"]._latest(company)
        if not run or not products:
            return []
        owned = {}
        customer = partner.commercial_partner_id
        if partner and not (partner | customer).filtered("insight_objection"):
            owned = self._owned(customer, company)
        once = [product for product, (n, __) in owned.items() if n < _AGAIN]
        found = self._by_rules("_goes_with", company, products.ids, products.ids, once)
        left_out = {*products.ids, *once}
        title = self.env._("Goes with This")
        return [self._section(run, "basket", found, left_out, title)]

    @api.model
    def _again(self, owned):
        """What was bought at least twice, most often first.

        :return: list of ``(product id, reason)``
        """
        twice = [one for one in owned.items() if one[1][0] >= _AGAIN]
        twice.sort(key=lambda one: (-one[1][0], -one[1][1].toordinal(), one[0]))
        return [
            (
                product,
                self.env._(
                    "In %(n)s of %(of)s own purchases, last on %(day)s",
                    n=n,
                    of=owned.purchases,
                    day=format_date(self.env, last),
                ),
            )
            for product, (n, last) in twice[:_CANDIDATES]
        ]

    @api.model
    def _by_rules(self, method, company, products, left_out, once=()):
        """:param once: owned products, offered again only if they are repeat goods"""
        rules = self.env["customer.product.rule"].sudo()
        ranked = getattr(rules, method)(
            company, list(products), list(left_out), _CANDIDATES
        )
        reasons = rules.browse([rule for __, rule in ranked])
        return [
            (rule.consequent_id.id, rule._reason())
            for rule in reasons
            if rule.consequent_id.id not in once or rule.repeat_share >= _REPEAT_GOODS
        ]

    # === WHAT IS SHOWN === #

    @api.model
    def _section(self, run, question, found, left_out, title):
        """One question with its answers.

        :param found: list of ``(product id, reason)``, the best first
        :param left_out: ids of products that may not fill up
        :return: dict with ``question``, ``title``, ``note`` (how good the method is),
            ``is_weak`` and ``products``, each ``id``, ``name`` and ``reason``
        """
        is_worth_it = run._is_worth_it(question)
        found = found if is_worth_it else []
        named = {product for product, __ in found}
        best = [
            (product, self._best_seller_reason(run, n))
            for product, n in run.best_sellers
            if product not in named and product not in left_out
        ]
        products = self._saleable(run.company_id, [*found, *best[:_CANDIDATES]])
        return {
            "question": question,
            "title": title if is_worth_it else self.env._("Best Sellers"),
            "note": self._note(run, question),
            "is_weak": not is_worth_it,
            "products": products[:_SHOWN],
        }

    @api.model
    def _best_seller_reason(self, run, n):
        return self.env._(
            "Best seller: in %(n)s of %(of)s baskets", n=n, of=run.basket_count
        )

    @api.model
    def _saleable(self, company, found):
        """Those that can be sold by the company and read by the user, in order."""
        domain = Domain("id", "in", [product for product, __ in found])
        domain &= Domain("sale_ok", "=", True) & Domain("active", "=", True)
        domain &= Domain("company_id", "in", [False, *company.sudo().parent_ids.ids])
        readable = self.env["product.product"].search(domain)
        return [
            {
                "id": product,
                "name": readable.browse(product).display_name,
                "reason": reason,
            }
            for product, reason in found
            if product in readable._ids
        ]

    @api.model
    def _note(self, run, question):
        """How the method of a question did in its test, in words."""
        mark = run._mark(question)
        if mark.get("n", 0) < run.company_id.sudo().insight_min_observations:
            return self.env._(
                "Not tested yet: too few later baskets (n = %(n)s).", n=mark.get("n", 0)
            )
        values = {
            "rate": round(100 * mark["method"], 1),
            "best": round(100 * mark["popularity"], 1),
            "n": mark["n"],
        }
        if mark["is_better"]:
            return self.env._(
                "Test on later baskets: %(rate)s %% hit with ten suggestions, best"
                " sellers %(best)s %% (n = %(n)s).",
                **values,
            )
        return self.env._(
            "No better than best sellers in its test (%(rate)s %% against %(best)s %%,"
            " n = %(n)s), so best sellers are shown.",
            **values,
        )

    # === WHAT A CUSTOMER HAS === #

    @api.model
    def _owned(self, partner, company):
        """What a customer kept of all purchases.

        :return: dict ``{product id: (in how many purchases, last day)}`` with the
            attribute ``purchases``, their number
        """
        self.env["sale.order"].flush_model()
        self.env["sale.order.line"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """WITH bought AS MATERIALIZED (%s)
                   SELECT product_id, COUNT(*), MAX(date) FROM bought
                   GROUP BY product_id
                   UNION ALL
                   SELECT NULL, COUNT(DISTINCT (source_model, source_id)), NULL
                   FROM bought""",
                self._kept_query(partner, company),
            )
        )
        owned = _Owned({product: (n, day) for product, n, day in rows if product})
        owned.purchases = next(n for product, n, __ in rows if not product)
        return owned

    @api.model
    def _kept_query(self, partner, company):
        return SQL(
            """SELECT source_model, source_id, product_id, MIN(date) AS date
               FROM (%s) line
               WHERE partner_id = %s AND product_id IS NOT NULL
                 AND source_id IS NOT NULL
               GROUP BY source_model, source_id, product_id HAVING SUM(quantity) > 0""",
            self.env["customer.purchase"]._lines_query(company),
            partner.id,
        )

    # === ADDING TO A QUOTATION === #

    @api.model
    def _check_saleable(self, company, product_id):
        """:return: the product, if the user may offer it
        :raise UserError: if it is not for sale (any more)
        """
        if not self._saleable(company, [(int(product_id), "")]):
            raise UserError(self.env._("This product is not for sale any more."))
        return self.env["product.product"].browse(int(product_id))


class _Owned(dict):
    purchases = 0
