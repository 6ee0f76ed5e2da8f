from odoo import Command, api, fields, models

from ..engine import scores
from .nullable_float import NullableFloat
from .survey_question import METRICS
from .survey_user_input import CHANNELS


class FeedbackAnswer(models.Model):
    """One scored answer of one person, with what was asked and how it counts.

    Rows are written when a survey is completed and never edited: they keep the
    question's words and scale, so that old scores stay what they were when the survey
    changes. Trial answers do not count.
    """

    _name = "feedback.answer"
    _description = "Scored Answer"
    _order = "date desc, id desc"
    _rec_name = "question"

    user_input_id = fields.Many2one(
        "survey.user_input",
        string="Participation",
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    survey_id = fields.Many2one(
        "survey.survey", readonly=True, index=True, ondelete="cascade"
    )
    question_id = fields.Many2one(
        "survey.question", readonly=True, index="btree_not_null", ondelete="set null"
    )
    question = fields.Char(
        string="Asked",
        required=True,
        readonly=True,
        help="What was asked, in the words of that day.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        index="btree_not_null",
        help="The customer: the company of the person who answered, or the person.",
    )
    contact_id = fields.Many2one("res.partner", string="Answered By", readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    date = fields.Datetime(required=True, readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        help="Of the order asked about; otherwise the customer's on that day.",
    )
    sale_order_id = fields.Many2one(
        "sale.order",
        string="Order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", readonly=True, ondelete="set null"
    )
    place_id = fields.Many2one("feedback.place", readonly=True, ondelete="set null")
    is_held = fields.Boolean(
        string="Held Back",
        readonly=True,
        help="Anonymous answers are hidden until there are enough of them.",
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Products",
        readonly=True,
        help="What was ordered: the answer counts for each of them.",
    )
    product_category_ids = fields.Many2many(
        "product.category", string="Product Lines", readonly=True
    )
    lifecycle_stage = fields.Selection(
        lambda self: (
            self.env["customer.profile"]
            ._fields["lifecycle_stage"]
            ._description_selection(self.env)
        ),
        string="Stage",
        readonly=True,
        help="The customer's stage on that day.",
    )
    rfm_segment_id = fields.Many2one(
        "customer.segment",
        string="Segment",
        readonly=True,
        help="The customer's segment on that day.",
    )
    metric = fields.Selection(METRICS, required=True, readonly=True)
    dimension_id = fields.Many2one("feedback.dimension", readonly=True)
    score = fields.Integer(readonly=True, aggregator="avg")
    scale_max = fields.Integer(readonly=True, aggregator=None)
    comment = fields.Text(readonly=True)
    category = fields.Selection(
        [
            ("promoter", "Promoter"),
            ("passive", "Passive"),
            ("detractor", "Detractor"),
            ("content", "Content"),
            ("discontent", "Not Content"),
        ],
        readonly=True,
    )
    nps_points = NullableFloat(
        string="NPS",
        readonly=True,
        aggregator="avg",
        help="100 for a promoter, 0 for a passive, -100 for a detractor: the average of"
        " any group is its NPS.",
    )
    content_points = NullableFloat(
        string="Content %",
        readonly=True,
        aggregator="avg",
        help="100 for a content answer, otherwise 0: the average of any group is its"
        " CSAT or CES.",
    )

    _answer_uniq = models.UniqueIndex("(user_input_id, question_id)")
    _company_metric_idx = models.Index("(company_id, metric, date)")
    _score_valid = models.Constraint(
        """CHECK (CASE metric WHEN 'nps' THEN score BETWEEN 0 AND 10
                              WHEN 'ces' THEN score BETWEEN 1 AND 7
                              ELSE score BETWEEN 1 AND 5 END)""",
        "The answer is not on the scale of its question.",
    )

    @api.model
    def _record(self, participations):
        """Record the scored answers of completed participations.

        Recording the same participation again adds nothing.

        :param participations: survey.user_input
        :return: the new feedback.answer records
        """
        done = participations.filtered(
            lambda participation: (
                participation.state == "done"
                and not participation.test_entry
                and not participation.feedback_answer_ids
            )
        )
        answers = self.create(
            [
                self._prepare_vals(participation, line)
                for participation in done
                for line in participation.user_input_line_ids
                if line.question_id.metric and not line.skipped
            ]
        )
        self.env["feedback.case"]._open_for(answers)
        self.env["customer.profile.queue"]._add(
            (answer.partner_id.id, answer.company_id.id)
            for answer in answers
            if answer.partner_id
        )
        return answers

    @api.model
    def _prepare_vals(self, participation, line):
        """:return: the values of the answer in one line of a participation"""
        question, contact = line.question_id, participation.partner_id
        customer = contact.commercial_partner_id
        company = participation.company_id
        profile = self._profile_of(customer, company)
        return {
            "user_input_id": participation.id,
            "survey_id": participation.survey_id.id,
            "question_id": question.id,
            "question": question.title,
            "partner_id": customer.id,
            "contact_id": contact.id,
            "company_id": company.id,
            "date": participation.end_datetime,
            "channel": participation.feedback_channel,
            **self._document_vals(participation),
            "lifecycle_stage": profile.lifecycle_stage,
            "rfm_segment_id": profile.rfm_segment_id.id,
            "metric": question.metric,
            "dimension_id": question.dimension_id.id,
            "score": line.value_scale,
            "scale_max": question.scale_max,
            "comment": self._comment(participation),
            **self._points(question.metric, line.value_scale),
        }

    @api.model
    def _document_vals(self, participation):
        """:return: whom and what the answer is about, as values of its row"""
        order = participation.feedback_order_id
        seller = participation.feedback_seller_id or order.user_id
        products = order.order_line.filtered(
            lambda line: not line.display_type and line.product_uom_qty > 0
        ).product_id
        return {
            "user_id": (
                seller or participation.partner_id.commercial_partner_id.user_id
            ).id,
            "sale_order_id": order.id,
            "place_id": participation.feedback_place_id.id,
            "team_id": (participation.feedback_team_id or order.team_id).id,
            "product_ids": [Command.set(products.ids)],
            "product_category_ids": [Command.set(products.categ_id.ids)],
        }

    @api.model
    def _profile_of(self, customer, company):
        """:return: the customer's profile, read on behalf of a public respondent

        Not by the contact's own field: that one obeys the rights of whoever asks.
        """
        profiles = self.env["customer.profile"].sudo().with_context(active_test=False)
        return profiles.search(
            [("partner_id", "=", customer.id), ("company_id", "=", company.id)], limit=1
        )

    @api.model
    def _points(self, metric, score):
        """:return: how an answer counts, as values of its row"""
        if metric == "nps":
            category = scores.category(score)
            points = {"promoter": 100, "passive": 0, "detractor": -100}[category]
            return {"category": category, "nps_points": points, "content_points": None}
        content = scores.is_content(metric, score)
        return {
            "category": "content" if content else "discontent",
            "nps_points": None,
            "content_points": 100 if content else 0,
        }

    def _is_bad(self):
        """Whether this answer opens a case: at or below the company's threshold.

        The threshold of NPS is its own; that of the other metrics is given for five
        steps and holds for the same share of a longer scale.
        """
        self.ensure_one()
        company = self.company_id
        if self.metric == "nps":
            return self.score <= company.feedback_case_nps
        return self.score * 5 <= company.feedback_case_rating * self.scale_max

    @api.model
    def _comment(self, participation):
        """:return: the texts meant to explain the scores, a paragraph each, or False"""
        texts = [
            line.value_text_box or line.value_char_box
            for line in participation.user_input_line_ids
            if line.question_id.is_feedback_comment and not line.skipped
        ]
        return "\n\n".join(text for text in texts if text) or False

    def action_open_case(self):
        """Open the case of this answer, or begin one."""
        self.ensure_one()
        cases = self.env["feedback.case"]
        case = cases.search([("participation_id", "=", self.user_input_id.id)], limit=1)
        action = case._get_records_action()
        if not case:
            action["context"] = {
                f"default_{name}": value
                for name, value in cases._prepare_case_vals(self).items()
            }
        return action

    def action_open_participation(self):
        """Open all that the person answered this time."""
        self.ensure_one()
        return self.user_input_id._get_records_action()
