from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

_WINDOW = timedelta(minutes=1)
_PARAMETER = "feedback_survey.posts_per_minute"
_MOST_POSTS = 20


class FeedbackHit(models.Model):
    """A form sent by somebody nobody invited: how many came from one network."""

    _name = "feedback.hit"
    _inherit = "customer.hit.mixin"
    _description = "Feedback Form Sent"

    @api.model
    def _count(self, address):
        """Note a form from a network. :return: whether it is one too many (bool)"""
        now = fields.Datetime.now()
        [[count]] = self.env.execute_query(
            SQL(
                """WITH added AS (INSERT INTO feedback_hit (digest, moment)
                                  VALUES (%(digest)s, %(now)s))
                   SELECT count(*) FROM feedback_hit
                   WHERE digest = %(digest)s AND moment > %(since)s""",
                digest=self._digest_of(self._network_of(address)),
                now=now,
                since=now - _WINDOW,
            )
        )
        parameters = self.env["ir.config_parameter"].sudo()
        return count >= int(parameters.get_param(_PARAMETER, _MOST_POSTS))
