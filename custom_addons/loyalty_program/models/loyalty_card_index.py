from odoo import api, fields, models
from odoo.tools import SQL

_PARTS = ("frequency", "amount", "contacts")
#: From here on an index is high, below the second low: as the filters have it.
HIGH_INDEX, LOW_INDEX = 80, 20


class LoyaltyCard(models.Model):
    """The loyalty index of a member: how often, how much, how close, from 0 to 100.

    Each part is the share (in per cent) of the program's members who have as much or
    less of it; nothing at all is 0. The index is their mean with the company's weights.
    """

    _inherit = "loyalty.card"

    loyalty_index = fields.Float(
        digits=(5, 1),
        readonly=True,
        copy=False,
        aggregator="avg",
        help="0 to 100, among the members of the program: how often and how much was"
        " bought within a year, and contacts with people.",
        prefetch="loyalty_program",
    )
    loyalty_index_parts = fields.Json(
        string="Parts of the Index",
        readonly=True,
        copy=False,
        prefetch="loyalty_program",
    )
    loyalty_index_sentence = fields.Char(
        string="Made Up Of", compute="_compute_loyalty_index_sentence"
    )

    _loyalty_index_idx = models.Index("(loyalty_index) WHERE is_account")

    @api.depends("loyalty_index_parts")
    @api.depends_context("lang")
    def _compute_loyalty_index_sentence(self):
        for card in self:
            card.loyalty_index_sentence = card.loyalty_index_parts and self.env._(
                "Frequency %(frequency)s × %(frequency_weight)s %%,"
                " amount %(amount)s × %(amount_weight)s %%,"
                " contacts %(contacts)s × %(contacts_weight)s %%",
                **card.loyalty_index_parts,
            )

    @api.model
    def _cron_index(self):
        """Compute the index of all members, one company at a time."""
        companies = self.env["res.company"].sudo().search([], order="id")  # pylint: disable=no-search-all
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(companies))
        for company in companies:
            self.sudo()._refresh_index(company)
            if not cron._commit_progress(1):
                break

    @api.model
    def _refresh_index(self, company, as_of=None):
        """Compute the index of a company's members by one statement.

        :param as_of: day up to which purchases count, by default today
        :return: number of members whose index has changed
        """
        self.env.flush_all()
        day = as_of or company._insight_today()
        weights = company._loyalty_index_weights()
        total = sum(weights.values())
        if not total:
            return 0
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_card card
                SET loyalty_index = found.score, loyalty_index_parts = found.parts
                FROM (SELECT id, %(score)s AS score, jsonb_build_object(
                          'frequency', frequency, 'amount', amount,
                          'contacts', contacts, %(shares)s) AS parts
                      FROM (%(ranks)s) ranked) found
                WHERE card.id = found.id
                  AND (card.loyalty_index_parts IS DISTINCT FROM found.parts
                       OR card.loyalty_index IS DISTINCT FROM found.score)
                RETURNING card.id
                """,
                score=self._index_sql(weights),
                shares=SQL(", ").join(
                    SQL(
                        "%s, %s::int",
                        f"{name}_weight",
                        round(100 * weights[name] / total),
                    )
                    for name in _PARTS
                ),
                ranks=self._index_ranks_sql(company, day),
            )
        )
        self.invalidate_model(["loyalty_index", "loyalty_index_parts"], flush=False)
        return len(rows)

    @api.model
    def _index_sql(self, weights):
        """The index by given weights (SQL over the parts).

        :param weights: ``{part: weight}``, not all zero
        """
        total = sum(weights.values())
        return SQL(
            "round(%s, 1)",
            SQL(" + ").join(
                SQL("%s * %s", weights[name] / total, SQL.identifier(name))
                for name in _PARTS
            ),
        )

    @api.model
    def _index_ranks_sql(self, company, day):
        """Each part as the share of members with as much or less, 0 for nothing."""
        since = fields.Date.subtract(day, years=1)
        parts = SQL(", ").join(
            SQL(
                """CASE WHEN %(name)s > 0 THEN round((100 * cume_dist() OVER (
                       PARTITION BY program_id ORDER BY GREATEST(%(name)s, 0))
                   )::numeric, 1) ELSE 0 END AS %(name)s""",
                name=SQL.identifier(name),
            )
            for name in _PARTS
        )
        return SQL(
            """
            SELECT id, %(parts)s
            FROM (SELECT card.id, card.program_id,
                         COALESCE(bought.days, 0) AS frequency,
                         COALESCE(bought.amount, 0)::numeric AS amount,
                         COALESCE(profile.interaction_count, 0) AS contacts
                  FROM loyalty_card card
                  JOIN res_partner member ON member.id = card.partner_id
                  LEFT JOIN (
                      SELECT partner_id, count(DISTINCT date) FILTER (WHERE amount > 0)
                                         AS days, sum(amount) AS amount
                      FROM (%(purchases)s) purchase
                      WHERE date > %(since)s AND date <= %(day)s
                      GROUP BY partner_id) bought
                      ON bought.partner_id = member.commercial_partner_id
                  LEFT JOIN customer_profile profile
                      ON profile.partner_id = member.commercial_partner_id
                      AND profile.company_id = %(company)s
                  WHERE card.is_account AND card.active
                    AND card.company_id = %(company)s) member
            """,
            parts=parts,
            purchases=self.env["customer.purchase"].sudo()._documents_query(company),
            since=since,
            day=day,
            company=company.id,
        )
