import hashlib
import ipaddress
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

_WINDOW = timedelta(minutes=1)
_PARAMETER = "feedback_survey.posts_per_minute"
_MOST_POSTS = 20


class FeedbackHit(models.Model):
    """A form sent by somebody nobody invited: how many came from one network.

    Rows are only added, so that requests never wait for each other here. The network is
    kept as a keyed digest, for an hour.
    """

    _name = "feedback.hit"
    _description = "Feedback Form Sent"
    _log_access = False

    digest = fields.Char(required=True, readonly=True)
    moment = fields.Datetime(required=True, readonly=True)

    _recent_idx = models.Index("(digest, moment)")

    @api.model
    def _count(self, address):
        """Note a form from a network. :return: whether it is one too many (bool)"""
        parameters = self.env["ir.config_parameter"].sudo()
        secret = parameters.get_param("database.secret")
        network = self._network_of(address)
        digest = hashlib.sha256(f"{secret}:{network}".encode()).hexdigest()
        now = fields.Datetime.now()
        [[count]] = self.env.execute_query(
            SQL(
                """WITH added AS (INSERT INTO feedback_hit (digest, moment)
                                  VALUES (%(digest)s, %(now)s))
                   SELECT count(*) FROM feedback_hit
                   WHERE digest = %(digest)s AND moment > %(since)s""",
                digest=digest,
                now=now,
                since=now - _WINDOW,
            )
        )
        return count >= int(parameters.get_param(_PARAMETER, _MOST_POSTS))

    @api.model
    def _network_of(self, address):
        """:return: the address, of IPv6 the /64 that one household is given (str)"""
        try:
            known = ipaddress.ip_address((address or "").partition("%")[0])
        except ValueError:
            return address
        if known.version == 4:
            return str(known)
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))

    @api.autovacuum
    def _gc(self):
        old = fields.Datetime.now() - timedelta(hours=1)
        self.env.cr.execute(SQL("DELETE FROM feedback_hit WHERE moment < %s", old))
