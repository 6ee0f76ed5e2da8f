from datetime import date

from freezegun import freeze_time
from odoo.addons.customer_insight.tests.common import INSIGHT_MANAGER, INSIGHT_USER
from odoo.addons.customer_insight.tests.report_common import EXPORT
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import FEEDBACK_AGENT, FeedbackCase


@tagged("post_install", "-at_install")
@freeze_time("2025-06-30 12:00:00")
class TestReports(FeedbackCase):
    """Figures of feedback where people get them without asking: file and digest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["feedback.answer"].search([]).unlink()
        cls.env["feedback.case"].search([]).unlink()
        cls.company.insight_min_observations = 5
        cls.boss = cls._add_user("boss", f"{FEEDBACK_AGENT},{INSIGHT_MANAGER},{EXPORT}")
        cls.seller = cls._add_user("report_seller", f"{INSIGHT_USER},{EXPORT}")
        cls.mine = cls._add_customer("Mine", user_id=cls.seller.id)
        cls._answer_nps([10] * 6 + [7, 0], date="2025-06-10")
        cls._answer_nps([0] * 2, date="2025-05-31 23:59:59", partner=cls.mine)
        cls._answer(csat=4, date="2025-06-10")
        cls._answer_nps([0] * 10, date="2024-06-10")
        cls._date_cases("2025-06-10")

    @classmethod
    def _date_cases(cls, day):
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE feedback_case SET create_date = %s WHERE company_id = %s",
            [day, cls.company.id],
        )
        cls.env.invalidate_all()

    # === FILE === #

    def _sections(self, user=None, **values):
        wizard = (
            self.env["customer.report.wizard"]
            .with_user(user or self.boss)
            .with_context(allowed_company_ids=self.company.ids)
            .create(
                {
                    "company_id": self.company.id,
                    "date_from": "2025-05-01",
                    "date_to": "2025-06-30",
                    **values,
                }
            )
        )
        self.env.flush_all()
        return {section.name: section for section in wizard._report_sections()}

    def test_scores_with_interval_number_and_the_year_before(self):
        sections = self._sections()
        self.assertEqual(list(sections)[-1], "method")
        nps, csat, told = sections["feedback"].rows[:3]
        # 6 promoters, 1 passive, 3 detractors; a year earlier 10 detractors
        self.assertEqual((nps[1].value, nps[4], nps[5].value), (30, 10, -100))
        self.assertEqual(nps[6], "beyond chance")
        self.assertLess(nps[2].value, 30)
        self.assertGreater(nps[3].value, 30)
        self.assertFalse(nps[1].weak)
        self.assertEqual((csat[1].value, csat[4], csat[5]), (100, 1, None))
        self.assertTrue(csat[1].weak)
        self.assertEqual((told[1].value, told[4]), (0, 2))  # of the two bad answers

    def test_a_company_that_never_asked_has_no_sheets_of_it(self):
        other = self._add_company("Silent")
        self.boss.company_ids += other
        wizard = (
            self.env["customer.report.wizard"]
            .with_user(self.boss)
            .with_context(allowed_company_ids=other.ids)
            .create({"company_id": other.id})
        )
        names = [section.name for section in wizard._report_sections()]
        self.assertNotIn("feedback", names)
        self.assertIn("feedback", self._sections())

    def test_months_are_the_companys(self):
        rows = self._sections()["feedback_months"].rows
        self.assertEqual([row[0] for row in rows], [date(2025, 5, 1), date(2025, 6, 1)])
        self.assertEqual(
            [(row[1].value, row[2]) for row in rows], [(-100, 2), (62.5, 8)]
        )
        self.company.partner_id.tz = "Asia/Shanghai"  # the 1st of June there
        rows = self._sections()["feedback_months"].rows
        self.assertEqual([row[2] for row in rows], [10])

    def test_who_reads_less_gets_less(self):
        self.assertEqual(self._sections(self.seller)["feedback"].rows[0][4], 2)

    def test_of_the_customers_it_is_about(self):
        self._refresh()
        none = self._sections(lifecycle_stage="loyal")["feedback"]
        self.assertFalse(none.rows)
        self.assertTrue(none.empty)

    def test_the_file_opens(self):
        wizard = self.env["customer.report.wizard"].with_user(self.boss)
        wizard = wizard.with_context(allowed_company_ids=self.company.ids).create(
            {"company_id": self.company.id, "date_from": "2025-05-01"}
        )
        self.assertTrue(wizard._build_file().startswith(b"PK"))

    # === THE SURVEY APP'S RESULTS === #

    def _results(self, participations=None, user=None):
        question = self._question("nps").with_user(user or self.boss)
        question = question.with_company(self.company)
        answers = participations or self.survey.user_input_ids
        lines = answers.with_user(self.env.user).sudo().user_input_line_ids
        [data] = question._prepare_statistics(lines.with_user(question.env.user).sudo())
        return data.get("feedback")

    def test_results_of_a_scored_question(self):
        found = self._results()
        # 6 promoters, 1 passive, 13 detractors of 20
        self.assertEqual((found["value"], found["n"]), ("-35", 20))
        self.assertTrue(found["reliable"])
        self.assertEqual(
            [(one["month"], one["value"], one["n"]) for one in found["months"]],
            [("2024-06", "-100", 10), ("2025-05", "-100", 2), ("2025-06", "62", 8)],
        )
        points = found["drawing"]["points"]
        self.assertEqual([point[3] for point in points], [True, False, True])
        # -100 lies at the bottom, the first at the left
        self.assertEqual(points[0][:2], ("6.0", "70.0"))

    def test_results_follow_the_filters_of_the_page(self):
        good = self.answers.search([("metric", "=", "nps"), ("score", "=", 10)])
        found = self._results(good.user_input_id)
        self.assertEqual((found["value"], found["n"]), ("100", 6))
        self.assertIsNone(found["drawing"])

    def test_who_may_not_read_answers_sees_the_page_as_before(self):
        surveyor = self._add_user(
            "surveyor", "base.group_user,survey.group_survey_manager"
        )
        self.assertIsNone(self._results(user=surveyor))

    # === DIGEST === #

    def _digest(self, user=None):
        digest = self.env["digest.digest"].create(
            {
                "name": "Weekly",
                "company_id": self.company.id,
                "kpi_feedback_nps": True,
                "kpi_feedback_cases": True,
                "kpi_feedback_told": True,
            }
        )
        found = digest._compute_kpis(self.company, user or self.boss)
        return {kpi["kpi_name"]: kpi for kpi in found}

    def test_kpis_of_the_digest(self):
        told = self.env["feedback.case"].create(
            {"name": "A", "partner_id": self.mine.id, "company_id": self.company.id}
        )
        told._mark_told("phone")
        self._date_cases("2025-06-20")
        kpis = self._digest()
        # the last 30 days: 6 promoters, 1 passive, 3 detractors; three cases, one told
        values = [
            kpis[name]["kpi_col3"]["value"]
            for name in ("kpi_feedback_nps", "kpi_feedback_cases", "kpi_feedback_told")
        ]
        self.assertEqual([str(value) for value in values], ["30.00", "3", "33.33"])
        for kpi in kpis.values():
            action = kpi["kpi_action"].split("?")[0]
            self.assertTrue(self.env.ref(action))

    def test_nothing_happened(self):
        self.env["feedback.answer"].search([]).unlink()
        self.env["feedback.case"].search([]).unlink()
        kpis = self._digest()
        self.assertEqual(kpis["kpi_feedback_nps"]["kpi_col1"]["value"], "0.00")
        self.assertEqual(kpis["kpi_feedback_told"]["kpi_col1"]["value"], "0.00")

    def test_who_may_not_read_feedback_gets_none(self):
        plain = self._add_user("plain", "base.group_user")
        self.assertFalse(self._digest(plain))
        digest = self.env["digest.digest"].with_user(plain).new({})
        with self.assertRaises(AccessError):
            digest._check_feedback_rights()
