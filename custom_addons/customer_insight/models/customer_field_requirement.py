from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

_TEXTS = ("char", "text", "html")
_TYPES = (*_TEXTS, "many2one", "date", "datetime", "selection")


class CustomerFieldRequirement(models.Model):
    """A field of a contact that should be filled in, and for which customers."""

    _name = "customer.field.requirement"
    _description = "Required Customer Field"
    _order = "sequence, id"
    _rec_name = "field_name"

    sequence = fields.Integer(default=10)
    field_name = fields.Selection(
        selection="_selection_field", string="Contact Field", required=True
    )
    applies_to = fields.Selection(
        [
            ("all", "Persons and companies"),
            ("person", "Persons"),
            ("company", "Companies"),
        ],
        required=True,
        default="all",
    )
    buyers = fields.Selection(
        [
            ("all", "Prospects and buyers"),
            ("prospect", "Prospects"),
            ("buyer", "Buyers"),
        ],
        string="Customers",
        required=True,
        default="all",
    )
    weight = fields.Integer(required=True, default=1)

    _weight_positive = models.Constraint(
        "CHECK (weight BETWEEN 1 AND 100)", "A weight lies between 1 and 100."
    )
    _field_uniq = models.UniqueIndex(
        "(field_name, applies_to, buyers)", "This field is required of them already."
    )

    @api.model
    def _selection_field(self):
        """Fields of which SQL can tell for all customers whether they are filled in."""
        partner = self.env["res.partner"]
        found = [
            (name, field._description_string(self.env))
            for name, field in partner._fields.items()
            if field.store
            and field.type in _TYPES
            and not field.company_dependent
            and name not in models.LOG_ACCESS_COLUMNS
            and not field.readonly
        ]
        return sorted(found, key=lambda item: item[1] or "")

    @api.constrains("field_name")
    def _check_field_name(self):
        known = dict(self._selection_field())
        for requirement in self:
            if requirement.field_name not in known:
                raise ValidationError(
                    self.env._(
                        "%(field)s cannot be required: choose a stored field of a"
                        " contact that is the same for all companies.",
                        field=requirement.field_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        requirements = super().create(vals_list)
        self._changed()
        return requirements

    def write(self, vals):
        result = super().write(vals)
        self._changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._changed()
        return result

    def _changed(self):
        self.env.registry.clear_cache()
        self.env["customer.profile"]._trigger_full_refresh()

    @api.model
    @tools.ormcache()
    def _names(self):
        """:return: names of the contact fields that are required of anybody"""
        return frozenset(self._all().mapped("field_name"))

    @api.model
    def _all(self):
        # what is required is no secret, and the list is short
        return self.sudo().search([])  # pylint: disable=no-search-all

    def _column(self):
        """:return: the field as Odoo knows it, None if its add-on is gone"""
        self.ensure_one()
        return self.env["res.partner"]._fields.get(self.field_name)

    def _filled_sql(self):
        """Whether the field is filled in (SQL over the alias partner)."""
        field = self._column()
        column = SQL.identifier("partner", field.name)
        if field.type in _TEXTS and not field.translate:
            return SQL("COALESCE(TRIM(%s), '') <> ''", column)
        return SQL("%s IS NOT NULL", column)

    def _applies_sql(self):
        """Whether the field is required of a customer (SQL, aliases partner, fact)."""
        return SQL(
            "%s AND %s",
            {
                "all": SQL("TRUE"),
                "person": SQL("partner.is_company IS NOT TRUE"),
                "company": SQL("partner.is_company"),
            }[self.applies_to],
            {
                "all": SQL("TRUE"),
                "prospect": SQL("COALESCE(fact.purchase_days, 0) = 0"),
                "buyer": SQL("COALESCE(fact.purchase_days, 0) > 0"),
            }[self.buyers],
        )

    def _is_required_of(self, profile):
        """The same for one profile."""
        company, buyer = profile.is_company, bool(profile.purchase_days)
        return (
            self.applies_to in ("all", "company" if company else "person")
        ) and self.buyers in ("all", "buyer" if buyer else "prospect")
