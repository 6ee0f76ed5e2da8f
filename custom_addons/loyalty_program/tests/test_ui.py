from odoo import fields
from odoo.tests import HttpCase, tagged

from .test_portal import PortalCase


@tagged("post_install", "-at_install")
class TestUi(PortalCase, HttpCase):
    """A member and an officer walk through the life of points in a browser."""

    def test_life_of_points(self):
        officer = self._add_user(
            "tour_officer",
            "loyalty_program.group_officer,sales_team.group_sale_salesman_all_leads",
        )
        self.member.name = "Tour Member"
        order = self._sell(100, confirm=False)
        self.start_tour(
            f"/odoo/action-sale.action_quotations/{order.id}",
            "loyalty_seller",
            login=officer.login,
        )
        self.start_tour("/my", "loyalty_member", login="member_portal")
        claim = self.claims.search([("partner_id", "=", self.member.id)])
        self.assertEqual((claim.reward_id, claim.state), (self.tote, "open"))

        self.start_tour(
            "/odoo/action-loyalty_program.loyalty_claim_action",
            "loyalty_officer",
            login=officer.login,
        )
        claim.invalidate_recordset()
        self.assertEqual((claim.state, claim.handed_uid), ("done", officer))

        card = self._account()
        self._let_points_end(card)
        self._credit(self._invoice(order))
        # 40 of them cover the points of the returned order that were spent
        tomorrow = fields.Date.add(card._today(), days=1)
        card._post(65, "bonus", available_on=tomorrow)
        self.start_tour("/my/loyalty", "loyalty_member_later", login="member_portal")
        self.start_tour(
            "/odoo/action-loyalty_program.loyalty_card_action_account",
            "loyalty_officer_later",
            login=officer.login,
        )

    def _let_points_end(self, card):
        """Give points that have ended yesterday, and end them."""
        self.program.write({"expiry_mode": "term", "expiry_term": 12})
        self.program.expiry_not_before = False
        yesterday = fields.Date.subtract(card._today(), days=1)
        card._post(7, "bonus", expires_on=yesterday)
        card._expire()


class TestExpected(PortalCase):
    """What a quotation says it will earn is what it earns."""

    def test_quotation(self):
        order = self._sell(80, confirm=False)
        self.assertEqual(order.loyalty_expected, "80 Points (Club)")
        order.action_confirm()
        self.assertBalance(80)
        self.assertFalse(order.loyalty_expected)

    def test_nothing_to_earn(self):
        order = self._sell(80, confirm=False, product=self.plain)
        self.assertFalse(order.loyalty_expected)

    def test_tier_counts(self):
        self.program.tier_ids = [
            fields.Command.create({"name": "T", "threshold": 0, "multiplier": 1.5})
        ]
        card = self._add_account()
        card._refresh_tiers()
        order = self._sell(80, confirm=False)
        self.assertEqual(order.loyalty_expected, "120 Points (Club)")

    def test_confirming_does_not_read_it(self):
        order = self._sell(80, confirm=False)
        self.env.invalidate_all()
        cls = type(order)
        self.patch(cls, "_expected_text", lambda self: self.fail("read"))
        order.action_confirm()
        self.assertBalance(80)
