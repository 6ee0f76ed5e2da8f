from unittest.mock import patch

from odoo.addons.customer_insight.tests.analysis_common import AnalysisCase
from odoo.addons.customer_insight.tests.common import INSIGHT_MANAGER, INSIGHT_USER
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FEEDBACK_AGENT, FeedbackCase

_READING = "odoo.addons.feedback_survey.models.feedback_comment_reading"


class ThemesCase(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["feedback.comment"].search([]).unlink()
        cls.env["feedback.theme"].search([]).active = False
        cls.box, cls.speed = cls.env["feedback.theme"].create(
            [
                {"name": "Test box", "keywords": "box, 包装"},
                {"name": "Test speed", "keywords": "slow\nlate，慢"},
            ]
        )
        cls.customer = cls._add_customer("Chatty Chen")
        cls.agent = cls._add_user("theme_agent", FEEDBACK_AGENT)
        cls.comments = cls.env["feedback.comment"]

    @classmethod
    def _say(cls, text, partner=None, **values):
        """A comment given with an NPS answer, read by the job.

        :return: feedback.comment
        """
        participation = cls._answer(
            partner or cls.customer, comment=text, **{"nps": 3, **values}
        )
        cls._read()
        return cls.comments.search([("user_input_id", "=", participation.id)])

    @classmethod
    def _read(cls, left=lambda *args, **kwargs: 9, **options):
        """Run the job without its commits.

        :param left: the time that is left, each time it is asked for
        """
        with patch.object(cls.env.registry["ir.cron"], "_commit_progress", left):
            cls.comments._cron_read(**options)


@tagged("post_install", "-at_install")
class TestThemes(ThemesCase):
    """Comments are collected, read, corrected and learned from."""

    def test_a_comment_is_read_with_its_sentence(self):
        comment = self._say("Nice shop. Fast, but the box was torn.")
        self.assertEqual(comment.theme_ids, self.box)
        mention = comment.mention_ids
        self.assertEqual(mention.sentence, "Fast, but the box was torn.")
        self.assertEqual((mention.sentiment, mention.origin), ("negative", "keyword"))
        self.assertEqual(comment.partner_id, self.customer)

    def test_chinese(self):
        comment = self._say("发货太慢了！包装很漂亮。")
        tones = {m.theme_id: m.sentiment for m in comment.mention_ids}
        self.assertEqual(tones, {self.box: "positive", self.speed: "negative"})

    def test_reading_twice_changes_nothing(self):
        comment = self._say("slow")
        mentions = comment.mention_ids
        with self.enter_registry_test_mode():
            self.env.ref("feedback_survey.ir_cron_read").method_direct_trigger()
        self.assertEqual(comment.mention_ids, mentions)
        self.assertEqual(self.comments.search_count([]), 1)

    def test_trials_and_silent_answers_make_no_comment(self):
        self._answer(self.customer, comment="slow", trial=True, nps=3)
        self._answer(self.customer, nps=3)
        self._answer(self.customer, comment="   ", nps=3)
        self._read()
        self.assertFalse(self.comments.search([]))

    def test_cases_that_were_told_are_comments_too(self):
        case = self.env["feedback.case"].create(
            {
                "name": "Call",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "description": "the box was open",
            }
        )
        self._read()
        comment = self.comments.search([("case_id", "=", case.id)])
        self.assertEqual(comment.theme_ids, self.box)
        case.description = "it was late"
        self._read()
        self.assertEqual(comment.text, "it was late")
        self.assertEqual(comment.theme_ids, self.speed)

    def test_words_erased_at_the_source_are_gone_here(self):
        comment = self._say("slow")
        comment.user_input_id.feedback_answer_ids.comment = False
        self._read()
        self.assertFalse(comment.exists())
        self.assertFalse(
            self.env["feedback.mention"].search([("theme_id", "=", self.speed.id)])
        )

    def test_another_customer_keeps_what_was_corrected(self):
        """The contact is merged: the words, and so the themes, are the same."""
        comment = self._say("the box was torn")
        comment.with_user(self.agent).theme_ids = self.speed
        other = self._add_customer("Merged Mary")
        comment.user_input_id.feedback_answer_ids.partner_id = other
        self._read()
        self.assertEqual(comment.partner_id, other)
        self.assertEqual(comment.mention_ids.partner_id, other)
        self.assertEqual(comment.theme_ids, self.speed)
        self.assertEqual(comment.checked_by_id, self.agent)
        comment.user_input_id.feedback_answer_ids.comment = "a box again"
        self._read()
        self.assertFalse(comment.is_checked)
        self.assertEqual(comment.theme_ids, self.box)

    def test_new_keywords_are_read_within_the_next_run(self):
        comment = self._say("no parking")
        self.assertFalse(comment.theme_ids)
        parking = self.env["feedback.theme"].create(
            {"name": "Parking", "keywords": "parking"}
        )
        self._read()
        self.assertEqual(comment.theme_ids, parking)

    def test_corrections_stay_and_are_learned(self):
        taught = self.comments.browse()
        for number in range(12):
            taught += self._say(f"gate number {number} was locked")
            self._say(f"the weather was grey on day {number}")
        others = self.comments.search([]) - taught
        self.assertFalse(taught.theme_ids)
        taught.with_user(self.agent).theme_ids = self.box
        others.with_user(self.agent).action_check()
        self.assertEqual(set(taught.mention_ids.mapped("origin")), {"staff"})
        self.assertEqual(taught.checked_by_id, self.agent)
        new = self._say("again the gate was locked")
        self.assertEqual(new.theme_ids, self.box)
        self.assertEqual(new.mention_ids.origin, "learned")
        self.assertGreater(new.mention_ids.chance, 0.5)
        self.assertEqual(taught.theme_ids, self.box)
        learning = self.env["feedback.theme.learning"].search([], limit=1)
        self.assertEqual(learning.corrections, 24)
        self.assertEqual(
            learning.detail["themes"][str(self.box.id)]["in_use"], "learned"
        )

    def test_taking_a_theme_away_is_a_correction(self):
        comment = self._say("slow box")
        comment.with_user(self.agent).theme_ids = self.speed
        self._read()
        self.assertEqual(comment.theme_ids, self.speed)
        self.assertEqual(comment.mention_ids.origin, "keyword")
        comment.with_user(self.agent).action_uncheck()
        self._read()
        self.assertEqual(comment.theme_ids, self.box + self.speed)

    def test_salespeople_do_not_correct(self):
        seller = self._add_user("theme_seller", INSIGHT_USER)
        self.customer.user_id = seller
        mine, other = self._say("slow"), self._say("slow", self._add_customer("Other"))
        seen = self.comments.with_user(seller).search([])
        self.assertEqual(seen, mine)
        self.assertEqual(seen.mention_ids.theme_id, self.speed)
        with self.assertRaises(AccessError):
            mine.with_user(seller).action_check()
        with self.assertRaises(AccessError):
            mine.with_user(seller).theme_ids = self.box
        with self.assertRaises(AccessError):
            other.with_user(seller).read(["text"])
        self.assertFalse(mine.is_checked)

    def test_one_bad_comment_stops_no_other(self):
        texts = ("slow one", "slow cursed", "slow three")
        for text in texts:
            self._answer(self.customer, comment=text, nps=3)
        reading = "odoo.addons.feedback_survey.models.feedback_comment_reading.tone"

        def cursed(text):
            if "cursed" in text:
                raise ValueError(text)
            return 0.0

        with patch(reading, cursed), mute_logger(_READING):
            self._read()
        read = self.comments.search([("read_with", "!=", False)])
        self.assertEqual(sorted(read.mapped("text")), ["slow one", "slow three"])
        self._read()
        self.assertFalse(self.comments.search([("read_with", "=", False)]))

    def test_a_run_that_is_stopped_goes_on_later(self):
        for number in range(4):
            self._answer(self.customer, comment=f"slow {number}", nps=3)
        given = iter([9, 9, 9, 0])  # time left after: collecting, counting, batches
        self._read(lambda *args, **kwargs: next(given), batch=1)
        self.assertEqual(self.comments.search_count([("read_with", "!=", False)]), 2)
        self._read(batch=1)
        self.assertEqual(self.comments.search_count([("read_with", "!=", False)]), 4)

    def test_markup_stays_text(self):
        comment = self._say("<script>alert(1)</script> slow")
        self.assertIn("<script>", comment.text)
        self.assertEqual(self.comments._fields["text"].type, "text")


@tagged("post_install", "-at_install")
class TestThemesScreen(ThemesCase, AnalysisCase):
    """Themes with counts, scores, cases and cost, each opening its records."""

    model = "feedback.analysis.themes"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._add_user(
            "themes_boss", f"{FEEDBACK_AGENT},{INSIGHT_MANAGER}"
        )
        cls.company.insight_min_observations = 2
        cls.other = cls._add_customer("Other Olga", user_id=cls.salesperson.id)
        cls._add_order(cls.customer, "2025-03-01", 300)
        cls._add_order(cls.customer, "2024-03-01", 999)  # before the twelve months
        cls._add_order(cls.other, "2025-05-01", 50)
        cls._refresh()
        cls._say("the box was torn", nps=2, date="2025-06-01")
        cls._say("a lovely box", cls.other, nps=10, date="2025-06-02")
        cls._say("far too slow", cls.other, nps=0, date="2025-06-03")
        cls._say("whatever", nps=8, date="2025-06-03")
        cls._say("slow", nps=8, date="2024-06-03")  # long ago

    def _table(self, user=None, **params):
        block = self._blocks("table", user, **params)[0]
        return {row["cells"][0]: row for row in block["rows"]}

    def test_figures_by_hand(self):
        rows = self._table()
        self.assertEqual(
            rows["Test box"]["cells"],
            ["Test box", 2, 0.5, None, 0.5, "0 (n = 2)", "–", 2, 1, 300.0, "Common"],
        )
        self.assertEqual(
            rows["Test speed"]["cells"][:3] + rows["Test speed"]["cells"][4:],
            [
                "Test speed",
                1,
                0.25,
                1.0,
                "-100 (n = 1)",
                "–",
                1,
                1,
                50.0,
                "Single voices",
            ],
        )
        self.assertFalse(rows["Test box"]["weak"])
        self.assertTrue(rows["Test speed"]["weak"])

    def test_each_figure_opens_what_it_counts(self):
        row = self._table()["Test box"]
        counts = [len(self._opened(key)) for key in row["keys"]]
        self.assertEqual(counts, [2, 2, 2, 2, 1, 2, 2, 2, 1, 1, 2])
        critics = self._opened(row["keys"][9]).partner_id
        self.assertEqual(critics, self.customer)

    def test_months_and_sentences_open(self):
        [chart] = self._blocks("chart")
        [june] = [s for s in chart["series"] if s["label"] == "Test box"]
        self.assertEqual(june["values"][-1], 2)
        self.assertEqual(len(self._opened(june["keys"][-1])), 2)
        sentences = self._blocks("table")[1]["rows"]
        self.assertEqual(
            [row["cells"][1] for row in sentences],
            ["a lovely box", "the box was torn", "far too slow"],
        )
        self.assertEqual(self._opened(sentences[0]["key"]).text, "a lovely box")

    def test_salespeople_see_their_customers_only(self):
        rows = self._table(self.salesperson)
        self.assertEqual(rows["Test box"]["cells"][1], 1)
        self.assertEqual(rows["Test box"]["cells"][9], 0.0)
        opened = self._opened(rows["Test box"]["keys"][0], self.salesperson)
        self.assertEqual(opened.partner_id, self.other)

    def test_filters_leave_customers(self):
        rows = self._table(salesperson=self.salesperson.id)
        self.assertEqual(rows["Test box"]["cells"][1], 1)
        key = rows["Test box"]["keys"][0]
        opened = self._opened(key, salesperson=self.salesperson.id)
        self.assertEqual(opened.partner_id, self.other)

    def test_nobody_spoke(self):
        found = self._analyse(until="2020-01-01")
        self.assertEqual(found["blocks"], [])
        self.assertIn("No comments", found["empty"])

    def test_a_real_change_of_share(self):
        for number in range(12):
            self._say("fine" if number else "box", nps=9, date="2025-02-01")
            self._say("box", nps=9, date="2025-06-04")
        row = self._table()["Test box"]
        self.assertAlmostEqual(row["cells"][3], 14 / 16 - 1 / 12)
        self.assertEqual(row["change"], {3: True})

    def test_quality_says_when_learning_is_of_no_use(self):
        quality = self._analysis(model="feedback.analysis.theme.quality")
        learning = self.env["feedback.theme.learning"].search([], limit=1)
        learning.f1_learned = learning.f1_keywords
        self.assertIn("no better than keywords", quality.analyse({})["help"])
        learning.f1_learned = learning.f1_keywords + 0.1
        found = quality.analyse({})
        self.assertIn("better than keywords alone", found["help"])
        self.assertEqual(
            found["blocks"][0]["items"][2]["value"],
            learning.detail["sentiment"]["found"],
        )

    def test_unknown_keys_are_refused(self):
        for key in (["private"], ["theme"], ["theme", "x"], [], ["_records", 1]):
            with self.assertRaises(Exception) as caught:
                self._opened(key)
            self.assertEqual(type(caught.exception).__name__, "UserError")
