"""The public pages: answering, and asking for no more surveys.

Reading a page never stores anything, whoever or whatever reads it. What is sent is
stored once, with the form's own token: pages shown inside another site have no session.
"""

import logging

import psycopg2
from odoo import http
from odoo.http import request
from odoo.tools import verify_hash_signed

_logger = logging.getLogger(__name__)

_LARGEST_FORM = 16 * 1024 * 1024
_LONGEST_FIELD = 20_000
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


class Door:
    """One way to a survey: an invitation, a place, or the survey's public link.

    ``survey`` is empty if the door does not open. ``moved_to`` is the survey whose
    common page has taken the place of this link: it has become anonymous meanwhile.
    """

    def __init__(self, kind, token):
        self.kind = kind
        self.key = f"{kind}:{token}"
        env = request.env(su=True)
        self.invitation = env["feedback.request"]
        self.place = env["feedback.place"]
        self.survey = env["survey.survey"]
        self.moved_to = env["survey.survey"]
        # a token is letters and digits: nothing else reaches the database
        getattr(self, f"_open_{kind}")(token if token.isprintable() else "")

    def _open_r(self, token):
        self.moved_to = self.invitation._find_anonymous(token)
        self.invitation = self.invitation._find_open(token)
        self.survey = self.invitation.survey_id
        self.company = self.invitation.company_id
        self.lang = self.invitation.lang

    def _open_p(self, token):
        self.place = self.place.search_fetch([("token", "=", token)], limit=1)
        if self.place.survey_id._is_open():
            self.survey = self.place.survey_id
        self.company = self.place.company_id
        self.lang = None

    def _open_s(self, token):
        survey = self.survey.search([("access_token", "=", token)], limit=1)
        if survey and survey._is_open():
            self.survey = survey
        self.company = survey.company_id or request.env.company
        self.lang = None

    @property
    def sites(self):
        """Which web sites may show the page in a frame."""
        return self.place.allowed_sites or "'none'"


class FeedbackPages(http.Controller):
    @http.route(
        "/feedback/<any(r,p,s):kind>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,  # the form has a token of its own
        save_session=False,
        max_content_length=_LARGEST_FORM,
    )
    def feedback(self, kind, token, **sent):
        """Show the survey behind a link, or store what was sent from there."""
        door = Door(kind, token)
        if door.lang:
            request.update_context(lang=door.lang)
        if door.moved_to:
            score = sent.get("score")
            known = self._chosen(door.moved_to, score)
            return request.redirect(
                door.moved_to._feedback_path(score if known else None)
            )
        if request.httprequest.method == "POST":
            return self._store(door, sent)
        if not door.survey:
            return self._closed()
        if not door.survey._is_light():
            return request.redirect(self._core_path(door))
        return self._form(door, self._chosen(door.survey, sent.get("score")))

    # === SHOWING === #

    def _chosen(self, survey, score):
        """:return: the answer tapped in the mail, as ``{question id: text}``"""
        question = survey.question_ids.filtered("metric")[:1]
        steps = range(question.scale_min, question.scale_max + 1)
        known = question and score in {str(step) for step in steps}
        return {question.id: score} if known else {}

    def _form(self, door, values, faults=None, contact=None):
        survey = door.survey.with_context(lang=request.env.lang)
        # two of a company's many columns; all of them take a third of the page's time
        door.company.fetch(["name", "feedback_min_group"])
        return self._page(
            "feedback_survey.page_form",
            {
                "survey": survey,
                "questions": survey.question_ids,
                "values": values,
                "faults": faults or {},
                "place": door.place if door.place._is_asking_contact() else None,
                "contact": contact or {},
                "form_token": survey._sign_form(door.key),
                "company": door.company,
                "minimum": door.company.feedback_min_group,
            },
            sites=door.sites,
        )

    def _closed(self):
        """The one page for whatever does not open: it tells nothing about why."""
        return self._page("feedback_survey.page_closed", {}, status=404)

    def _thanks(self, door):
        values = {"survey": door.survey.with_context(lang=request.env.lang)}
        return self._page("feedback_survey.page_thanks", values, sites=door.sites)

    def _page(self, template, values, status=200, sites="'none'"):
        lang = request.env["res.lang"]._get_data(code=request.env.lang or "en_US")
        body = request.env["ir.qweb"]._render(
            template,
            {
                **values,
                "html_lang": (lang.iso_code or "en").replace("_", "-"),
                "direction": lang.direction or "ltr",
            },
        )
        policy = (
            "default-src 'none'; style-src 'self'; img-src 'self' data:;"
            f" form-action 'self'; base-uri 'none'; frame-ancestors {sites}"
        )
        headers = {**_HEADERS, "Content-Security-Policy": policy}
        response = request.make_response(f"<!DOCTYPE html>\n{body}", headers.items())
        response.status_code = status
        return response

    def _core_path(self, door):
        if door.invitation:
            return door.invitation.user_input_id.get_start_url()
        return door.survey.get_start_url()

    # === STORING === #

    def _store(self, door, sent):
        survey = door.survey or door.survey.browse()
        key = survey._read_form_token(door.key, sent.get("form_token") or "")
        if key and self._is_known(key):
            return self._thanks(door)  # the browser sent the same form again
        if not door.survey:
            return self._closed()
        if not door.invitation and self._is_flood():
            values = {"survey": survey}
            return self._page("feedback_survey.page_slow", values, 429, door.sites)
        values = self._read_values(survey, sent)
        contact, wrong_contact = door.place._read_contact(sent)
        if not key:
            message = request.env._("The page was open for long. Please send it again.")
            return self._form(door, values, {0: message}, contact)
        if sent.get("homepage"):  # a field that people do not see
            return self._thanks(door)
        survey = survey.with_context(lang=request.env.lang)
        faults = {**survey._check_form(values), **wrong_contact}
        files, wrong = survey._check_files(
            request.httprequest.files.getlist("attachment")
        )
        if wrong:
            faults[0] = wrong
        if faults:
            return self._form(door, values, faults, contact)
        return self._complete(door, key, values, files, contact)

    def _is_known(self, key):
        return request.env["survey.user_input"].sudo()._knows_form(key)

    def _is_flood(self):
        address = request.httprequest.remote_addr
        return request.env["feedback.hit"].sudo()._count(address)

    def _read_values(self, survey, sent):
        """:return: ``{question id: text}``; fields that are no questions are ignored"""
        values = {}
        for question in survey.question_ids:
            text = sent.get(f"q{question.id}")
            if isinstance(text, str):
                values[question.id] = text[:_LONGEST_FIELD].replace("\x00", "").strip()
        return values

    def _complete(self, door, key, values, files, contact):
        participations = request.env["survey.user_input"].sudo()
        try:
            with request.env.cr.savepoint():
                participation = participations._open_for_form(door, key)
                if not participation:
                    return self._closed()
                participation._name_person(door.place, contact)
                participation._complete_form(values, files)
        except psycopg2.errors.UniqueViolation:
            _logger.info("A form arrived twice at the same moment")
        return self._thanks(door)

    # === NO MORE SURVEYS === #

    @http.route(
        "/feedback/stop/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,  # mail programs send it without a page
        save_session=False,
        max_content_length=10_000,
    )
    def stop(self, token, **_sent):
        """Ask before, and note after, that an address wants no more surveys."""
        env = request.env(su=True)
        try:
            address_id = verify_hash_signed(env, "feedback-stop", token)
        except Exception:  # whatever it is that was sent, it is no token
            address_id = None
        address = env["feedback.address"].browse()
        if isinstance(address_id, int):
            address = address.browse(address_id).exists()
        if not address:
            return self._closed()
        done = request.httprequest.method == "POST"
        if done:
            address._opt_out(address.email)
        return self._page("feedback_survey.page_stop", {"done": done})
