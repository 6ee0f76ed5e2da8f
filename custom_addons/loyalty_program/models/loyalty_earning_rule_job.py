import logging
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..engine.periods import month_days

_logger = logging.getLogger(__name__)
_BATCH = 200
#: Days the job looks back, so that a night it did not run costs nobody a bonus.
CATCH_UP = 7


class LoyaltyEarningRule(models.Model):
    """The job that finds events nobody reports: birthdays and the like."""

    _inherit = "loyalty.earning.rule"

    @api.model
    def _cron_events(self):
        """Grant points for days of the last week and for completed contact data."""
        cron = self.env["ir.cron"]
        rules = self.sudo().search([("program_id.active", "=", True)])
        due = [
            (rule.id, card_id, day)
            for rule in rules
            for card_id, day in rule._due_accounts()
        ]
        cron._commit_progress(remaining=len(due))
        for start in range(0, len(due), _BATCH):
            batch = due[start : start + _BATCH]
            for rule_id, card_id, day in batch:
                self._grant_safely(rule_id, card_id, day)
            if not cron._commit_progress(len(batch)):
                break

    @api.model
    def _grant_safely(self, rule_id, card_id, day):
        """Grant to one account; what fails there stops no other."""
        try:
            with self.env.cr.savepoint():
                account = self.env["loyalty.card"].browse(card_id)
                self.sudo().browse(rule_id)._grant_account(account, day=day)
        except Exception:
            _logger.exception("Rule %s failed for account %s", rule_id, card_id)

    def _due_accounts(self):
        """``[(card id, day of the event)]`` of accounts that have not got the points.

        The job of a day finds events of the last week that came after the member had
        joined and the rule had begun. Members outside its segments, and those who have
        had all it gives in the period, are not looked at one by one.
        """
        self.ensure_one()
        find = {
            "birthday": self._birthdays_sql,
            "anniversary": self._anniversaries_sql,
            "profile_completed": self._completed_sql,
        }.get(self.event)
        if not find:
            return []
        self.env.flush_all()
        company = self.company_id or self.env.company
        today = company._insight_today()
        return self.env.execute_query(
            SQL(
                """SELECT card.id, event.day FROM (%(events)s) event
                   JOIN loyalty_card card ON card.id = event.card_id
                   JOIN res_partner member ON member.id = card.partner_id
                   WHERE card.program_id = %(program)s AND card.is_account
                     AND card.active AND member.active
                     AND event.day >= (card.create_date AT TIME ZONE 'UTC'
                                       AT TIME ZONE %(timezone)s)::date
                     AND event.day BETWEEN COALESCE(%(since)s, event.day)
                                       AND COALESCE(%(until)s, event.day)
                     AND NOT EXISTS (
                         SELECT FROM loyalty_point_move move
                         WHERE move.card_id = card.id AND move.source_key =
                             concat('rule,', %(rule)s::int4, ':', event.key))
                     AND %(audience)s AND %(capped)s
                   ORDER BY card.id""",
                events=find(today),
                program=self.program_id.id,
                timezone=company._insight_timezone(),
                since=self.date_from or None,
                until=self.date_to or None,
                rule=self.id,
                audience=self._audience_sql(company, today),
                capped=self._below_cap_sql(today),
            )
        )

    def _audience_sql(self, company, today):
        """Whether ``member``'s customer is in a segment of the rule today."""
        segments = self.segment_ids
        if not segments:
            return SQL("TRUE")
        stays = self.env["customer.segment.membership"].sudo()
        query = stays._search(stays._members_at(segments, today, company))
        return SQL(
            "member.commercial_partner_id IN %s",
            query.subselect(SQL.identifier(query.table, "partner_id")),
        )

    def _below_cap_sql(self, today):
        """Whether the limit of the rule leaves anything to ``card``."""
        if not self.cap_points:
            return SQL("TRUE")
        return SQL(
            """%s > (SELECT COALESCE(sum(move.points), 0) FROM loyalty_point_move move
                     WHERE move.card_id = card.id AND move.date >= %s
                       AND move.kind = 'bonus' AND move.source_key LIKE %s)""",
            self.cap_points,
            self._cap_start(today),
            f"rule,{self.id}:%",
        )

    def _kept_days_sql(self, today):
        """Each day of the last week with the days of the year that are kept on it."""
        kept = [
            (today - timedelta(days=back), month * 100 + day)
            for back in range(CATCH_UP)
            for month, day in month_days(today - timedelta(days=back))
        ]
        return SQL(
            "unnest(%s::date[], %s::int4[]) kept (day, code)",
            [day for day, _code in kept],
            [code for _day, code in kept],
        )

    def _birthdays_sql(self, today):
        return SQL(
            """SELECT card.id AS card_id, kept.day,
                      concat('birthday:', EXTRACT(year FROM kept.day)) AS key
               FROM %s
               JOIN res_partner person
                   ON EXTRACT(month FROM person.birthdate) * 100
                      + EXTRACT(day FROM person.birthdate) = kept.code
               JOIN loyalty_card card ON card.partner_id = person.id""",
            self._kept_days_sql(today),
        )

    def _anniversaries_sql(self, today):
        company = self.company_id or self.env.company
        return SQL(
            """SELECT joined.card_id, kept.day,
                      concat('anniversary:', EXTRACT(year FROM kept.day)) AS key
               FROM %(days)s
               JOIN (SELECT id AS card_id,
                            (create_date AT TIME ZONE 'UTC'
                             AT TIME ZONE %(timezone)s)::date AS day
                     FROM loyalty_card WHERE program_id = %(program)s) joined
                   ON EXTRACT(month FROM joined.day) * 100
                      + EXTRACT(day FROM joined.day) = kept.code
                   AND EXTRACT(year FROM joined.day) < EXTRACT(year FROM kept.day)""",
            days=self._kept_days_sql(today),
            timezone=company._insight_timezone(),
            program=self.program_id.id,
        )

    def _completed_sql(self, today):
        """Members whose contact data is complete, as the customer page measures it."""
        return SQL(
            """SELECT card.id AS card_id, %(today)s::date AS day,
                      'profile_completed' AS key
               FROM loyalty_card card
               JOIN customer_profile profile ON profile.partner_id = card.partner_id
                   AND profile.company_id = %(company)s
               WHERE profile.data_completeness >= 100""",
            today=today,
            company=(self.company_id or self.env.company).id,
        )
