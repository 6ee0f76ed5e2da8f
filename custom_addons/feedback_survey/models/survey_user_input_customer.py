"""Writing what was answered to the contact, with the interview as evidence."""

import logging

from markupsafe import Markup
from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)
#: By these contacts are found: a stranger gives them to nobody who is known already.
_WHO = ("email", "phone")


class SurveyUserInput(models.Model):
    """Fields of the customer: staff write them, others fill what is empty.

    Nothing that was known is changed by a page. What was told otherwise is noted on the
    contact, as is whatever is not valid.
    """

    _inherit = "survey.user_input"

    is_person_unproven = fields.Boolean(
        string="Not Proven",
        readonly=True,
        copy=False,
        help="Somebody typed the address of this contact into a form: nobody proved"
        " that it was them.",
    )

    feedback_written = fields.Text(
        string="Written to the Customer",
        readonly=True,
        copy=False,
        help="Which fields of the contact these answers changed, and which not, and"
        " why.",
    )

    def _mark_done(self):
        fresh = self.filtered(lambda one: one.state != "done")
        result = super()._mark_done()
        for participation in fresh.sudo().filtered(
            lambda one: one.partner_id and not one.test_entry
        ):
            participation._write_customer()
        return result

    def _write_customer(self):
        """Write the answers that are fields of the contact; the answers stay if that
        fails."""
        lines = self.user_input_line_ids.filtered(
            lambda line: line.question_id.customer_field and not line.skipped
        )
        if not lines:
            return
        try:
            with self.env.cr.savepoint():
                self._note_on_customer([self._write_field(line) for line in lines])
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise  # the server repeats the whole transaction
        except Exception:
            _logger.exception("The contact of participation %s is as it was", self.id)

    def _write_field(self, line):
        """:return: ``(name of the field, what was there, what was told, why it was not
        written or None)``; None if nothing is new"""
        partner, name = self._writing_contact(), line.question_id.customer_field
        before = self._shown(name, partner[name])
        value, fault = line._customer_value(partner)
        told = line._get_answer_text() if fault else self._shown(name, value)
        if not fault:
            if partner[name] == value or before == told:
                return None
            fault = self._refusal(partner, name)
        if not fault:
            try:
                with self.env.cr.savepoint():
                    partner[name] = value
                    partner.flush_recordset([name])
            except (AccessError, UserError) as error:
                fault = str(error).splitlines()[0]
        return name, before, told, fault

    def _writing_contact(self):
        """:return: the contact, as it is written: with the rights of who asked"""
        partner = self.partner_id
        if self.feedback_user_id:
            partner = partner.with_user(self.feedback_user_id)
            companies = self.company_id & self.feedback_user_id.company_ids
            if companies:
                partner = partner.with_context(allowed_company_ids=companies.ids)
        return partner

    def _refusal(self, partner, name):
        """:return: why a valid value is not written, or None"""
        if self.feedback_user_id:
            if partner.has_access("write"):
                return None
            return self.env._("who asked may not change this contact")
        if partner[name]:
            return self.env._("told on a page, and something else is known")
        if self.is_person_unproven and name in _WHO:
            return self.env._("nobody proved that it was them")
        return None

    def _shown(self, name, value):
        """:return: a value as people read it (str)"""
        field = self.env["res.partner"]._fields[name]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        return str(value or "")

    def _note_on_customer(self, written):
        """Say on the contact what was written, what was not and why."""
        lines = []
        for name, before, told, fault in filter(None, written):
            label = self.env["res.partner"]._fields[name]._description_string(self.env)
            line = f"{label}: {before or '–'} → {told}"
            if fault:
                line = self.env._(
                    "%(field)s: “%(told)s” was not written: %(why)s.",
                    field=label,
                    told=told,
                    why=fault,
                )
            lines.append(line)
        if lines:
            self.feedback_written = "\n".join(lines)
            items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
            title = self.env._("Told in the survey")
            link = self._get_html_link(title=self.survey_id.title)
            self.partner_id._message_log(
                body=Markup("<p>%s: %s</p><ul>%s</ul>") % (title, link, items),
                author_id=self.feedback_user_id.partner_id.id
                or self.env.ref("base.partner_root").id,
            )


class SurveyUserInputLine(models.Model):
    _inherit = "survey.user_input.line"

    def _get_answer_text(self):
        """:return: what was answered, at most 200 characters (str)"""
        chosen = self.suggested_answer_id.value
        return str(chosen or self.value_char_box or self.value_date or "")[:200]
