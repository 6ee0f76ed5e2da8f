"""Fields that show a contact's profile without a column on the contact."""

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

_ZERO_MATCHES = {
    "in": lambda values: 0 in values,  # False is 0, too
    "<": lambda value: 0 < value,
    "<=": lambda value: 0 <= value,
    ">": lambda value: 0 > value,
    ">=": lambda value: 0 >= value,
}


class ProfileMany2one(fields.Many2one):
    """The profile of a contact in the active company, without a column of its own.

    Joined on contact and company, so that related fields through it can be grouped,
    sorted and searched, and nightly scoring never writes contacts. The join obeys the
    record rules of the user, although related fields are traversed as superuser.
    """

    def join(self, model, alias, query):
        profiles = model.env[self.comodel_name].sudo(False)
        in_company = Domain("company_id", "=", model.env.company.id)
        if profiles.has_access("read"):
            readable = profiles._search(in_company, active_test=False)
        else:
            readable = profiles.sudo()._search(Domain.FALSE)
        coalias = query.make_alias(alias, self.name)
        query.add_join(
            "LEFT JOIN",
            coalias,
            SQL("(%s)", readable.select(SQL("customer_profile.*"))),
            SQL(
                "%s = %s",
                SQL.identifier(coalias, "partner_id"),
                SQL.identifier(alias, "id"),
            ),
        )
        return profiles.sudo(), coalias


class _ProfileFigure(fields.Field):
    """A figure of the profile; contacts without a profile count as zero.

    The search of core's related fields takes any comparison with zero, ``> 0`` too,
    for one that contacts without a profile satisfy.
    """

    def _search_related(self, records, operator, value):
        if operator not in _ZERO_MATCHES:
            return NotImplemented
        link, name = self.related.split(".")
        found = Domain(link, "any", [(name, operator, value)])
        if _ZERO_MATCHES[operator](value):
            found |= Domain(link, "=", False)
        return found


class ProfileInteger(_ProfileFigure, fields.Integer):
    """A whole number of the profile."""


class ProfileMonetary(_ProfileFigure, fields.Monetary):
    """An amount of the profile."""


class ProfileFloat(_ProfileFigure, fields.Float):
    """A decimal number of the profile."""
