from odoo.addons.customer_insight.analysis.sheets import block_sections
from odoo.tests import tagged

from .common import FeedbackCase


@tagged("post_install", "-at_install")
class TestJourney(FeedbackCase):
    """The journey map knows what customers said in which stage."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada, cls.bob = cls._add_customers(2)
        cls._add_history(
            [
                (cls.ada, "2025-05-01", 10),
                (cls.ada, "2025-06-01", 10),
                (cls.bob, "2025-06-10", 10),
            ]
        )
        cls._refresh()
        cls.env["customer.stage.move"]._rebuild(cls.company)
        cls._answer(cls.ada, date="2025-05-05 10:00:00", nps=10)
        cls._answer(cls.ada, date="2025-06-20 10:00:00", nps=4)
        cls._answer(cls.bob, date="2025-06-20 11:00:00", nps=8)
        cls.env.flush_all()
        cls.journey = cls.env["customer.analysis.journey"].with_context(
            allowed_company_ids=cls.company.ids
        )
        cls.params = {"since": "2025-05-01", "until": "2025-06-30"}

    def test_answers_count_in_the_stage_of_their_day(self):
        [block] = self.journey.analyse(self.params)["blocks"]
        self.assertTrue(block["has_answers"])
        said = {c["stage"]: c["satisfaction"] for c in block["columns"]}
        found = {
            stage: (cell["value"], cell["n"]) for stage, cell in said.items() if cell
        }
        # Ada gave 10 after her first purchase and 4 after the second, Bob 8
        self.assertEqual(found, {"first": (0.9, 2), "repeat": (0.4, 1)})
        self.assertTrue(all(cell["weak"] for cell in said.values() if cell))

    def test_the_spreadsheet_has_the_row_of_satisfaction(self):
        self.env.user.group_ids += self.env.ref("base.group_allow_export")
        self.journey._export_xlsx(self.params)
        blocks = self.journey.analyse(self.params)["blocks"]
        [section] = block_sections(blocks, ())
        label, *values = section.rows[-1]
        self.assertEqual(label, "Satisfaction")
        said = {
            stage["stage"]: (values[2 * at], values[2 * at + 1])
            for at, stage in enumerate(blocks[0]["columns"])
        }
        mean, count = said["first"]
        self.assertEqual((mean.kind, mean.value, mean.weak), ("percent", 0.9, True))
        self.assertEqual(count, "n = 2")
        self.assertEqual(said["repeat"][1], "n = 1")

    def test_segments_are_compared_by_complaints(self):
        eve = self._add_customer("Eve")
        self._add_order(eve, "2025-06-15", 10)
        self.env["feedback.case"].create(
            {"name": "Late", "partner_id": self.bob.id, "company_id": self.company.id}
        )
        self._refresh()
        segment = self.env["customer.segment"].create({"name": "B", "kind": "manual"})
        segment = segment.with_context(allowed_company_ids=self.company.ids)
        segment._add_members(self.bob)
        found = {label: contrast for label, __, contrast in segment._contrasts()}
        contrast = found["With a complaint or bad answer"]
        # Ada's bad answer opened a case by itself, Eve has none
        self.assertEqual((contrast.group.mean, contrast.rest.mean), (1, 0.5))

    def test_a_figure_opens_its_answers(self):
        action = self.journey.open_records(self.params, ["answers", "first"])
        self.assertEqual(action["res_model"], "feedback.answer")
        answers = self.env["feedback.answer"].search(action["domain"])
        self.assertEqual(answers.mapped("partner_id"), self.ada + self.bob)
        self.assertEqual(sorted(answers.mapped("score")), [8, 10])

    def test_the_period_holds_for_answers_too(self):
        params = {**self.params, "since": "2025-06-01"}
        action = self.journey.open_records(params, ["answers", "first"])
        answers = self.env["feedback.answer"].search(action["domain"])
        self.assertEqual(answers.mapped("partner_id"), self.bob)
