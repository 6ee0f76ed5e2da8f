from datetime import datetime, timedelta

from freezegun import freeze_time
from odoo.tests import tagged

from .common import AS_OF, INSIGHT_USER
from .test_playbook import NOON, PlaybookCase

NIGHT = datetime(2025, 6, 30, 3)


@tagged("post_install", "-at_install")
class TestPlaybookWarning(PlaybookCase):
    """Of a playbook for warnings and the switch that plans calls, one acts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.insight_warning_activity = True
        cls.seller = cls._add_user("seller", INSIGHT_USER, email="seller@example.com")
        cls.buyers = cls._add_first_buyers(3, AS_OF - timedelta(days=40))
        cls.buyers.user_id = cls.seller
        for buyer in cls.buyers:
            cls._warn(buyer)

    @classmethod
    def _warn(cls, buyer, day=AS_OF):
        return cls.env["customer.warning"].create(
            {
                "partner_id": buyer.id,
                "company_id": cls.company.id,
                "date": day,
                "state": "open",
                "reasons": [{"code": "overdue", "points": 50, "values": {}}],
            }
        )

    @freeze_time(NIGHT)
    def _night(self):
        return self.env["customer.warning.alert"]._refresh(self.company)

    def _act_on_warnings(self, **values):
        step = {"action": "activity", "summary": "Act"}
        return self._add_playbook(step, trigger="warning", **values)

    def _calls(self):
        return [buyer.activity_ids.mapped("summary") for buyer in self.buyers]

    def test_without_a_playbook_the_switch_plans_the_call(self):
        self._act_on_warnings(start=False)
        self._add_playbook()  # begins with a stage: no business of warnings
        self.assertEqual(self._night(), 1)
        self.assertEqual(self._calls(), [["Churn warning"]] * 3)

    def test_the_playbook_plans_the_only_call(self):
        playbook = self._act_on_warnings()
        self.assertEqual(self._night(), 1)
        self.assertEqual(self._calls(), [[]] * 3)
        playbook._run(NOON)
        self.assertEqual(self._calls(), [["Act"]] * 3)
        with freeze_time(NIGHT + timedelta(days=1)):
            self.env["customer.warning.alert"]._refresh(self.company)
        self.assertEqual(self._calls(), [["Act"]] * 3)

    def test_a_playbook_started_later_takes_the_calls_over(self):
        self._night()
        self._act_on_warnings()._run(NOON)
        self.assertEqual(self._calls(), [["Act"]] * 3)

    def test_control_is_left_alone_and_whom_the_playbook_does_not_want_is_called(self):
        chosen = [self._profile(buyer).id for buyer in self.buyers[:2]]
        playbook = self._act_on_warnings(
            domain=f"[('id', 'in', {chosen})]", control_share=50
        )
        self._night()
        self.assertEqual(self._calls(), [[], [], ["Churn warning"]])
        playbook._run(NOON)
        self.assertEqual(sorted(self._calls()), [[], ["Act"], ["Churn warning"]])
        self._night()
        self.assertEqual(sorted(self._calls()), [[], ["Act"], ["Churn warning"]])
