"""Giving out what is stored of a person, to that person: feedback, scores, segments.

What is erased on request (see ``feedback.erasure``) is what is given out on request;
but only of the one person, not of colleagues who are contacts of the same customer.
"""

import io
import json
import tempfile
import zipfile
from pathlib import Path

from odoo import api, fields, models
from odoo.addons.customer_insight.report.cells import Locale
from odoo.addons.customer_insight.report.section import Column, Section
from odoo.addons.customer_insight.report.workbook import ReportWorkbook
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext
from odoo.tools.osutil import clean_filename

_WIDE = ("text", "html")
#: Whose messages, to-dos and files are about the person.
_THREADS = (
    "survey.user_input",
    "feedback.request",
    "feedback.case",
    "feedback.case.handover",
    "feedback.post",
)


class FeedbackGiveOut(models.AbstractModel):
    _name = "feedback.give.out"
    _description = "Giving Out What Is Stored of a Person"

    @api.model
    def _given_fields(self):
        """What is given out of each model; who works on it is nobody's business.

        :return: ``{model: names of fields}``, in the order of the sheets
        """
        return {
            "res.partner": [
                *("name", "email", "phone", "lang", "birthdate", "gender"),
                *("occupation", "function", "street", "city", "zip"),
                *("is_blacklisted", "insight_objection", "insight_objection_date"),
            ],
            "customer.profile": [
                *("as_of", "rfm_score", "rfm_segment_id", "value_class"),
                *("lifecycle_stage", "stage_since", "health_score", "health_band"),
                *("churn_risk", "purchase_count", "amount_total"),
            ],
            "customer.segment.membership": [
                *("segment_id", "date_from", "date_to", "reason", "exit_reason"),
            ],
            "feedback.address": ["email", "last_asked_on", "opted_out_on"],
            "feedback.request": [
                *("survey_id", "channel", "email", "lang", "sale_order_id"),
                *("event_date", "scheduled_at", "state", "reason", "sent_at"),
                *("answered_at", "reminders_sent"),
            ],
            "survey.user_input": [
                *("survey_id", "create_date", "end_datetime", "state", "nickname"),
                *("email", "feedback_channel", "feedback_order_id"),
                *("feedback_consent", "feedback_written"),
            ],
            "survey.user_input.line": [
                *("survey_id", "create_date", "question_id", "matrix_row_id"),
                "answer_type",
            ],
            "feedback.answer": [
                *("date", "question", "metric", "dimension_id", "score", "scale_max"),
                *("category", "comment", "channel", "sale_order_id", "product_ids"),
                *("place_id", "lifecycle_stage", "rfm_segment_id"),
            ],
            "customer.preference": ["date", "kind", "value", "question_id"],
            "feedback.comment": ["date", "channel", "text", "sentiment", "theme_ids"],
            "feedback.case": [
                *("create_date", "name", "description", "channel", "sale_order_id"),
                *("product_id", "severity", "cause_id", "state", "deadline", "outcome"),
                *("resolution", "customer_informed_on", "closed_on", "reopened"),
                "auto_replied_on",
            ],
            "feedback.case.handover": [
                *("sent_on", "subject", "question", "answer", "answered_on"),
            ],
            "feedback.compensation": [
                *("case_id", "kind", "note", "amount", "currency_id", "granted_on"),
            ],
            "feedback.post": [
                *("date", "platform", "kind", "external_id", "author", "text"),
                *("rating", "url"),
            ],
            "mail.message": ["date", "model", "subject", "body", "attachment_ids"],
            "mail.activity": ["date_deadline", "res_model", "summary", "note"],
        }

    @api.model
    def _given_records(self, partner, companies):
        """:return: ``{model: records}`` of one person in companies, whoever asks"""
        person = self._same_person(partner)
        env = self.sudo().with_context(active_test=False).env
        there = Domain("company_id", "in", companies.ids)
        own = Domain("partner_id", "in", person.ids) & there
        given = {
            model: env[model].search(own, order="id")
            for model in ("feedback.request", "feedback.case", "feedback.post")
        }
        given["res.partner"] = person
        given["feedback.address"] = env["feedback.address"].search(
            [("email", "in", list(filter(None, person.mapped("email_normalized"))))]
        )
        for model in ("customer.profile", "customer.segment.membership"):
            given[model] = env[model].search(own, order="id")
        entries = env["feedback.erasure"]._participations(own)
        cases, posts = given["feedback.case"], given["feedback.post"]
        given["survey.user_input"] = entries
        given["survey.user_input.line"] = entries.user_input_line_ids
        given["feedback.answer"] = entries.feedback_answer_ids
        given["customer.preference"] = env["customer.preference"].search(
            [("user_input_id", "in", entries.ids)]
        )
        given["feedback.comment"] = env["feedback.comment"].search(
            Domain("user_input_id", "in", entries.ids)
            | Domain("case_id", "in", cases.ids)
            | Domain("post_id", "in", posts.ids)
        )
        given["feedback.case.handover"] = cases.handover_ids
        given["feedback.compensation"] = env["feedback.compensation"].search(
            [("case_id", "in", cases.ids)]
        )
        for model, about in (("mail.message", "model"), ("mail.activity", "res_model")):
            given[model] = env[model].search(self._about(given, about), order="id")
        given["mail.message"] = given["mail.message"].filtered(
            # notices to staff repeat what stands elsewhere, and name them
            lambda message: (
                message.message_type != "user_notification"
                and (message.subject or message.body or message.attachment_ids)
            )
        )
        return given

    @api.model
    def _same_person(self, partner):
        """:return: a contact with its further addresses; other people who belong to
        the same customer are left out, and so are addresses with a mailbox of theirs
        """
        known = self.sudo().with_context(active_test=False).env["res.partner"]
        mailboxes = (False, partner.email_normalized)
        addresses = known.search(
            [("parent_id", "=", partner.id), ("type", "!=", "contact")]
        ).filtered(lambda one: one.email_normalized in mailboxes)
        return known.browse(partner.id) + addresses

    @api.model
    def _about(self, given, name):
        """:return: domain on what hangs on the records given out"""
        return Domain.OR(
            Domain(name, "=", model) & Domain("res_id", "in", given[model].ids)
            for model in _THREADS
        )

    # === THE FILE === #

    @api.model
    def _give_out(self, partner, companies):
        """Pack what is stored of a person: as a workbook to read, as JSON for programs,
        and the files that were sent.

        That it was given out is noted on the contact.

        :return: name and content of a ZIP file
        :raise AccessError: if the user is no manager of feedback
        """
        partner.ensure_one()
        if not self.env.user.has_group("feedback_survey.group_manager"):
            raise AccessError(self.env._("Only managers of feedback give it out."))
        partner.check_access("read")
        self.env.flush_all()
        given = self._given_records(partner, companies & self.env.user.company_ids)
        tables = {
            model: self._rows_of(given[model], names)
            for model, names in self._given_fields().items()
            if given.get(model)
        }
        content = self._pack(tables, self._given_files(given))
        partner.sudo()._message_log(
            body=self.env._("What is stored in feedback was given out as a file.")
        )
        day = fields.Date.to_string(self.env.company._insight_today())
        title = self.env._("Feedback of %(name)s", name=partner.name or partner.id)
        return clean_filename(f"{title} {day}.zip", " "), content

    @api.model
    def _rows_of(self, records, names):
        """:return: ``[{field: value}]``; columns without any value are left out"""
        rows = [{name: self._show(one, name) for name in names} for one in records]
        used = [name for name in names if any(row[name] is not None for row in rows)]
        return [{name: row[name] for name in used} for row in rows]

    @api.model
    def _show(self, record, name):
        """:return: the value of a field as people read it; None if there is none"""
        field, value = record._fields[name], record[name]
        if name == "answer_type":
            return self._show_answer(record)
        if field.relational:
            return ", ".join(value.mapped("display_name")) or None
        if field.type == "datetime" and value:
            value = fields.Datetime.context_timestamp(record, value)
            return value.strftime("%Y-%m-%d %H:%M")
        if field.type == "date" and value:
            return fields.Date.to_string(value)
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value)
        if field.type == "html":
            return html2plaintext(value or "").strip() or None
        if field.type in ("integer", "float", "monetary"):
            return value
        if name in ("model", "res_model"):
            return self.env["ir.model"]._get(value).name
        return value or None

    @api.model
    def _show_answer(self, line):
        """:return: what was answered in a line of a participation"""
        if line.skipped or not line.answer_type:
            return None
        if line.answer_type == "suggestion":
            return line.suggested_answer_id.display_name or None
        return self._show(line, f"value_{line.answer_type}")

    @api.model
    def _given_files(self, given):
        """:return: the files that hang on the records or on their messages"""
        files = given["mail.message"].attachment_ids
        hanging = self._about(given, "res_model") & Domain("res_field", "=", False)
        return files | files.search(hanging)

    @api.model
    def _pack(self, tables, files):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as pack:
            pack.writestr(
                "feedback.json",
                json.dumps(tables, ensure_ascii=False, indent=1),
            )
            pack.writestr("feedback.xlsx", self._workbook(tables))
            for file in files:
                # the number keeps apart what has the same name
                name = clean_filename(file.name or "", " ")
                pack.writestr(f"files/{file.id} {name}", file.raw or b"")
        return stream.getvalue()

    @api.model
    def _workbook(self, tables):
        """:return: the content of an XLSX file with a sheet for each table (bytes)"""
        with tempfile.TemporaryDirectory(prefix="feedback_give_out_") as folder:
            path = Path(folder, "feedback.xlsx")
            workbook = ReportWorkbook(path, Locale(date="yyyy-mm-dd", money="#,##0.00"))
            for model, rows in tables.items():
                workbook.add(self._section(model, rows))
            workbook.close()
            return path.read_bytes()

    @api.model
    def _section(self, model, rows):
        columns = [self._column(self.env[model]._fields[name]) for name in rows[0]]
        cells = [
            tuple(None if cell is None else str(cell) for cell in row.values())
            for row in rows
        ]
        return Section(model, self.env["ir.model"]._get(model).name, columns, cells)

    @api.model
    def _column(self, field):
        if field.name == "answer_type":
            return Column(self.env._("Answer"), "note", 60)
        wide = field.type in _WIDE
        title = field._description_string(self.env)
        return Column(title, "note" if wide else "text", 60 if wide else 22)


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_give_out_feedback(self):
        """Download what is stored of a person in the feedback of the chosen companies.

        :raise AccessError: if the user is no manager of feedback
        :raise UserError: if several are chosen: each gets a file of their own
        """
        if not self.env.user.has_group("feedback_survey.group_manager"):
            raise AccessError(self.env._("Only managers of feedback give it out."))
        if len(self) != 1:
            raise UserError(
                self.env._("Choose one person: nobody else's data may be in the file.")
            )
        self.check_access("read")
        companies = ",".join(map(str, self.env.companies.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/feedback_survey/give_out/{self.id}?companies={companies}",
            "target": "download",
        }
