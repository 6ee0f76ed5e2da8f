from odoo import http
from odoo.addons.survey.controllers.main import Survey
from odoo.fields import Domain
from odoo.http import request


class FeedbackSurvey(Survey):
    """Core's own pages of surveys that make scores.

    Those of anonymous surveys, whoever is logged in, are left for the light page.
    """

    def _get_results_page_user_input_domain(self, survey, **post):
        """Anonymous answers are hidden until there are enough, here as well."""
        domain = super()._get_results_page_user_input_domain(survey, **post)
        return Domain(domain) & Domain("is_feedback_held", "!=", True)

    @http.route()
    def survey_start(self, survey_token, answer_token=None, email=False, **post):
        """Let nobody answer in somebody else's name, and no visit make a record.

        Core opens a participation for each visit, with the address that was typed into
        the link.
        """
        token = answer_token or request.cookies.get(f"survey_{survey_token}")
        survey, answer = self._fetch_from_access_token(survey_token, token)
        if survey.is_feedback_anonymous and not answer.test_entry:
            if survey._is_light() and survey._is_open():
                return request.redirect(survey._feedback_path())
        if not request.env.user._is_public():
            return super().survey_start(survey_token, answer_token, email, **post)
        if survey.has_metrics and not answer and survey.active and not answer_token:
            if survey._is_light() and survey._is_open():
                return request.redirect(survey._feedback_path())
            address = request.httprequest.remote_addr
            if request.env["feedback.hit"].sudo()._count(address):
                return request.make_response("", status=429)
        email = False if survey.has_metrics else email
        return super().survey_start(survey_token, answer_token, email, **post)
