from odoo.tests import tagged

from .test_pages import PageCase

#: Statements of one page and of one form that is sent from there.
_MOST_SHOWING = 8
_MOST_STORING = 20


@tagged("post_install", "-at_install")
class TestCost(PageCase):
    """What a page costs the database while many people answer at once."""

    def _measure(self, times=2):
        """:return: statements of a page that is shown, and of its form (two int)

        The last time counts: what is kept in memory is there by then.
        """
        self.env.flush_all()
        for _time in range(times):
            before = self.env.cr.sql_log_count
            token = self._token(self.place_path)
            shown = self.env.cr.sql_log_count
            page = self._send(self.place_path, {self.nps: 9}, form_token=token)
            stored = self.env.cr.sql_log_count
            self.assertIn("Thank you", page)
        return shown - before, stored - shown

    def test_a_page_and_its_form_take_few_statements(self):
        showing, storing = self._measure()
        self.assertLessEqual(showing, _MOST_SHOWING)
        self.assertLessEqual(storing, _MOST_STORING)

    def test_ten_more_questions_take_no_more_statements(self):
        before = self._measure()
        self.env["survey.question"].create(
            [
                {
                    "survey_id": self.survey.id,
                    "title": f"Anything else? ({number})",
                    "question_type": "text_box",
                }
                for number in range(10)
            ]
        )
        after = self._measure()
        self.assertEqual(after, before)
        participation = self.participations.search(
            [("survey_id", "=", self.survey.id)], order="id desc", limit=1
        )
        self.assertEqual(
            participation.user_input_line_ids.question_id, self.survey.question_ids
        )

    def test_a_question_that_names_the_person_still_does(self):
        address = self.env["survey.question"].create(
            {
                "survey_id": self.survey.id,
                "title": "Your address",
                "question_type": "char_box",
                "save_as_email": True,
                "validation_email": True,
            }
        )
        answers = {self.nps: 9, address: "ann@example.com"}
        self._send(self.place_path, answers)
        participation = self.participations.search(
            [("survey_id", "=", self.survey.id)], order="id desc", limit=1
        )
        self.assertEqual(participation.email, "ann@example.com")
        self.assertEqual(len(participation.user_input_line_ids), 6)

    def test_a_page_begun_elsewhere_is_answered_once(self):
        request, path = self._invite()
        request.user_input_id._save_lines(self.nps, "3")
        self._send(path, {self.nps: 9})
        lines = request.user_input_id.user_input_line_ids
        self.assertEqual(lines.question_id, self.survey.question_ids)
        self.assertEqual(len(lines), len(self.survey.question_ids))
        self.assertEqual(self._scores(request.user_input_id), [9])
