from odoo import fields, models
from odoo.tools import SQL

from ..engine.referral import (
    is_ring,
    same_address,
    same_email,
    same_household,
    same_phone,
)


class LoyaltyReferral(models.Model):
    """What keeps people from bringing themselves: refused, or held for an officer."""

    _inherit = "loyalty.referral"

    def _apply_judgement(self):
        """Refuse, hold or leave this referral, with the reason."""
        state, reason = self._judge()
        if state == "review" and self.is_approved:
            state, reason = "pending", self.reason
        if (state, reason) != (self.state, self.reason):
            self.write({"state": state, "reason": reason})

    def _judge(self):
        """``(state, reason)`` by what is known of both today."""
        self.ensure_one()
        member, friend = self.partner_id, self.friend_id
        main, other = member.commercial_partner_id, friend.commercial_partner_id
        checks = [
            (main == other, self.env._("Member and friend are one customer")),
            (
                self._any_pair(same_email, "email"),
                self.env._("Member and friend have the same e-mail address"),
            ),
            (
                self._any_pair(same_phone, "phone"),
                self.env._("Member and friend have the same phone number"),
            ),
            (self._is_known_customer(), self.env._("The friend was a customer before")),
            (self._closes_ring(), self.env._("The friend has brought the member")),
        ]
        for is_found, reason in checks:
            if is_found:
                return "refused", reason
        sides = [
            {name: partner[name] for name in ("name", "street", "zip", "city")}
            for partner in (member, friend)
        ]
        doubts = [
            (same_address(*sides), self.env._("Member and friend live at one address")),
            (same_household(*sides), self.env._("Perhaps they are one household")),
            (
                self._is_over_cap(),
                self.env._("The member has brought many friends this year"),
            ),
        ]
        for is_found, reason in doubts:
            if is_found:
                return "review", reason
        return "pending", False

    def _any_pair(self, is_same, name):
        """Whether any of the contacts of one customer shares a value with the other."""
        member = self.partner_id | self.partner_id.commercial_partner_id
        friend = self.friend_id | self.friend_id.commercial_partner_id
        return any(is_same(a[name], b[name]) for a in member for b in friend)

    def _is_known_customer(self):
        """Whether the friend had bought before being brought."""
        return bool(
            self.env["sale.order"].search_count(
                [
                    (
                        "partner_id",
                        "child_of",
                        self.friend_id.commercial_partner_id.id,
                    ),
                    ("state", "=", "sale"),
                    ("date_order", "<", self.create_date),
                ],
                limit=1,
            )
        )

    def _closes_ring(self):
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """WITH RECURSIVE chain (friend, member) AS (
                       SELECT friend_id, partner_id FROM loyalty_referral
                       WHERE program_id = %(program)s AND friend_id = %(member)s
                         AND id != %(id)s AND state != 'refused'
                       UNION
                       SELECT up.friend_id, up.partner_id FROM loyalty_referral up
                       JOIN chain ON chain.member = up.friend_id
                       WHERE up.program_id = %(program)s AND up.id != %(id)s
                         AND up.state != 'refused')
                   SELECT friend, member FROM chain""",
                program=self.program_id.id,
                member=self.partner_id.id,
                id=self.id,
            )
        )
        return is_ring(dict(rows), self.partner_id.id, self.friend_id.id)

    def _is_over_cap(self):
        cap = self.program_id.referral_cap
        if not cap:
            return False
        first = fields.Date.start_of(self.card_id._today(), "year")
        return (
            self.search_count(
                [
                    ("card_id", "=", self.card_id.id),
                    ("id", "<", self.id),
                    ("state", "in", ("pending", "granted")),
                    ("create_date", ">=", first),
                ],
                limit=cap,
            )
            >= cap
        )
