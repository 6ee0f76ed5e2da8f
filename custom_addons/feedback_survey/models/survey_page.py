"""The light page: a survey of scales and texts on one page, without scripts."""

import io
import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import hash_sign, verify_hash_signed
from odoo.tools.mimetypes import guess_mimetype
from PIL import Image, UnidentifiedImageError

#: What can be attached, by content: type and ending of the stored name.
FILE_TYPES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "application/pdf": "pdf",
}
MOST_FILES = 3
LARGEST_FILE = 5 * 1024 * 1024
_MOST_PIXELS = 50_000_000
_LIGHT_TYPES = ("scale", "text_box", "char_box", "simple_choice")
_FORM_SCOPE = "feedback-form"
_FORM_HOURS = 24


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    is_feedback_anonymous = fields.Boolean(
        string="Anonymous",
        help="Answers know no person, no document and no time of day, and stay hidden"
        " until enough of them have come in. Everybody is sent the same link, so nobody"
        " is reminded. The order in which answers came in remains.",
    )
    allows_attachments = fields.Boolean(
        string="Ask for Pictures",
        help="People may attach up to three pictures or PDF files.",
    )

    @api.constrains(
        "is_feedback_anonymous",
        "access_mode",
        "is_time_limited",
        "question_and_page_ids",
        "questions_selection",
        "scoring_type",
        "users_login_required",
    )
    def _check_anonymous(self):
        """Core's page knows who is logged in: only the light page asks nobody."""
        for survey in self.filtered("is_feedback_anonymous"):
            if not survey._is_light() or survey.access_mode != "public":
                raise ValidationError(
                    self.env._(
                        "“%(survey)s” cannot be anonymous: that takes a score, scales,"
                        " texts and single choices without comments or conditions, no"
                        " time limit, no points, no login, and a link for everybody.",
                        survey=survey.title,
                    )
                )

    def write(self, vals):
        before = self.filtered("is_feedback_anonymous")
        result = super().write(vals)
        if vals.get("is_feedback_anonymous"):
            (self - before)._withdraw_personal_links()
        return result

    def _withdraw_personal_links(self):
        """What was begun under a name is taken back, and nobody is reminded any more.

        Links that were sent lead to the page for everybody from now on.
        """
        self.env["feedback.request"].sudo().search(
            [("survey_id", "in", self.ids), ("remind_at", "!=", False)]
        ).remind_at = False
        self.env["survey.user_input"].sudo().search(
            [
                ("survey_id", "in", self.ids),
                ("state", "!=", "done"),
                ("test_entry", "=", False),
                "|",
                ("partner_id", "!=", False),
                ("email", "!=", False),
            ]
        ).unlink()

    def _feedback_path(self, score=None):
        """:return: the page of this survey that is the same for everybody"""
        self.ensure_one()
        path = f"/feedback/s/{self.access_token}"
        return path if score is None else f"{path}?score={score}"

    def _is_light(self):
        """Whether the light page can show this survey; if not, core's page does."""
        self.ensure_one()
        return (
            self.has_metrics
            and not self.has_conditional_questions
            and not self.is_time_limited
            and not self.users_login_required
            and self.scoring_type == "no_scoring"
            and self.questions_selection == "all"
            and all(
                question.question_type in _LIGHT_TYPES and not question.comments_allowed
                for question in self.question_ids
            )
        )

    def _is_open(self):
        """Whether it can be answered by somebody who was not invited."""
        return self.active and self.access_mode == "public" and bool(self.question_ids)

    def _check_form(self, values):
        """Check what a page sent, before anything is stored.

        :param values: ``{question id: text}``; other keys of the form are not here
        :return: ``{question id: what is wrong}``; the key ``0`` is the form itself
        """
        faults = {}
        for question in self.question_ids:
            answer = values.get(question.id, "")
            if question.question_type == "simple_choice" and answer:
                known = {str(choice.id) for choice in question.suggested_answer_ids}
                if answer not in known:
                    faults[question.id] = self.env._(
                        "Please choose one of the answers."
                    )
                    continue
            faults.update(question.validate_question(answer))
        if not faults and not any(values.values()):
            faults[0] = self.env._("Please answer at least one question.")
        return faults

    # === THE FORM'S OWN TOKEN === #

    def _sign_form(self, door):
        """:return: a token that lets one form of this door be sent once (str)

        It takes the place of the session's: pages inside another site have no session.
        """
        values = [door, secrets.token_urlsafe(16)]
        env = self.env(su=True)
        return hash_sign(env, _FORM_SCOPE, values, expiration_hours=_FORM_HOURS)

    def _read_form_token(self, door, token):
        """:return: the key of the form that was signed for this door, or None"""
        try:
            values = verify_hash_signed(self.env(su=True), _FORM_SCOPE, token)
        except Exception:  # whatever it is that was sent, it is no token
            return None
        if not isinstance(values, list) or values[:1] != [door]:
            return None
        return values[1]

    # === FILES === #

    def _check_files(self, files):
        """:return: ``([(name, type, content)], what is wrong or None)``

        :param files: what was uploaded, with ``filename`` and ``read``
        """
        files = [file for file in files if file.filename]
        if not files:
            return [], None
        if not self.allows_attachments or self.is_feedback_anonymous:
            return [], self.env._("This page takes no files.")
        if len(files) > MOST_FILES:
            return [], self.env._(
                "Please attach at most %(count)s files.", count=MOST_FILES
            )
        checked = []
        for number, file in enumerate(files, 1):
            content = file.read(LARGEST_FILE + 1)
            kind = guess_mimetype(content) if content else ""
            if kind not in FILE_TYPES or not _is_sound(kind, content):
                return [], self.env._(
                    "“%(name)s” is no picture (PNG, JPEG, GIF) and no PDF file.",
                    name=file.filename[:80],
                )
            if len(content) > LARGEST_FILE:
                return [], self.env._("A file may have 5 MB at most.")
            checked.append((f"{number}.{FILE_TYPES[kind]}", kind, content))
        return checked, None


def _is_sound(kind, content):
    """Whether a picture can be opened and is not larger than any camera makes it."""
    if kind == "application/pdf":
        return content.startswith(b"%PDF-")
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return False
    return width * height <= _MOST_PIXELS
