import base64
import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.barcode import createBarcodeDrawing


class FeedbackPlace(models.Model):
    """A door to a survey for people nobody invited: a QR code, a link, a form.

    What is answered there belongs to nobody: an address that a stranger typed is no
    proof.
    """

    _name = "feedback.place"
    _description = "Feedback Place"
    _order = "name, id"

    name = fields.Char(required=True, help="Where it hangs or which site shows it.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    survey_id = fields.Many2one(
        "survey.survey",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('has_metrics', '=', True),"
        " ('company_id', 'in', (False, company_id))]",
    )
    team_id = fields.Many2one(
        "crm.team", string="Sales Team", help="The answers count for this team."
    )
    token = fields.Char(
        readonly=True,
        required=True,
        copy=False,
        default=lambda self: secrets.token_urlsafe(24),
    )
    allowed_sites = fields.Char(
        string="Shown On",
        help="Addresses of web sites that may show the form, such as"
        " https://www.example.com, separated by spaces.",
    )
    url = fields.Char(string="Link", compute="_compute_url")
    qr_code = fields.Binary(string="QR Code", compute="_compute_url")
    embed_code = fields.Text(compute="_compute_url")
    answer_count = fields.Integer(compute="_compute_answer_count")

    _token_uniq = models.UniqueIndex("(token)")

    @api.depends("token", "name")
    def _compute_url(self):
        for place in self:
            place.url = f"{place.company_id.get_base_url()}{place._path()}"
            drawing = createBarcodeDrawing(
                "QR", value=place.url, format="svg", width=400, height=400
            )
            # a vector: it is printed, and needs no library to draw pixels
            place.qr_code = base64.b64encode(drawing.asString("svg").encode())
            place.embed_code = (
                f'<iframe src="{place.url}" title="Feedback" width="100%" height="640"'
                ' style="border: 0"></iframe>'
            )

    def _path(self):
        return f"/feedback/p/{self.token}"

    def _compute_answer_count(self):
        counts = dict(
            self.env["feedback.answer"]._read_group(
                [("place_id", "in", self.ids)], ["place_id"], ["__count"]
            )
        )
        for place in self:
            place.answer_count = counts.get(place._origin, 0)

    @api.constrains("allowed_sites")
    def _check_allowed_sites(self):
        for place in self:
            for site in (place.allowed_sites or "").split():
                if not re.fullmatch(r"https?://[\w.-]+(:\d+)?", site, re.ASCII):
                    raise ValidationError(
                        self.env._(
                            "“%(site)s” is no address of a web site: write it like"
                            " https://www.example.com.",
                            site=site,
                        )
                    )

    @api.constrains("survey_id", "company_id")
    def _check_company(self):
        for place in self:
            company = place.survey_id.company_id
            if company and company != place.company_id:
                raise ValidationError(
                    self.env._("The survey belongs to another company.")
                )

    def action_open_answers(self):
        """Open what was answered here."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "feedback_survey.feedback_answer_action"
        )
        return {
            **action,
            "display_name": self.name,
            "domain": [("place_id", "=", self.id)],
            "context": {},
        }

    def action_new_link(self):
        """Make a new link: what was printed with the old one opens no more."""
        self.check_access("write")
        for place in self:
            place.token = secrets.token_urlsafe(24)
