import re
from pathlib import Path

from odoo.modules.module import Manifest
from odoo.tests import tagged
from odoo.tools import convert_file

from .common import FeedbackCase

MODULE = "feedback_survey"


@tagged("post_install", "-at_install")
class TestDemo(FeedbackCase):
    """The demonstration data, loaded here: the tests' database has none."""

    def load(self):
        manifest = Manifest.for_addon(MODULE)
        for name in manifest["demo"]:
            text = Path(manifest.path, name).read_text(encoding="utf-8")
            for xml_id in set(re.findall(r"base\.res_partner_\w+", text)):
                self.contact_of_odoo(xml_id)
            convert_file(self.env, MODULE, name, {}, mode="init", noupdate=True)

    def contact_of_odoo(self, xml_id):
        """Odoo's own demonstration contact, or one in its place."""
        if not self.env.ref(xml_id, raise_if_not_found=False):
            name = xml_id.rpartition(".")[2]
            partner = self.env["res.partner"].create({"name": name, "is_company": True})
            self.env["ir.model.data"].create(
                {
                    "module": "base",
                    "name": name,
                    "model": "res.partner",
                    "res_id": partner.id,
                }
            )

    def of_demo(self, name):
        return self.env.ref(f"{MODULE}.{name}")

    def test_loaded_twice_it_is_there_once(self):
        requests = self.env["feedback.request"].search_count([])
        mails = self.env["mail.mail"].search_count([])
        for _time in range(2):
            self.load()
        entries = self.env["survey.user_input"].browse(
            self.of_demo(f"answer_demo_{number}").id for number in range(1, 9)
        )
        scores = entries.feedback_answer_ids
        nps = scores.filtered(lambda answer: answer.metric == "nps")
        self.assertEqual(
            sorted(nps.mapped("score")),
            [3, 6, 7, 8, 9, 9, 9, 10],
        )
        self.assertEqual(len(scores), 12)
        self.assertEqual(len(entries.user_input_line_ids), 19)
        self.assertEqual(
            [(entry.start_datetime - entry.end_datetime).days for entry in entries],
            [0] * 8,
        )
        for answer in scores:
            self.assertEqual(answer.date, answer.user_input_id.end_datetime)
        comments = self.env["feedback.comment"].search(
            [("user_input_id", "in", entries.ids)]
        )
        self.assertEqual(len(comments), 7)

        cases = self.env["feedback.case"].search(
            [("participation_id", "in", entries.ids)]
        )
        late = cases.filtered(
            lambda case: case.participation_id == self.of_demo("answer_demo_8")
        )
        self.assertEqual((late.state, late.description), ("new", comments[0].text))
        self.assertEqual(self.of_demo("case_demo_invoice").state, "closed")

        self.assertTrue(self.of_demo("place_demo_counter").qr_code)
        self.assertFalse(self.of_demo("rule_demo_repeat").active)
        # nobody is asked or written to by demonstration data
        self.assertEqual(self.env["feedback.request"].search_count([]), requests)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)
