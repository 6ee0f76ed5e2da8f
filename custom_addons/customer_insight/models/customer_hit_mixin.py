import hashlib
import ipaddress
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class CustomerHitMixin(models.AbstractModel):
    """What people send whom nobody knows, counted by where it comes from.

    Rows are only added, so that requests never wait for each other and all workers
    share one count. Who sent is kept as a keyed digest, for an hour.
    """

    _name = "customer.hit.mixin"
    _description = "Counted Requests"
    _log_access = False

    digest = fields.Char(required=True, readonly=True)
    moment = fields.Datetime(required=True, readonly=True)

    _recent_idx = models.Index("(digest, moment)")

    @api.model
    def _digest_of(self, *parts):
        """:return: what stands for these parts here, and nowhere else (str)"""
        secret = self.env["ir.config_parameter"].sudo().get_param("database.secret")
        text = ":".join(str(part) for part in (secret, *parts))
        return hashlib.sha256(text.encode()).hexdigest()

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
        if self._abstract:
            return
        old = fields.Datetime.now() - timedelta(hours=1)
        table = SQL.identifier(self._table)
        self.env.cr.execute(SQL("DELETE FROM %s WHERE moment < %s", table, old))
