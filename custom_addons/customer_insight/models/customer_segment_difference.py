import logging

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from .customer_segment_refresh import RULE_ERRORS

_logger = logging.getLogger(__name__)

#: One bit of a bigint for each segment that is compared at a time.
_BITS = 62
#: With more customers than this to move, all of a segment are looked at.
_FEW = 5000


class CustomerSegment(models.Model):
    """Who moves between segments by rule: found for all of them in one pass.

    Rules that ask for the profile alone are tried on each profile as it is read, and
    the result is compared with the stored stays, a bit for each segment. So the few
    customers who move are known before any segment is looked at by itself, and reasons
    are put into words for them alone.
    """

    _inherit = "customer.segment"

    @api.model
    def _differences(self, company, as_of):
        """Compare the stored members of segments by rule with those the rules give.

        :return: ``{segment id: ids of customers who come or go}``; absent are segments
            that have to be looked at in full
        :rtype: dict[int, list[int]]
        """
        if as_of < company._insight_today():
            return {}  # a past day has profiles of its own
        segments = self.sudo().search([("kind", "=", "rule"), ("error", "=", False)])
        conditions = {
            segment: segment._profile_condition(company, as_of) for segment in segments
        }
        compared = [segment for segment in segments if conditions[segment]]
        found = {}
        try:
            with self.env.cr.savepoint():
                for part in split_every(_BITS, compared, list):
                    query = self._differences_query(company, part, conditions)
                    found |= {segment.id: [] for segment in part}
                    # the open stays by customer: hashing two millions takes twice the
                    # time of reading them in the order of their index
                    self.env.cr.execute("SET LOCAL enable_hashagg = off")
                    for place, partner_ids in self.env.execute_query(query):
                        found[part[place].id] = partner_ids
                    self.env.cr.execute("RESET enable_hashagg")
        except RULE_ERRORS as error:  # each by itself will show which one is wrong
            _logger.info("Rules are tried one by one: %s", error)
            return {}
        return {key: ids for key, ids in found.items() if ids is not None}

    def _profile_condition(self, company, as_of):
        """Whether a customer fits, told by the profile alone.

        :return: SQL over customer_profile; None for a rule that reads more, counts
            documents or does not work
        """
        if self.condition_ids or company not in self.user_id.sudo().company_ids:
            return None
        try:
            self._check_rule_owner(self.user_id)
            profiles = self._rule_profiles(company, as_of, self.user_id)
            rule = self._rule_domain(profiles)
            query = profiles._search(Domain("company_id", "=", company.id) & rule)
        except RULE_ERRORS:
            return None
        if query.is_empty() or query.from_clause.code != '"customer_profile"':
            return None
        if not self.excluded_partner_ids:
            return query.where_clause
        return SQL(
            "%s AND customer_profile.partner_id <> ALL(%s)",
            query.where_clause,
            self.excluded_partner_ids.ids,
        )

    def _differences_query(self, company, segments, conditions):
        """Who comes to or leaves which of some segments (SQL).

        :param segments: list of customer.segment records, at most one per bit
        :param conditions: ``{segment: SQL of _profile_condition}``
        :return: SELECT place in the list, ids of customers or NULL if there are many
        """
        return SQL(
            """
            SELECT place, CASE WHEN COUNT(*) <= %(few)s THEN ARRAY_AGG(partner_id) END
            FROM (SELECT partner_id, (COALESCE(fit.bits, 0) # COALESCE(stay.bits, 0))
                                     & ~COALESCE(stay.by_hand, 0) AS bits
                  FROM (SELECT partner_id, %(fits)s AS bits FROM customer_profile
                        WHERE company_id = %(company)s) fit
                  FULL JOIN (%(stays)s) stay USING (partner_id)
                  WHERE COALESCE(fit.bits, 0) <> COALESCE(stay.bits, 0)) differing
            JOIN generate_series(0, %(last)s) place ON bits >> place & 1 = 1
            GROUP BY place
            """,
            few=_FEW,
            fits=SQL(" | ").join(
                SQL("CASE WHEN %s THEN %s::bigint ELSE 0 END", conditions[segment], bit)
                for segment, bit in zip(
                    segments, (1 << place for place in range(_BITS)), strict=False
                )
            ),
            company=company.id,
            stays=self._stay_bits_query(company, [s.id for s in segments]),
            last=len(segments) - 1,
        )

    @api.model
    def _stay_bits_query(self, company, segment_ids):
        """The segments each customer is in as bits, those by hand once more (SQL).

        Read off the index of the open stays, in its order. Segments with a stay that
        ended or begins later than today are left alone anyway.
        """
        first = min(segment_ids) - 1
        bits = [0] * (max(segment_ids) - first)
        for place, segment_id in enumerate(segment_ids):
            bits[segment_id - first - 1] = 1 << place
        bit = SQL("(%s::bigint[])[segment_id - %s]", bits, first)
        return SQL(
            """
            SELECT partner_id, BIT_OR(%(bit)s) AS bits,
                   BIT_OR(%(bit)s) FILTER (WHERE is_manual) AS by_hand
            FROM customer_segment_membership
            WHERE company_id = %(company)s AND date_to IS NULL
            GROUP BY partner_id
            """,
            bit=bit,
            company=company.id,
        )
