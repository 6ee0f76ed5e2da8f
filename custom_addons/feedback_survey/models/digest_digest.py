from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..engine import scores

_GROUP = "feedback_survey.group_agent"


class DigestDigest(models.Model):
    _inherit = "digest.digest"

    kpi_feedback_nps = fields.Boolean("Net Promoter Score")
    kpi_feedback_nps_value = fields.Float(compute="_compute_kpi_feedback_nps_value")
    kpi_feedback_cases = fields.Boolean("New Customer Cases")
    kpi_feedback_cases_value = fields.Integer(
        compute="_compute_kpi_feedback_cases_value"
    )
    kpi_feedback_told = fields.Boolean("Customers Told of Their Case, %")
    kpi_feedback_told_value = fields.Float(
        compute="_compute_kpi_feedback_told_value",
        help="Of the cases that came in the period: the loop-closing rate.",
    )

    def _check_feedback_rights(self):
        if not self.env.user.has_group(_GROUP):
            raise AccessError(
                self.env._("Feedback is left out of the digest: no right to read it.")
            )

    def _compute_kpi_feedback_nps_value(self):
        self._check_feedback_rights()
        counted = self.env["feedback.scores"]._counts(
            self._feedback_period("date") & Domain("metric", "=", "nps"), "company_id"
        )
        for digest in self:
            company = digest.company_id or self.env.company
            counts = counted.get(("nps", company), (0, 0, 0))
            digest.kpi_feedback_nps_value = scores.net_promoter(*counts).value or 0.0

    def _compute_kpi_feedback_cases_value(self):
        self._check_feedback_rights()
        self._calculate_company_based_kpi("feedback.case", "kpi_feedback_cases_value")

    def _compute_kpi_feedback_told_value(self):
        self._check_feedback_rights()
        came = self._feedback_period("create_date")
        told = came & Domain("customer_informed_on", "!=", False)
        cases = self.env["feedback.case"]
        all_, done = (
            dict(cases._read_group(domain, ["company_id"], ["__count"]))
            for domain in (came, told)
        )
        for digest in self:
            company = digest.company_id or self.env.company
            share = scores.share(done.get(company, 0), all_.get(company, 0))
            digest.kpi_feedback_told_value = share.value or 0.0

    def _feedback_period(self, name):
        """:return: domain of the digest's companies and period, by a field's moment"""
        start, end, companies = self._get_kpi_compute_parameters()
        return (
            Domain("company_id", "in", companies.ids)
            & Domain(name, ">=", start)
            & Domain(name, "<", end)
        )

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("feedback_survey.menu_root").id
        scores_, cases = (
            f"feedback_survey.{action}?menu_id={menu}"
            for action in ("feedback_scores_action", "feedback_case_action")
        )
        return {
            **actions,
            "kpi_feedback_nps": scores_,
            "kpi_feedback_cases": cases,
            "kpi_feedback_told": cases,
        }
