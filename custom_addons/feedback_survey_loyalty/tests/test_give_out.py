import io
import json
import zipfile
from decimal import Decimal

from odoo.addons.feedback_survey.tests.common import FEEDBACK_MANAGER
from odoo.addons.loyalty_program.tests.common import LoyaltyCase
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestGiveOut(LoyaltyCase):
    """FS-25: points and tiers are in the file, and nobody else's."""

    def test_points_of_the_person_are_in_the_file(self):
        other = self._add_customer("Other")
        mine, theirs = self.env["loyalty.card"].create(
            [
                {"program_id": self.program.id, "partner_id": partner.id, "points": 0}
                for partner in (self.member, other)
            ]
        )
        for card, points in ((mine, 70), (theirs, 90)):
            card._adjust(Decimal(points), "For the file")
        manager = self._add_user("gives_out", FEEDBACK_MANAGER)
        env = self.env(user=manager, context={"allowed_company_ids": self.company.ids})
        _name, content = env["feedback.give.out"]._give_out(
            self.member.with_env(env), self.company
        )
        tables = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("feedback.json"))
        [card] = tables["loyalty.card"]
        self.assertEqual((card["points"], card["code"]), (70, mine.code))
        [line] = tables["loyalty.point.move"]
        self.assertEqual((line["points"], line["reason"]), (70, "For the file"))
