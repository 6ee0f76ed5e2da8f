from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..engine import clusters


class CustomerSegmentClustering(models.Model):
    """One fit of clusters of a company: centres, scaling and how k was chosen.

    Kept, so that each night finds the same groups again by SQL alone.
    """

    _name = "customer.segment.clustering"
    _description = "Clustering"
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    as_of = fields.Date(required=True, readonly=True)
    k = fields.Integer(string="Groups", readonly=True)
    silhouette = fields.Float(
        readonly=True,
        digits=(5, 3),
        help="How well the groups stand apart: 1 is best, near 0 they run together.",
    )
    parameters = fields.Json(readonly=True)
    segment_ids = fields.One2many("customer.segment", "clustering_id")

    @api.depends("company_id", "as_of", "k")
    def _compute_display_name(self):
        for clustering in self:
            clustering.display_name = self.env._(
                "%(k)s groups as of %(date)s",
                k=clustering.k,
                date=fields.Date.to_string(clustering.as_of),
            )

    @api.model
    def _features_query(self, company):
        """What buyers are compared by, from their profiles (SQL).

        The interval of a customer who bought once is the time since then: so long at
        least.
        """
        return SQL(
            """
            SELECT partner_id, recency_days AS recency, purchase_days AS frequency,
                   GREATEST(amount_total / purchase_days, 0) AS basket,
                   COALESCE(average_interval_days, recency_days) AS interval
            FROM customer_profile
            WHERE company_id = %s AND active AND purchase_days > 0
            """,
            company.id,
        )

    @api.model
    def _fit(self, company, k_min, k_max, seed=0):
        """Find the groups among a company's buyers.

        :return: :class:`engine.clusters.Clustering`
        :raise UserError: if there are too few buyers
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM (%s) buyer",
                SQL(", ").join(
                    SQL("%s::float8", SQL.identifier(name))
                    for name in clusters.FEATURES
                ),
                self._features_query(company),
            )
        )
        if len(rows) < 10 * k_max:
            raise UserError(
                self.env._(
                    "There are %(count)s buyers: too few for up to %(groups)s groups.",
                    count=len(rows),
                    groups=k_max,
                )
            )
        try:
            return clusters.fit(rows, k_min, k_max, seed)
        except ValueError as error:
            raise UserError(
                self.env._("The buyers are too much alike to be told apart.")
            ) from error

    @api.model
    def _assigned_query(self, company, found):
        """The nearest group of each buyer (SELECT partner_id, place, features)."""
        distances = [
            SQL(" + ").join(
                SQL(
                    "power((ln(1 + %s::float8) - %s) / %s - %s, 2)",
                    SQL.identifier(name),
                    found.means[column],
                    found.deviations[column],
                    centre[column],
                )
                for column, name in enumerate(clusters.FEATURES)
            )
            for centre in found.centres
        ]
        return SQL(
            """SELECT buyer.*, near.place FROM (%s) buyer
               CROSS JOIN LATERAL (
                   SELECT place - 1 AS place
                   FROM unnest(ARRAY[%s]) WITH ORDINALITY AS d (distance, place)
                   ORDER BY distance, place LIMIT 1) near""",
            self._features_query(company),
            SQL(", ").join(distances),
        )

    @api.model
    def _describe(self, company, found):
        """Size, means and words of each group, in the order of its place.

        :return: list of dict ``count, share, amount, means, words``
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT place, COUNT(*), %s FROM (%s) buyer
                   GROUP BY GROUPING SETS ((place), ())""",
                SQL(", ").join(
                    SQL("AVG(%s)::float8", SQL.identifier(name))
                    for name in clusters.FEATURES
                ),
                self._assigned_query(company, found),
            )
        )
        groups = {
            place: (count, dict(zip(clusters.FEATURES, means, strict=True)))
            for place, count, *means in rows
        }
        total, average = groups.pop(None)
        nobody = (0, dict.fromkeys(clusters.FEATURES, 0.0))
        return [
            {
                "count": count,
                "share": count / total,
                "means": means,
                "words": self._words(means, average),
                "name": self._short_name(means, average),
            }
            for count, means in (groups.get(place, nobody) for place in range(found.k))
        ]

    def _words(self, means, average):
        """A group in words, relative to all buyers."""
        texts = {
            "frequency": self.env._("buys %(times)s × as often as the average buyer"),
            "basket": self.env._("spends %(times)s × as much per purchase day"),
            "interval": self.env._("waits %(times)s × as long between purchases"),
            "recency": self.env._("has been silent %(times)s × as long"),
        }
        parts = [
            texts[name] % {"times": f"{means[name] / average[name]:.1f}"}
            for name in texts
            if average[name]
        ]
        figures = self.env._(
            "%(days)s purchase days, %(basket)s per purchase day, last purchase"
            " %(recency)s days ago, on average",
            days=f"{means['frequency']:.1f}",
            basket=f"{means['basket']:.2f}",
            recency=f"{means['recency']:.0f}",
        )
        return (
            f"{', '.join(parts)} ({figures})."[:1].upper()
            + (f"{', '.join(parts)} ({figures})."[1:])
        )

    def _short_name(self, means, average):
        often = means["frequency"] >= average["frequency"]
        large = means["basket"] >= average["basket"]
        recent = means["recency"] <= average["recency"]
        names = {
            (True, True): self.env._("Frequent, large baskets"),
            (True, False): self.env._("Frequent, small baskets"),
            (False, True): self.env._("Rare, large baskets"),
            (False, False): self.env._("Rare, small baskets"),
        }
        name = names[often, large]
        if recent:
            return self.env._("%(group)s, recent", group=name)
        return self.env._("%(group)s, silent", group=name)


class CustomerSegment(models.Model):
    """Segments that are one group of a clustering."""

    _inherit = "customer.segment"

    clustering_id = fields.Many2one(
        "customer.segment.clustering",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
    )
    cluster_place = fields.Integer(readonly=True, copy=False)

    def _computed_members_query(self, company, as_of):
        if self.kind != "cluster":
            return super()._computed_members_query(company, as_of)
        clustering = self.clustering_id
        if not clustering or clustering.company_id != company:
            return SQL("SELECT NULL::int AS partner_id, NULL AS reason WHERE FALSE")
        return SQL(
            """SELECT partner_id,
                      format(%s, frequency, round(basket::numeric, 2), recency)
                          AS reason
               FROM (%s) buyer WHERE place = %s""",
            self.env._(
                "Nearest group: %(days)s purchase days, %(basket)s per purchase day,"
                " last purchase %(recency)s days ago",
                days="%1$s",
                basket="%2$s",
                recency="%3$s",
            ),
            clustering._assigned_query(
                company, clusters.Clustering(**clustering.parameters)
            ),
            self.cluster_place,
        )
