from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..engine.themes import KeywordReader, shown_by
from .survey_user_input import CHANNELS

SENTIMENTS = [
    ("positive", "Positive"),
    ("neutral", "Neutral"),
    ("negative", "Negative"),
]


class FeedbackComment(models.Model):
    """What one customer said in words, and what it is about.

    Comments are collected from where they were given (``_comment_sources``) and read
    by a job on this server. Staff correct the themes; what was checked by a person is
    never read again, but learned from.
    """

    _name = "feedback.comment"
    _description = "Customer Comment"
    _order = "date desc, id desc"
    _rec_name = "text"

    user_input_id = fields.Many2one(
        "survey.user_input", string="Participation", readonly=True, ondelete="cascade"
    )
    case_id = fields.Many2one("feedback.case", readonly=True, ondelete="cascade")
    survey_id = fields.Many2one(
        "survey.survey", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Datetime(required=True, readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    text = fields.Text(string="Comment", required=True, readonly=True)
    sentiment = fields.Selection(SENTIMENTS, readonly=True, index=True)
    mention_ids = fields.One2many("feedback.mention", "comment_id", readonly=True)
    theme_ids = fields.Many2many(
        "feedback.theme",
        string="Themes",
        compute="_compute_theme_ids",
        inverse="_inverse_theme_ids",
        search="_search_theme_ids",
        help="Change them where they are wrong: the next reading learns from it.",
    )
    is_checked = fields.Boolean(
        string="Checked",
        readonly=True,
        help="A person has looked at the themes: they stay, and are learned from.",
    )
    checked_on = fields.Datetime(readonly=True)
    checked_by_id = fields.Many2one("res.users", readonly=True)
    read_with = fields.Char(
        readonly=True, help="Fingerprint of what was known when this was read."
    )

    _user_input_uniq = models.UniqueIndex("(user_input_id)")
    _case_uniq = models.UniqueIndex("(case_id)")
    _company_date_idx = models.Index("(company_id, date)")
    _unread_idx = models.Index("(read_with, id) WHERE is_checked IS NOT TRUE")

    # === THEMES === #

    @api.depends("mention_ids.theme_id")
    def _compute_theme_ids(self):
        for comment in self:
            comment.theme_ids = comment.mention_ids.theme_id

    def _search_theme_ids(self, operator, value):
        return [("mention_ids.theme_id", operator, value)]

    def _inverse_theme_ids(self):
        """Keep what a person says, with the sentence that shows each theme."""
        themes = self.theme_ids | self.mention_ids.theme_id
        reader = KeywordReader(themes._keyword_lists())
        wanted = {comment: comment.theme_ids for comment in self}
        for comment, chosen in wanted.items():
            mentions = comment.mention_ids.sudo()
            mentions.filtered(lambda m, c=chosen: m.theme_id not in c).unlink()
            self.env["feedback.mention"].sudo().create(
                [
                    comment._prepare_mention(reader, theme, "staff")
                    for theme in chosen - comment.mention_ids.theme_id
                ]
            )
        self.action_check()

    def _prepare_mention(self, reader, theme, origin, chance=None):
        """:return: values of a mention of a theme, as a reader shows it"""
        self.ensure_one()
        sentence, clause = shown_by(reader, theme.id, self.text)
        return {
            "comment_id": self.id,
            "theme_id": theme.id,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "date": self.date,
            "sentence": sentence,
            "sentiment": self.env["feedback.mention"]._sentiment_of(clause),
            "origin": origin,
            "chance": chance,
        }

    def action_check(self):
        """Say that the themes are right: they stay, and are learned from."""
        if not self.env.user.has_group("feedback_survey.group_agent"):
            raise AccessError(self.env._("Only feedback agents correct themes."))
        self.check_access("write")
        self.write(
            {
                "is_checked": True,
                "checked_on": fields.Datetime.now(),
                "checked_by_id": self.env.uid,
            }
        )

    def action_uncheck(self):
        """Let the next run read these comments anew."""
        self.check_access("write")
        self.write(
            {
                "is_checked": False,
                "checked_on": False,
                "checked_by_id": False,
                "read_with": False,
            }
        )

    def action_open_answers(self):
        """Open the scored answers given together with this comment."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "feedback_survey.feedback_answer_action"
            ),
            "domain": [("user_input_id", "=", self.user_input_id.id)],
            "context": {},
        }

    # === COLLECTING === #

    @api.model
    def _comment_sources(self):
        """Where comments come from.

        An add-on adds a field that links the comment to its source, and a query.

        :return: ``{name of the link: SELECT of id, survey_id, partner_id, company_id,
            date, channel, text}`` (SQL); partner_id is the customer, or NULL
        """
        return {
            "user_input_id": SQL(
                """
                SELECT DISTINCT ON (user_input_id) user_input_id AS id, survey_id,
                       partner_id, company_id, date, channel, comment AS text
                FROM feedback_answer
                WHERE user_input_id IS NOT NULL AND comment IS NOT NULL
                ORDER BY user_input_id, id
                """
            ),
            "case_id": SQL(
                """
                SELECT complaint.id, NULL::int AS survey_id,
                       partner.commercial_partner_id AS partner_id,
                       complaint.company_id, complaint.create_date AS date,
                       complaint.channel, complaint.description AS text
                FROM feedback_case complaint
                JOIN res_partner partner ON partner.id = complaint.partner_id
                WHERE complaint.participation_id IS NULL
                """
            ),
        }

    @api.model
    def _collect(self):
        """Bring comments up to date with their sources: new, changed, taken away.

        :return: number of comments that are new or have changed
        """
        self.env.flush_all()
        changed = 0
        for link, query in self._comment_sources().items():
            column = SQL.identifier(link)
            self.env.cr.execute(self._forget_query(column, query))
            self.env.cr.execute(self._collect_query(column, query))
            changed += self.env.cr.rowcount
        self._follow_customers()
        self._blur()
        self.env.invalidate_all(flush=False)
        return changed

    @api.model
    def _follow_customers(self):
        """Mentions belong to the customer of their comment, also after a merge."""
        self.env.cr.execute(
            SQL(
                """UPDATE feedback_mention mention SET partner_id = comment.partner_id
                   FROM feedback_comment comment
                   WHERE comment.id = mention.comment_id
                     AND mention.partner_id IS DISTINCT FROM comment.partner_id"""
            )
        )

    def _blur(self):
        """Let anonymous comments and their mentions tell no more of when they came than
        the answers do: by SQL, for the moments of the rows themselves.

        Of all comments, if there are none in ``self``.
        """
        self.env.flush_all()
        forgotten = SQL(
            """SELECT comment.id, comment.date
               FROM feedback_comment comment
               JOIN survey_user_input answer ON answer.id = comment.user_input_id
               WHERE answer.is_feedback_forgotten AND %s""",
            SQL("comment.id = ANY(%s)", self.ids) if self else SQL("TRUE"),
        )
        for table, link in (
            ("feedback_comment", "id"),
            ("feedback_mention", "comment_id"),
        ):
            self.env.cr.execute(
                SQL(
                    """UPDATE %(table)s known
                       SET create_date = said.date, write_date = said.date,
                           create_uid = 1, write_uid = 1
                       FROM (%(forgotten)s) said
                       WHERE known.%(link)s = said.id
                         AND (known.create_date, known.write_date)
                             IS DISTINCT FROM (said.date, said.date)""",
                    table=SQL.identifier(table),
                    forgotten=forgotten,
                    link=SQL.identifier(link),
                )
            )
        self.env.invalidate_all()

    @api.model
    def _forget_query(self, column, query):
        """Comments whose words are gone at the source, by erasure say, go too (SQL)."""
        return SQL(
            """
            DELETE FROM feedback_comment known
            WHERE known.%(column)s IS NOT NULL AND NOT EXISTS (
                SELECT FROM (%(query)s) source
                WHERE source.id = known.%(column)s AND TRIM(source.text) <> '')
            """,
            column=column,
            query=query,
        )

    @api.model
    def _collect_query(self, column, query):
        """New words are read anew; another customer leaves the themes as they are
        (SQL)."""
        return SQL(
            """
            INSERT INTO feedback_comment AS known (
                %(column)s, survey_id, partner_id, company_id, date, channel, text,
                is_checked, create_uid, create_date, write_uid, write_date)
            SELECT id, survey_id, partner_id, company_id, date, channel, text,
                   FALSE, %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                   now() AT TIME ZONE 'UTC'
            FROM (%(query)s) source WHERE TRIM(text) <> ''
            ON CONFLICT (%(column)s) DO UPDATE
            SET text = EXCLUDED.text, partner_id = EXCLUDED.partner_id,
                read_with = CASE WHEN known.text = EXCLUDED.text
                                 THEN known.read_with END,
                is_checked = known.is_checked AND known.text = EXCLUDED.text,
                checked_on = CASE WHEN known.text = EXCLUDED.text
                                  THEN known.checked_on END,
                checked_by_id = CASE WHEN known.text = EXCLUDED.text
                                     THEN known.checked_by_id END
            WHERE known.text <> EXCLUDED.text
               OR known.partner_id IS DISTINCT FROM EXCLUDED.partner_id
            """,
            column=column,
            query=query,
            uid=self.env.uid,
        )
