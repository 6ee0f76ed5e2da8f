from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

#: Bands of age: code, label, youngest age. The last one is open.
AGE_BANDS = [
    ("0", "Under 18", 0),
    ("18", "18–24", 18),
    ("25", "25–34", 25),
    ("35", "35–44", 35),
    ("45", "45–54", 45),
    ("55", "55–64", 55),
    ("65", "65 and older", 65),
]
_OLDEST = 1000
#: What is derived of a customer, all by ``partner_id``; first what refers to others.
_DERIVED = (
    "customer.segment.membership",
    "customer.stage.move",
    "customer.snapshot",
    "customer.warning",
    "customer.profile",
)


def age_order(direction, nulls):
    """How ages are sorted: by the date of birth, for who is older was born earlier.

    :param direction: SQL ``ASC``, ``DESC`` or empty, as the ORM has it
    :param nulls: SQL ``NULLS FIRST``, ``NULLS LAST`` or empty
    :return: field, direction and nulls that sort by age as asked
    """
    is_down = direction.code == "DESC"
    if not nulls.code:
        nulls = SQL("NULLS FIRST") if is_down else SQL("NULLS LAST")
    return "birthdate", SQL("ASC") if is_down else SQL("DESC"), nulls


class ResPartner(models.Model):
    """Who the customer is as a person, and whether they object to being profiled."""

    _inherit = "res.partner"

    birthdate = fields.Date(string="Date of Birth", prefetch="customer_insight")
    age = fields.Integer(
        compute="_compute_age",
        search="_search_age",
        aggregator=None,
        help="Whole years on the day it is asked for. Born on 29 February, one is a"
        " year older on 1 March of years without that day.",
    )
    age_band = fields.Selection(
        [(code, label) for code, label, __ in AGE_BANDS],
        compute="_compute_age",
        search="_search_age_band",
    )
    gender = fields.Selection(
        [("female", "Female"), ("male", "Male"), ("other", "Other")],
        prefetch="customer_insight",
    )
    occupation = fields.Char(prefetch="customer_insight")
    insight_objection = fields.Boolean(
        string="Objects to Profiling",
        help="This customer is left out of profiles, scores and segments, also of"
        " those made before.",
        prefetch="customer_insight",
    )
    insight_objection_date = fields.Date(
        string="Objected On", readonly=True, prefetch="customer_insight"
    )

    @api.constrains("birthdate")
    def _check_birthdate(self):
        for partner in self:
            if partner.birthdate and partner.birthdate > fields.Date.today():
                raise ValidationError(
                    self.env._("A date of birth cannot lie in the future.")
                )

    @api.depends("birthdate")
    @api.depends_context("insight_as_of", "company")
    def _compute_age(self):
        day = self._insight_day()
        for born, partners in self.grouped("birthdate").items():
            if not born or born > day:
                partners.age = partners.age_band = False
                continue
            birthday_ahead = (day.month, day.day) < (born.month, born.day)
            age = day.year - born.year - birthday_ahead
            partners.age = age
            partners.age_band = [
                code for code, __, youngest in AGE_BANDS if youngest <= age
            ][-1]

    def _search_age(self, operator, value):
        """Compare the age by the date of birth, so that an index can help."""
        if operator == "in":
            return Domain.OR(
                Domain("birthdate", "=", False)
                if age in (False, None)
                else self._born_for(int(age), int(age))
                for age in value
            )
        border = int(value)
        spans = {
            ">=": (border, _OLDEST),
            ">": (border + 1, _OLDEST),
            "<=": (0, border),
            "<": (0, border - 1),
        }
        if operator not in spans:
            return NotImplemented
        return self._born_for(*spans[operator])

    def _search_age_band(self, operator, value):
        if operator != "in":
            return NotImplemented
        starts = [youngest for __, __, youngest in AGE_BANDS] + [_OLDEST]
        spans = {
            code: (youngest, starts[position + 1] - 1)
            for position, (code, __, youngest) in enumerate(AGE_BANDS)
        }
        return Domain.OR(
            self._born_for(*spans[code])
            if code in spans
            else Domain("birthdate", "=", False)
            for code in value
        )

    def _born_for(self, youngest, oldest):
        """:return: domain of those whose age lies between two ages, both included"""
        if oldest < youngest:
            return Domain.FALSE
        day = self._insight_day()
        born = Domain("birthdate", "<=", day - relativedelta(years=youngest))
        if oldest >= _OLDEST - 1:
            return born
        return born & Domain("birthdate", ">", day - relativedelta(years=oldest + 1))

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name in ("age", "age_band"):
            field_name, direction, nulls = age_order(direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _insight_day(self):
        """The day ages are asked for: ``insight_as_of`` of the context, or today."""
        as_of = self.env.context.get("insight_as_of")
        return fields.Date.to_date(as_of) or self.env.company._insight_today()

    # === OBJECTION TO PROFILING === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._date_objection(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._date_objection(vals)
        result = super().write(vals)
        if vals.get("insight_objection"):
            self._forget_profiling()
        elif "insight_objection" in vals:
            self._profile_again()
        return result

    @api.model
    def _date_objection(self, vals):
        if "insight_objection" in vals:
            vals["insight_objection_date"] = (
                fields.Date.context_today(self) if vals["insight_objection"] else False
            )

    def _forget_profiling(self):
        """Remove at once what was derived of customers who object to profiling.

        An add-on that stores figures of customers extends this. It gets the customers
        themselves; their documents stay.
        """
        for model in _DERIVED:
            self.env[model].sudo().with_context(  # derived rows, nobody's to delete
                active_test=False
            ).search([("partner_id", "in", self.ids)]).unlink()
        # what they said stays noted, what was concluded from their behaviour does not
        self.env["customer.need.evidence"].sudo().search(
            [("partner_id", "in", self.ids), ("source", "=", "behaviour")]
        ).unlink()

    def _profile_again(self):
        """Compute the profiles of customers who no longer object."""
        companies = self.env["customer.profile"]._all_companies()
        self.env["customer.profile.queue"]._add(
            (partner.id, company.id) for partner in self for company in companies
        )
