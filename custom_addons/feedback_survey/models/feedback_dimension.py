from odoo import fields, models


class FeedbackDimension(models.Model):
    """What a question of the kind *dimension* asks about, such as service."""

    _name = "feedback.dimension"
    _description = "Feedback Dimension"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    description = fields.Text(
        translate=True, help="What belongs to this dimension, for those who ask."
    )

    _name_uniq = models.Constraint(
        "UNIQUE (name)", "There is a dimension of this name already."
    )
