import logging
from functools import partial

import psycopg2
from odoo import api, models
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)

#: How many customers are computed at a time where all at once cannot be.
_PART = 10000


class CustomerProfile(models.Model):
    """The night: what is computed for each company, in which order.

    Each step is committed on its own and can be killed at any point: what it had not
    committed is done again by the next run, and a second run changes nothing. A step
    that fails is named in the log and stops neither the next step nor the next company.
    """

    _inherit = "customer.profile"

    @api.model
    def _night_steps(self):
        """What the night does for a company; an add-on adds its own steps.

        :return: list of ``(name for the log, function)`` in order; the function gets a
            res.company record, may be repeated after a conflict, and returns whether
            there is more for it to do
        """
        return [
            ("customer profiles", self._night_profiles),
            ("usual categories", self._night_usual_categories),
            ("stage moves", self._night_moves),
            ("segments", self._night_segments),
            ("snapshots", self._night_snapshots),
        ]

    @api.model
    def _cron_refresh_all(self):
        """Do the night's work, a company at a time, the one computed longest ago first.

        Between two companies the scheduler may take back its worker; the next run then
        goes on with the others.
        """
        companies = self._companies_by_age()
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            for name, function in self._night_steps():
                while self._run_step(name, function, company):
                    self.env["ir.cron"]._commit_progress()
                self.env["ir.cron"]._commit_progress()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _run_step(self, name, function, company):
        """Do one step for one company, again if it collided with somebody's work.

        :return: whether there is more to do; never after a failure
        """
        try:
            return retrying(partial(self._guarded_step, function, company), self.env)
        except UserError as error:
            _logger.info("Left out: %s", error)  # somebody is doing it already
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The %s of company %s failed", name, company.id)
        return False

    @api.model
    def _guarded_step(self, function, company):
        self._limit_waiting()
        return function(company) if company.exists() else False

    @api.model
    def _limit_waiting(self):
        """Rather fail, and be repeated, than wait long for somebody's open edit."""
        self.env.cr.execute("SET LOCAL lock_timeout = '5s'")

    @api.model
    def _companies_by_age(self):
        """:return: all companies, those without a scoring and the oldest ones first"""
        latest = dict(
            self.env["customer.scoring"]
            .sudo()
            ._read_group([], ["company_id"], ["computed_at:max"])
        )
        never = self._all_companies() - self.env["res.company"].union(*latest)
        return never + self.env["res.company"].concat(*sorted(latest, key=latest.get))

    # === STEPS === #

    @api.model
    def _night_profiles(self, company):
        try:
            with self.env.cr.savepoint():
                self.with_context(insight_night=True)._refresh(companies=company)
        except psycopg2.DataError as error:
            _logger.warning(
                "Profiles of company %s are computed in parts: %s", company.id, error
            )
            for ids in split_every(_PART, self._known_customers(company)):
                self._refresh_by_halves(company, self.env["res.partner"].browse(ids))
        return False

    @api.model
    def _night_usual_categories(self, company):
        self._refresh_usual_categories(company)
        return False

    @api.model
    def _night_moves(self, company):
        self.env["customer.stage.move"]._refresh(company)
        return False

    @api.model
    def _night_segments(self, company):
        self.env["customer.segment"]._refresh(companies=company)
        return False

    @api.model
    def _night_snapshots(self, company):
        return bool(self.env["customer.snapshot"]._take_next(company))

    # === ONE CUSTOMER WHO FAILS === #

    @api.model
    def _refresh_by_halves(self, company, partners):
        """Compute these customers with the stored borders, whatever one of them has.

        If values of a customer break the statement, it is repeated with either half
        until only that one is left out, and named in the log.
        """
        try:
            with self.env.cr.savepoint():
                self._refresh(partners=partners, companies=company)
        except psycopg2.DataError as error:
            middle = len(partners) // 2
            if not middle or not self._has_scoring(company):
                _logger.error(
                    "Profile of customer %s in company %s failed: %s",
                    partners.ids,
                    company.id,
                    error,
                )
                return
            self._refresh_by_halves(company, partners[:middle])
            self._refresh_by_halves(company, partners[middle:])

    def _has_scoring(self, company):
        scorings = self.env["customer.scoring"]
        return bool(scorings._latest(company, company._insight_today()))

    def _known_customers(self, company):
        """:return: ids of all who bought from a company or have a profile in it"""
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id FROM (%s) document
                   UNION SELECT partner_id FROM customer_profile WHERE company_id = %s
                   ORDER BY 1""",
                self.env["customer.purchase"]._documents_query(company),
                company.id,
            )
        )
        return [partner_id for (partner_id,) in rows]
