from odoo.addons.feedback_survey.tests.common import FEEDBACK_AGENT
from odoo.addons.loyalty_program.tests.common import OFFICER, LoyaltyCase
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestCompensation(LoyaltyCase):
    """Points and coupons are granted once, by those who may adjust points."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls._add_user("grants", f"{FEEDBACK_AGENT},{OFFICER}")
        cls.agent = cls._add_user("asks", FEEDBACK_AGENT)
        cls.company.loyalty_adjust_limit = 100
        cls.case = cls.env["feedback.case"].create(
            {
                "name": "Late again",
                "partner_id": cls.member.id,
                "company_id": cls.company.id,
            }
        )
        cls.account = cls.env["loyalty.card"].create(
            {"program_id": cls.program.id, "partner_id": cls.member.id, "points": 0}
        )

    def _compensate(self, user=None, **values):
        return (
            self.env["feedback.compensation"]
            .with_user(user or self.officer)
            .create(
                {
                    "case_id": self.case.id,
                    "note": "For the wait",
                    "kind": "points",
                    "program_id": self.program.id,
                    "points": 50,
                    **values,
                }
            )
        )

    def test_points_are_posted_once(self):
        given = self._compensate()
        self.assertEqual(self.account.points, 0)
        given.action_grant()
        given.action_grant()
        self.assertEqual(self.account.points, 50)
        move = self.moves.search([("card_id", "=", self.account.id)])
        self.assertEqual((move.kind, move.reason), ("bonus", "Late again"))
        self.assertEqual(given.card_id, self.account)
        self.assertTrue(given.granted_on)
        with self.assertRaises(UserError):
            given.points = 60
        with self.assertRaises(UserError):
            given.unlink()

    def test_who_may_not_adjust_may_not_grant(self):
        with self.assertRaises(AccessError):
            self._compensate(self.agent).action_grant()
        with self.assertRaises(AccessError):
            self._compensate(points=101).action_grant()
        self.assertEqual(self.account.points, 0)

    def test_no_member_no_points(self):
        self.case.partner_id = self._add_customer("No member")
        with self.assertRaises(UserError):
            self._compensate().action_grant()

    def test_a_coupon_is_made(self):
        coupons = self._add_program(program_type="coupons", name="Sorry")
        given = self._compensate(kind="coupon", program_id=coupons.id, points=1)
        given.action_grant()
        self.assertEqual(given.card_id.partner_id, self.member)
        self.assertEqual(given.card_id.program_id, coupons)
        self.assertTrue(given.card_id.code)

    def test_program_and_points_are_needed(self):
        for values in (
            {"points": 0},
            {"points": -5},
            {"program_id": False},
            {"kind": "coupon"},
        ):
            with self.subTest(values), self.assertRaises(ValidationError):
                self._compensate(**values)

    def test_by_hand_needs_no_right_to_adjust(self):
        given = self._compensate(self.agent, kind="manual", program_id=False, points=0)
        given.action_grant()
        self.assertEqual(given.granted_by_id, self.agent)
