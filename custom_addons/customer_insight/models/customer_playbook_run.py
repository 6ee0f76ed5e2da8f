import logging
from datetime import timedelta

import psycopg2
from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Customers for whom a step is done between two commits.
BATCH = 200
#: After so many days of being put off for the limit of touches a step is left out.
_PATIENCE_DAYS = 14
#: Outcomes follow documents that come late, for so many days.
_LATE_DAYS = 90
#: Somebody else's work; the transaction is repeated by the next run.
_BUSY = psycopg2.OperationalError


class CustomerPlaybook(models.Model):
    """The job: who begins, who leaves, which steps are due, and what came of it.

    All that is done for a batch of customers is committed together with its rows in
    the log and with the customers' next step: a job killed at any point has done both
    or neither. An action that a rollback does not take back is written down as begun
    before, and never begun twice. A customer for whom a step fails is named in the log
    and goes on with the next step.
    """

    _inherit = "customer.playbook"

    @api.model
    def _cron_run(self):
        """Do what is due in all playbooks, those of a company in their order."""
        self = self.sudo()
        playbooks = self.search(
            [("company_id", "!=", False)], order="company_id, sequence, id"
        )
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(playbooks))
        for playbook in playbooks:
            try:
                playbook._run()
            except _BUSY:
                self.env.cr.rollback()
                _logger.info("Playbook %s is being worked on", playbook.id)
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Playbook %s failed", playbook.id)
                playbook.error = str(error)[:200]
            if not cron._commit_progress(1):
                break

    def _run(self, now=None):
        """Bring one playbook up to date; a second run at the same moment does nothing.

        :param now: moment, UTC; the present one when not given
        :return: number of steps done, put off or left out
        """
        self.ensure_one()
        commit = self.env["ir.cron"]._commit_progress
        now = now or fields.Datetime.now()
        if self.state == "running" and self.active:
            self._enrol(now)
            if self.error:
                self.error = False
            commit()
        self._measure()
        commit()
        done = 0
        if self.state == "paused":
            return done
        self._leave()
        self.env["customer.playbook.log"]._note_undelivered(self, now)
        while batch := self._take(now):
            self._do_step(batch.step_id, batch, now)
            done += len(batch)
            commit()
        return done

    # === WHO LEAVES === #

    def _leave(self):
        """End the playbook for those who bought or whose reason is gone."""
        self.env.flush_all()
        # first: an objection takes the profile away, and with it the reason to be here
        unwanted = SQL("partner.insight_objection OR NOT partner.active")
        reasons = [("objection", unwanted)]
        if self.is_left_by_purchase:
            reasons.append(
                ("bought", SQL("profile.last_purchase_date > enrolment.date"))
            )
        gone = self._gone_sql() if self.is_left_by_trigger else None
        if gone:
            reasons.append(
                ("gone", SQL("enrolment.entry_key NOT LIKE 'hand,%%' AND %s", gone))
            )
        day = self.company_id._insight_today()
        for reason, condition in reasons:
            self.env.cr.execute(
                SQL(
                    """UPDATE customer_playbook_enrolment enrolment
                       SET state = 'left', exit_reason = %(reason)s, step_id = NULL,
                           next_date = NULL, closed_on = %(day)s
                       FROM res_partner partner
                       LEFT JOIN customer_profile profile
                           ON profile.partner_id = partner.id
                          AND profile.company_id = %(company)s
                       WHERE enrolment.playbook_id = %(playbook)s
                         AND enrolment.state = 'running' AND NOT enrolment.is_control
                         AND partner.id = enrolment.partner_id AND (%(condition)s)""",
                    reason=reason,
                    day=day,
                    company=self.company_id.id,
                    playbook=self.id,
                    condition=condition,
                )
            )
        self.env["customer.playbook.enrolment"].invalidate_model()

    def _gone_sql(self):
        """:return: condition under which the reason to be here is gone, None: never"""
        if self.trigger == "stage":
            return SQL("profile.lifecycle_stage IS DISTINCT FROM %s", self.stage)
        if self.trigger == "segment":
            return SQL(
                """NOT EXISTS (SELECT FROM customer_segment_membership stay
                               WHERE stay.partner_id = enrolment.partner_id
                                 AND stay.company_id = enrolment.company_id
                                 AND stay.segment_id = %s AND stay.date_to IS NULL)""",
                self.segment_id.id,
            )
        if self.trigger == "warning":
            return SQL(
                """NOT EXISTS (SELECT FROM customer_warning warning
                               WHERE warning.partner_id = enrolment.partner_id
                                 AND warning.company_id = enrolment.company_id
                                 AND warning.state IN ('open', 'contacted'))"""
            )
        return None

    # === STEPS === #

    def _take(self, now):
        """:return: the next enrolments that wait for the same step, locked"""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM customer_playbook_enrolment
                   WHERE playbook_id = %(playbook)s AND state = 'running'
                     AND NOT is_control AND next_date <= %(now)s
                     AND step_id = (
                         SELECT step_id FROM customer_playbook_enrolment
                         WHERE playbook_id = %(playbook)s AND state = 'running'
                           AND NOT is_control AND next_date <= %(now)s
                           AND step_id IS NOT NULL
                         ORDER BY next_date LIMIT 1)
                   ORDER BY next_date LIMIT %(batch)s
                   FOR NO KEY UPDATE SKIP LOCKED""",
                playbook=self.id,
                now=now,
                batch=BATCH,
            )
        )
        return self.env["customer.playbook.enrolment"].browse(row[0] for row in rows)

    def _do_step(self, step, batch, now):
        """Do a step for a batch, or note for whom not and why."""
        logs = self.env["customer.playbook.log"]
        if self.is_left_by_reply and (replied := self._replied(batch)):
            replied._end("left", "replied")
            batch -= replied
        if not batch:
            return
        following = step._following()[:1]
        refused = step._refused(batch)
        for reason, enrolments in refused.items():
            logs._note(step, enrolments, "suppressed", now, reason)
            enrolments._go_on(following, now)
            batch -= enrolments
        batch -= self._put_off(step, batch, following, now)
        if step.action in step._lasting_actions():
            for enrolment in batch:
                self._do_lasting(step, enrolment, now)
        else:
            self._do_or_halve(step, batch, now)
        batch._go_on(following, now)

    def _put_off(self, step, batch, following, now):
        """:return: those whom this step may not reach now"""
        logs = self.env["customer.playbook.log"]
        nobody = batch.browse()
        if not step._is_touch() or not batch:
            return nobody
        company = self.company_id
        if until := company._insight_quiet_until(now):
            logs._note(step, batch, "postponed", now, "quiet")
            batch.next_date = until
            return batch
        tired = batch._touched_enough(now)
        longest = now - timedelta(days=_PATIENCE_DAYS)
        given_up = tired.filtered(
            lambda one: one.postponed_since and one.postponed_since <= longest
        )
        logs._note(step, given_up, "suppressed", now, "cap")
        given_up._go_on(following, now)
        waiting = tired - given_up
        logs._note(step, waiting, "postponed", now, "cap")
        waiting.next_date = now + timedelta(days=1)
        waiting.filtered(lambda one: not one.postponed_since).postponed_since = now
        return tired

    def _do_or_halve(self, step, batch, now):
        """Do a step for a batch at once; if that fails, for either half."""
        logs = self.env["customer.playbook.log"]
        if not batch:
            return
        try:
            with self.env.cr.savepoint():
                # the row comes first: who has one already is left out
                written = logs._note(step, batch, "done", now)
                if written:
                    step._do(written)
        except _BUSY:
            raise
        except Exception as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                self._do_or_halve(step, batch[:middle], now)
                self._do_or_halve(step, batch[middle:], now)
                return
            _logger.warning("Step %s of %s failed: %s", step.id, batch.id, error)
            logs._note(step, batch, "failed", now, "error", str(error)[:200])

    def _do_lasting(self, step, enrolment, now):
        """Do a step that cannot be taken back: at most once, even if that was cut off.

        That it begins is committed before it does.
        """
        logs = self.env["customer.playbook.log"]
        begun = logs._note(step, enrolment, "started", now)
        self.env["ir.cron"]._commit_progress()
        row = logs.search(
            [("enrolment_id", "=", enrolment.id), ("step_id", "=", step.id)]
        )
        if not begun:
            if row.state == "started":
                row.write({"state": "failed", "reason": "interrupted"})
            return
        try:
            with self.env.cr.savepoint():
                step._do(enrolment)
            row.state = "done"
        except Exception as error:
            _logger.warning("Step %s of %s failed: %s", step.id, enrolment.id, error)
            row.write({"state": "failed", "reason": "error", "note": str(error)[:200]})

    def _replied(self, batch):
        """:return: those of a batch who wrote or called since they began

        Touches with another company do not count.
        """
        touches = self.env["customer.interaction"].search(
            [
                ("partner_id", "in", batch.partner_id.ids),
                ("company_id", "in", [False, self.company_id.id]),
                ("direction", "=", "in"),
                ("channel", "!=", "document"),
                ("date", ">", min(batch.mapped("create_date"))),
            ]
        )
        latest = {}
        for touch in touches.sorted("date"):
            latest[touch.partner_id] = touch.date
        return batch.filtered(
            lambda one: (
                one.partner_id in latest and latest[one.partner_id] > one.create_date
            )
        )

    # === WHAT CAME OF IT === #

    def _measure(self):
        """Write down what was bought in windows that have ended.

        :return: number of enrolments whose outcome is new or changed
        """
        self.env.flush_all()
        day = self.company_id._insight_today()
        self.env.cr.execute(
            SQL(
                """
                WITH ended AS (
                    SELECT id, partner_id, date, window_end
                    FROM customer_playbook_enrolment
                    WHERE playbook_id = %(playbook)s AND window_end < %(day)s
                      AND (NOT is_measured OR window_end >= %(late)s)
                ), outcome AS (
                    SELECT ended.id,
                           ROUND(COALESCE(SUM(document.amount)::numeric, 0), 6)
                               AS amount
                    FROM ended
                    LEFT JOIN (
                        SELECT partner_id, date, amount FROM (%(documents)s) document
                        WHERE company_id = %(company)s
                          AND date > (SELECT MIN(date) FROM ended)
                    ) document ON document.partner_id = ended.partner_id
                        AND document.date > ended.date
                        AND document.date <= ended.window_end
                    GROUP BY ended.id
                )
                UPDATE customer_playbook_enrolment enrolment
                SET amount = outcome.amount, is_bought = outcome.amount > 0,
                    is_measured = TRUE,
                    state = CASE WHEN is_control THEN 'done' ELSE state END,
                    closed_on = CASE WHEN is_control AND state = 'running'
                                     THEN %(day)s ELSE closed_on END
                FROM outcome
                WHERE outcome.id = enrolment.id
                  AND (NOT is_measured OR enrolment.amount <> outcome.amount)
                """,
                playbook=self.id,
                company=self.company_id.id,
                day=day,
                late=day - timedelta(days=_LATE_DAYS),
                documents=self.env["customer.purchase"]._documents_query(
                    self.company_id
                ),
            )
        )
        count = self.env.cr.rowcount
        if count:
            self.env["customer.playbook.enrolment"].invalidate_model()
        return count


class CustomerPlaybookEnrolment(models.Model):
    _inherit = "customer.playbook.enrolment"

    def _touched_enough(self, now):
        """:return: those whom all playbooks reached as often as the company allows"""
        company = self.company_id
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id FROM customer_playbook_log
                   WHERE is_touch AND state = 'done' AND partner_id = ANY(%s)
                     AND company_id = %s AND date > %s
                   GROUP BY partner_id HAVING COUNT(*) >= %s""",
                self.partner_id.ids,
                company.id,
                now - timedelta(days=company.insight_touch_days),
                company.insight_touch_limit,
            )
        )
        tired = {row[0] for row in rows}
        return self.filtered(lambda one: one.partner_id.id in tired)
