"""What a rule asks about: one SELECT for each event, and the queueing of its rows."""

from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

#: Documents that turn up later than this after their date are not asked about.
_LOOK_BACK_DAYS = 45


class FeedbackRule(models.Model):
    _inherit = "feedback.rule"

    def _event_sources(self):
        """The documents each event is about.

        Add-ons add events of their own; a source is restricted to the rule's company
        by the reader.

        :return: ``{event: (model of the documents, SELECT)}``; a SELECT has the columns
            source_id, moment [UTC], partner_id, company_id, order_id, team_id, user_id
        """
        self.ensure_one()
        return {
            "order_confirmed": (
                "sale.order",
                SQL(
                    """SELECT id AS source_id, date_order AS moment, partner_id,
                              company_id, id AS order_id, team_id, user_id
                       FROM sale_order WHERE state = 'sale'"""
                ),
            ),
            "invoice_posted": ("account.move", self._invoice_source(paid=False)),
            "invoice_paid": ("account.move", self._invoice_source(paid=True)),
            "case_closed": (
                "feedback.case",
                SQL(
                    """SELECT id AS source_id, closed_on AS moment, partner_id,
                              company_id, sale_order_id AS order_id,
                              NULL::int AS team_id, user_id
                       FROM feedback_case WHERE is_closed"""
                ),
            ),
            "stage_entered": (
                "customer.stage.move",
                SQL(
                    """SELECT id AS source_id, %(moment)s AS moment,
                              partner_id, company_id, NULL::int AS order_id,
                              NULL::int AS team_id, NULL::int AS user_id
                       FROM customer_stage_move WHERE to_stage = %(stage)s""",
                    moment=self._moment_sql(SQL("date")),
                    stage=self.stage,
                ),
            ),
        }

    def _invoice_source(self, paid):
        """Customer invoices; a paid one counts from the day of the last payment."""
        condition = SQL("TRUE")
        moment = SQL("move.invoice_date")
        if paid:
            condition = SQL("move.payment_state IN ('paid', 'in_payment')")
            moment = SQL(
                """COALESCE((SELECT max(part.max_date)
                             FROM account_move_line line
                             JOIN account_partial_reconcile part
                                  ON part.debit_move_id = line.id
                             WHERE line.move_id = move.id), move.invoice_date)"""
            )
        return SQL(
            """SELECT move.id AS source_id, %(moment)s AS moment,
                      move.partner_id, move.company_id,
                      (SELECT min(sale_line.order_id)
                       FROM account_move_line line
                       JOIN sale_order_line_invoice_rel link
                            ON link.invoice_line_id = line.id
                       JOIN sale_order_line sale_line
                            ON sale_line.id = link.order_line_id
                       WHERE line.move_id = move.id) AS order_id,
                      move.team_id, move.invoice_user_id AS user_id
               FROM account_move move
               WHERE move.move_type = 'out_invoice' AND move.state = 'posted'
                 AND move.amount_untaxed > 0 AND %(condition)s""",
            moment=self._moment_sql(moment),
            condition=condition,
        )

    def _moment_sql(self, day):
        """When something happened of which only the day is known (SQL): at the end of
        the company's day, or now if that is not over."""
        return SQL(
            """LEAST(%(now)s::timestamp, (%(day)s + 1)::timestamp
                     AT TIME ZONE %(zone)s AT TIME ZONE 'UTC' - interval '1 second')""",
            now=fields.Datetime.now(),
            day=day,
            zone=self.company_id._insight_timezone(),
        )

    def _queue_documents(self, source_ids=None):
        """Queue a request for each document that calls for one.

        :param source_ids: only these documents; all recent ones if None
        :return: the new feedback.request records
        """
        self.ensure_one()
        model, source = self._event_sources()[self.event]
        conditions = [
            SQL("event.company_id = %s", self.company_id.id),
            SQL("event.moment >= %s", max(self.date_from, self._oldest())),
        ]
        if source_ids is not None:
            conditions.append(SQL("event.source_id = ANY(%s)", list(source_ids)))
        events = SQL(
            """SELECT event.*, %(model)s AS source_model,
                      %(model)s || ':' || event.source_id AS key, %(rank)s AS rank
               FROM (%(source)s) event
               JOIN res_partner asked ON asked.id = event.partner_id
               WHERE %(conditions)s""",
            model=model,
            source=source,
            rank=self._rank_sql(source),
            conditions=SQL(" AND ").join(conditions),
        )
        return self._insert(events, list_unsampled=True)

    def _rank_sql(self, source):
        """How many such documents the customer had before (SQL)."""
        if not self.first_only:
            return SQL("0")
        return SQL(
            """(SELECT count(*) FROM (%(source)s) earlier
                JOIN res_partner buyer ON buyer.id = earlier.partner_id
                WHERE buyer.commercial_partner_id = asked.commercial_partner_id
                  AND earlier.company_id = event.company_id
                  AND (earlier.moment, earlier.source_id)
                      < (event.moment, event.source_id))""",
            source=source,
        )

    def _oldest(self):
        return fields.Datetime.now() - timedelta(days=_LOOK_BACK_DAYS + self.delay_days)

    def _queue_wave(self, day):
        """Queue a request for each customer drawn for the wave of a day."""
        profiles = self.env["customer.profile"].sudo()
        query = profiles._search(self._audience_domain())
        events = SQL(
            """SELECT NULL::int AS source_id, %(moment)s::timestamp AS moment,
                      profile.partner_id, profile.company_id, NULL::int AS order_id,
                      NULL::int AS team_id, NULL::int AS user_id,
                      NULL::varchar AS source_model,
                      'wave:' || %(day)s || ':' || profile.partner_id AS key, 0 AS rank
               FROM customer_profile profile WHERE profile.id IN %(profiles)s""",
            moment=self.company_id._feedback_moment(day),
            day=str(day),
            profiles=query.subselect(),
        )
        return self._insert(events, list_unsampled=False)

    def _insert(self, events, list_unsampled):
        """Insert the requests of events in one statement; known keys add nothing.

        Whether an event is drawn and when in the day it is asked about follow from its
        key: the same event has the same answer on every run.

        :param events: SELECT of events, as ``_event_sources`` describes, with
            ``source_model``, ``key`` and ``rank``
        :param list_unsampled: keep those who are not drawn, as suppressed
        """
        company = self.company_id
        rows = self.env.execute_query(
            SQL(
                """WITH event AS (%(events)s), drawn AS (
                       SELECT event.*, %(draw)s AS draw, %(place)s AS place
                       FROM event WHERE event.rank = 0)
                   INSERT INTO feedback_request (
                       rule_id, survey_id, company_id, channel, key, state, reason,
                       partner_id, source_model, source_id, event_date, scheduled_at,
                       sale_order_id, team_id, user_id, reminders_sent, tries,
                       create_uid, create_date, write_uid, write_date)
                   SELECT %(rule)s, %(survey)s, %(company)s, %(channel)s, drawn.key,
                          CASE WHEN drawn.draw < %(share)s THEN 'waiting'
                               ELSE 'suppressed' END,
                          CASE WHEN drawn.draw < %(share)s THEN NULL
                               ELSE 'sample' END,
                          drawn.partner_id, drawn.source_model, drawn.source_id,
                          drawn.moment, %(slot)s,
                          drawn.order_id, COALESCE(drawn.team_id, sold.team_id),
                          COALESCE(drawn.user_id, sold.user_id), 0, 0,
                          %(uid)s, %(now)s, %(uid)s, %(now)s
                   FROM drawn LEFT JOIN sale_order sold ON sold.id = drawn.order_id
                   WHERE (%(listed)s OR drawn.draw < %(share)s)
                     AND NOT EXISTS (
                         SELECT FROM feedback_request erased
                         WHERE erased.rule_id = %(rule)s
                           AND erased.key = 'erased:' || %(mark)s)
                   ORDER BY drawn.moment, drawn.key
                   ON CONFLICT (rule_id, key) DO NOTHING
                   RETURNING id""",
                events=events,
                draw=self._hash_sql(1),
                place=self._hash_sql(9),
                share=self.sample_share / 100,
                listed=list_unsampled,
                rule=self.id,
                survey=self.survey_id.id,
                company=company.id,
                channel=self.channel,
                slot=self._slot_sql(),
                uid=self.env.uid,
                now=fields.Datetime.now(),
                mark=self.env["feedback.erasure"]._mark_sql(SQL("drawn.key")),
            )
        )
        requests = self.env["feedback.request"].browse(row[0] for row in rows)
        requests._plan_checks()
        return requests

    def _hash_sql(self, start):
        """A number from 0 to below 1 that follows from rule and key (SQL)."""
        return SQL(
            "('x' || substr(md5(%s || ':' || event.key), %s, 8))::bit(32)::bigint"
            " / 4294967296.0",
            str(self.id),
            start,
        )

    def _slot_sql(self):
        """When the request is due (SQL): spread over the hours in which people may be
        asked; without a delay, at once."""
        if not self.delay_days and self.event != "wave":
            return SQL("drawn.moment")
        company = self.company_id
        return SQL(
            """(((drawn.moment AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date
                 + %(days)s) + make_interval(secs => 3600 * (
                     %(begin)s + drawn.place * (%(end)s - %(begin)s))))
               AT TIME ZONE %(zone)s AT TIME ZONE 'UTC'""",
            zone=company._insight_timezone(),
            days=self.delay_days,
            begin=company.feedback_ask_from,
            end=company.feedback_ask_to,
        )
