from odoo import fields


class NullableFloat(fields.Float):
    """A number that may be unknown: averages leave it out, where 0 would count.

    Read by Python an unknown number is 0.0, as any other empty number is.
    """

    def convert_to_cache(self, value, record, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_cache(value, record, validate)

    def convert_to_column(self, value, record, values=None, validate=True):
        if value is None or value is False:
            return None
        return super().convert_to_column(value, record, values, validate)
