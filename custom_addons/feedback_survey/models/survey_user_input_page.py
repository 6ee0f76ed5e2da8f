"""Storing what a light page sends: everything or nothing, once."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: What core calls the answer in a line, where that is not the type of the question.
_LINE_TYPES = {"simple_choice": "suggestion"}


class SurveyUserInput(models.Model):
    _inherit = "survey.user_input"

    feedback_place_id = fields.Many2one(
        "feedback.place", string="Place", index="btree_not_null"
    )
    feedback_form_key = fields.Char(
        readonly=True, copy=False, groups="base.group_system"
    )
    is_feedback_held = fields.Boolean(
        string="Held Back",
        readonly=True,
        help="Anonymous answers are hidden until there are enough of them.",
    )
    is_feedback_forgotten = fields.Boolean(
        string="Anonymous",
        readonly=True,
        copy=False,
        help="Nothing stored here leads to the person who answered any more.",
    )

    _form_key_uniq = models.UniqueIndex(
        "(feedback_form_key) WHERE feedback_form_key IS NOT NULL"
    )

    def _complete_form(self, values, files=()):
        """Answer and finish a participation with what was checked before.

        :param values: ``{question id: text}``
        :param files: ``[(name, type, content)]``
        """
        self.ensure_one()
        if self.state == "new":
            self._mark_in_progress()
        self._save_form(values)
        self._mark_done()
        self._attach(files)

    def _save_form(self, values):
        """Store the answers of a whole page at once.

        A page that was begun elsewhere, and questions that name the person, are left to
        core's way, question by question.

        :param values: ``{question id: text}``
        """
        questions = self.survey_id.question_ids
        naming = questions.filtered(lambda q: q.save_as_email or q.save_as_nickname)
        single = questions if self.user_input_line_ids else naming
        for question in single:
            self._save_lines(question, values.get(question.id, ""))
        self.env["survey.user_input.line"].create(
            [
                {
                    **self._get_line_answer_values(
                        question,
                        values.get(question.id, ""),
                        _LINE_TYPES.get(question.question_type, question.question_type),
                    ),
                    # or all lines would be written a second time
                    "survey_id": self.survey_id.id,
                    "question_sequence": question.sequence,
                }
                for question in questions - single
            ]
        )

    def _attach(self, files):
        """Keep files with the case, or with the answers if there is none."""
        if not files:
            return
        cases = self.env["feedback.case"].sudo()
        case = cases.search([("participation_id", "=", self.id)], limit=1)
        self.env["ir.attachment"].sudo().create(
            [
                {
                    "name": name,
                    "mimetype": kind,
                    "raw": content,
                    "res_model": (case or self)._name,
                    "res_id": (case or self).id,
                }
                for name, kind, content in files
            ]
        )

    # === ANONYMOUS === #

    def _notify_new_participation_subscribers(self):
        """No message with the moment at which somebody answered anonymously; and no
        search for whom to tell where nobody follows the survey."""
        named = self.filtered(lambda answer: not answer.survey_id.is_feedback_anonymous)
        followers = self.env["mail.followers"].sudo()
        domain = [
            ("res_model", "=", named.survey_id._name),
            ("res_id", "in", named.survey_id.ids),
        ]
        if not named or not followers.search_count(domain, limit=1):
            return None
        return super(SurveyUserInput, named)._notify_new_participation_subscribers()

    def _anonymous(self):
        """:return: those of these that are to forget their person and have not yet

        Trials are the tester's own.
        """
        return self.filtered(
            lambda participation: (
                participation.survey_id.is_feedback_anonymous
                and not participation.test_entry
                and not participation.is_feedback_forgotten
            )
        )

    def _drop_person(self):
        """Cut these off from persons, documents and requests before they are done.

        The requests are cut off by SQL: the moment of a change would tell the answer.
        """
        if not self:
            return
        self.write(
            {
                "partner_id": False,
                "email": False,
                "nickname": False,
                "lang_id": False,
                "feedback_order_id": False,
                "feedback_team_id": False,
                "feedback_seller_id": False,
                "feedback_user_id": False,
                "feedback_case_id": False,
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE feedback_request SET user_input_id = NULL
                   WHERE user_input_id = ANY(%s)""",
                self.ids,
            )
        )
        self.env.invalidate_all()

    def _forget_person(self):
        """Take from anonymous answers all that leads to a person or a moment, once.

        By SQL, for the moments of creation as well.
        """
        anonymous = self._anonymous()
        if not anonymous:
            return
        anonymous._drop_person()
        anonymous._drop_discussion()
        self.env.flush_all()
        for participation in anonymous:
            company = participation.company_id
            day = company._feedback_moment(company._insight_today())
            participation._blur(day)
            participation._release_if_enough()
        self.env.invalidate_all()

    def _drop_discussion(self):
        """Remove messages and followers: they name people and moments."""
        for model, name in (("mail.message", "model"), ("mail.followers", "res_model")):
            self.env[model].sudo().search(
                [(name, "=", self._name), ("res_id", "in", self.ids)]
            ).unlink()

    def _blur(self, day):
        """Date everything about this participation to the beginning of a day."""
        self.env.cr.execute(
            SQL(
                """UPDATE survey_user_input
                   SET is_feedback_held = TRUE, is_feedback_forgotten = TRUE,
                       -- mails and browsers may know these
                       access_token = gen_random_uuid()::varchar,
                       invite_token = NULL, deadline = NULL,
                       start_datetime = %(day)s, end_datetime = %(day)s,
                       create_date = %(day)s, write_date = %(day)s,
                       create_uid = 1, write_uid = 1
                   WHERE id = %(id)s""",
                day=day,
                id=self.id,
            )
        )
        for table in ("survey_user_input_line", "feedback_answer"):
            self.env.cr.execute(
                SQL(
                    """UPDATE %(table)s SET create_date = %(day)s, write_date = %(day)s,
                              create_uid = 1, write_uid = 1
                       WHERE user_input_id = %(id)s""",
                    table=SQL.identifier(table),
                    day=day,
                    id=self.id,
                )
            )
        self.env.cr.execute(
            SQL(
                """UPDATE feedback_answer
                   SET date = %(day)s, is_held = TRUE, partner_id = NULL,
                       contact_id = NULL, user_id = NULL, team_id = NULL,
                       sale_order_id = NULL, lifecycle_stage = NULL,
                       rfm_segment_id = NULL
                   WHERE user_input_id = %(id)s""",
                day=day,
                id=self.id,
            )
        )

    def _release_if_enough(self):
        """Show the answers that are held back once a group of them is complete."""
        company = self.company_id
        self.env.cr.execute(
            SQL(
                """WITH held AS (
                       SELECT id FROM survey_user_input
                       WHERE survey_id = %(survey)s AND company_id = %(company)s
                         AND is_feedback_held),
                   released AS (
                       UPDATE survey_user_input SET is_feedback_held = FALSE
                       WHERE id IN (SELECT id FROM held)
                         AND (SELECT count(*) FROM held) >= %(fewest)s
                       RETURNING id)
                   UPDATE feedback_answer SET is_held = FALSE
                   WHERE user_input_id IN (SELECT id FROM released)""",
                survey=self.survey_id.id,
                company=company.id,
                fewest=company.feedback_min_group,
            )
        )

    @api.autovacuum
    def _gc_form_keys(self):
        """Forget the keys of forms that cannot be sent again."""
        self.env.cr.execute(
            SQL(
                """UPDATE survey_user_input SET feedback_form_key = NULL
                   WHERE feedback_form_key IS NOT NULL AND create_date < %s""",
                fields.Datetime.now() - timedelta(days=2),
            )
        )

    # === DOORS === #

    @api.model
    def _knows_form(self, key):
        """Whether a form with this key has been stored (bool)."""
        return bool(self.search_count([("feedback_form_key", "=", key)], limit=1))

    @api.model
    def _open_for_form(self, door, key):
        """The participation that a form answers; none if it was answered meanwhile.

        :param door: the way to the survey, ``controllers.feedback.Door``
        :param key: the key of the form, stored once
        """
        if door.invitation:
            participation = door.invitation._lock_open()
            if participation:
                participation.feedback_form_key = key
            return participation
        silent = {"mail_create_nolog": True, "mail_create_nosubscribe": True}
        return self.with_context(**silent).create(
            {
                "survey_id": door.survey.id,
                "company_id": door.company.id,
                "feedback_place_id": door.place.id,
                "feedback_team_id": door.place.team_id.id,
                "feedback_channel": "web",
                "feedback_form_key": key,
            }
        )
