import json
from io import BytesIO

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import FEEDBACK_AGENT, FeedbackCase

_MAIL = """From: {sender}
To: complaints@example.com
Subject: {subject}
Message-Id: <{number}@feedback.example>
Content-Type: text/plain; charset=utf-8

{text}
"""


class TestMailbox(FeedbackCase):
    """S071: a mail opens a case of its sender."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        domain = cls.env["mail.alias.domain"].search([("name", "=", "example.com")])
        domain = domain or cls.env["mail.alias.domain"].create({"name": "example.com"})
        cls.company.alias_domain_id = domain
        cls.agent = cls._add_user("agent", FEEDBACK_AGENT)
        cls.mailbox = cls.env["feedback.mailbox"].create(
            {
                "name": "Complaints",
                "company_id": cls.company.id,
                "user_id": cls.agent.id,
                "alias_name": "complaints",
                "alias_domain_id": domain.id,
            }
        )

    def _receive(self, sender, subject="Broken", text="It broke.", number=1):
        before = self.env["feedback.case"].search([])
        message = _MAIL.format(sender=sender, subject=subject, text=text, number=number)
        self.env["mail.thread"].message_process(None, message.encode())
        return self.env["feedback.case"].search([]) - before

    def test_a_mail_opens_a_case_of_the_known_customer(self):
        customer = self._add_customer("Ann", email="Ann@Example.com")
        case = self._receive("Ann <ann@example.com>")
        self.assertRecordValues(
            case,
            [
                {
                    "partner_id": customer.id,
                    "name": "Broken",
                    "description": "It broke.",
                    "channel": "email",
                    "company_id": self.company.id,
                    "user_id": self.agent.id,
                    "state": "new",
                }
            ],
        )

    def test_an_unknown_sender_becomes_one_contact(self):
        first = self._receive("New Person <new@person.example>", number=1)
        second = self._receive("new@person.example", number=2)
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertEqual(first.partner_id.name, "New Person")

    def test_a_contact_of_another_company_is_not_the_customer(self):
        other = self._add_company("Other")
        theirs = self._add_customer(
            "Theirs", email="ann@example.com", company_id=other.id
        )
        case = self._receive("Ann <ann@example.com>", number=6)
        self.assertTrue(case)
        self.assertNotEqual(case.partner_id, theirs)
        case = self._receive("Ann <ann@example.com>", number=7)
        self.assertEqual(case.partner_id.name, "Ann")
        self.assertEqual(case.partner_id.email, "ann@example.com")

    def test_subject_and_text_are_kept_as_text(self):
        case = self._receive(
            "x@y.example", subject="", text="<script>alert(1)</script>", number=3
        )
        self.assertEqual(case.name, "Mail without a subject")
        long = self._receive("x@y.example", text="y" * 20_000, number=4)
        self.assertEqual(len(long.description), 10_000)

    def test_a_new_owner_gets_the_next_case(self):
        other = self._add_user("other", FEEDBACK_AGENT)
        self.mailbox.user_id = other
        self.assertEqual(self._receive("z@y.example", number=5).user_id, other)


class TestPosts(FeedbackCase):
    """S023: posts and reviews of elsewhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls._add_user("agent", FEEDBACK_AGENT)
        cls.posts = cls.env["feedback.post"].with_user(cls.agent)
        cls.posts = cls.posts.with_company(cls.company)

    def _post(self, **values):
        return {"platform": "weibo", "text": "很好用", **values}

    def test_posts_are_stored_once(self):
        sent = [
            self._post(external_id="a", rating=5, date="2025-06-01T10:00:00Z"),
            self._post(external_id="b"),
        ]
        first = self.posts.submit(sent)
        again = self.posts.submit(sent)
        self.assertEqual(len(first["created"]), 2)
        self.assertEqual(
            again, {"created": [], "known": first["created"], "erased": []}
        )
        post = self.posts.browse(first["created"][0])
        self.assertEqual((post.rating, str(post.date)), (5, "2025-06-01 10:00:00"))

    def test_moments_are_read_in_their_own_zone(self):
        for text, moment in (
            ("2025-06-01T10:00:00+08:00", "2025-06-01 02:00:00"),
            ("2025-06-01T23:30:00.5-05:00", "2025-06-02 04:30:00"),
            ("2025-06-01 10:00:00", "2025-06-01 10:00:00"),
            ("2025-06-01", "2025-06-01 00:00:00"),
        ):
            ids = self.posts.submit([self._post(date=text)])["created"]
            self.assertEqual(str(self.posts.browse(ids).date), moment)
        with self.assertRaises(ValidationError):
            self.posts.submit([self._post(date="0001-01-01T00:00:00+10:00")])

    def test_exactly_one_contact_is_the_customer(self):
        ann = self._add_customer("Ann", email="ann@example.com")
        for name in ("One", "Two"):
            self._add_customer(name, email="shared@example.com")
        posts = self.posts.browse(
            self.posts.submit(
                [
                    self._post(email="ANN@example.com"),
                    self._post(email="shared@example.com"),
                    self._post(email="nobody@example.com"),
                ]
            )["created"]
        )
        self.assertEqual(posts.sorted("id").mapped("partner_id"), ann)
        self.assertEqual(posts.sorted("id")[0].partner_id, ann)

    def test_what_is_not_valid_is_named_and_nothing_is_stored(self):
        before = self.posts.search_count([])
        for fault in (
            {"platform": "nowhere"},
            {"text": " "},
            {"text": 5},
            {"rating": 6},
            {"rating": "5"},
            {"rating": True},
            {"date": "yesterday"},
            {"company_id": 1},
            {"partner_id": 1},
            {"url": "javascript:alert(1)"},
            {"text": "x" * 10_001},
        ):
            with self.subTest(fault), self.assertRaises(ValidationError):
                with self.env.cr.savepoint():
                    self.posts.submit([self._post(), self._post(**fault)])
        with self.assertRaises(ValidationError):
            self.posts.submit([self._post()] * 1001)
        self.assertEqual(self.posts.search_count([]), before)

    def test_odd_characters_are_stored_as_far_as_they_are_text(self):
        created = self.posts.submit([self._post(text="a\x00b\ud800c")])["created"]
        self.assertEqual(self.posts.browse(created).text, "ab?c")

    def test_only_agents_send_posts(self):
        seller = self._add_user("seller", "customer_insight.group_user")
        with self.assertRaises(AccessError):
            self.posts.with_user(seller).submit([self._post()])

    def test_a_post_of_a_customer_can_become_a_case(self):
        ann = self._add_customer("Ann", email="ann@example.com")
        ids = self.posts.submit([self._post(email="ann@example.com"), self._post()])
        known, unknown = self.posts.browse(ids["created"])
        known.action_open_case()
        self.assertEqual(known.case_id.partner_id, ann)
        known.action_open_case()
        self.assertEqual(
            self.env["feedback.case"].search_count([("partner_id", "=", ann.id)]), 1
        )
        with self.assertRaisesRegex(ValidationError, "Who wrote it"):
            unknown.action_open_case()

    def test_posts_are_imported_from_a_file(self):
        content = (
            "platform,external_id,date,author,rating,text\n"
            "Google,g1,2025-06-01 10:00:00,Bob,4,Fine\n"
            "Weibo,w1,2025-06-02 10:00:00,小李,2,太慢\n"
        )
        wizard = self.env["base_import.import"].create(
            {
                "res_model": "feedback.post",
                "file": BytesIO(content.encode()).getvalue(),
                "file_name": "posts.csv",
                "file_type": "text/csv",
            }
        )
        columns = content.splitlines()[0].split(",")
        result = wizard.execute_import(
            columns,
            columns,
            {"quoting": '"', "separator": ",", "has_headers": True},
        )
        self.assertFalse(result["messages"])
        posts = self.env["feedback.post"].browse(result["ids"])
        self.assertEqual(posts.sorted("date").mapped("author"), ["Bob", "小李"])
        self.assertEqual(posts.sorted("date").mapped("platform"), ["google", "weibo"])


class TestInbox(FeedbackCase):
    """S071: what was said anywhere stands in one list, with its customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = cls._add_user("agent", FEEDBACK_AGENT)
        cls.customer = cls._add_customer(
            "Ann", email="ann@example.com", user_id=cls.agent.id
        )
        cls.comments = cls.env["feedback.comment"]

    def _collected(self):
        self.comments._collect()
        return self.comments.with_user(self.agent).search(
            [("company_id", "=", self.company.id)]
        )

    def test_all_channels_stand_in_one_list(self):
        self._answer(self.customer, comment="Slow delivery", nps=8)
        self.env["feedback.case"].create(
            {
                "name": "Broken",
                "description": "It broke",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "channel": "email",
            }
        )
        posts = self.env["feedback.post"].with_user(self.agent)
        posts = posts.with_company(self.company)
        posts.submit(
            [
                {"platform": "weibo", "text": "Nice"},
                {
                    "platform": "google",
                    "kind": "review",
                    "text": "Dear",
                    "email": "ann@example.com",
                },
            ]
        )
        found = self._collected()
        self.assertEqual(
            {(c.text, c.channel, c.partner_id) for c in found},
            {
                ("Slow delivery", "web", self.customer),
                ("It broke", "email", self.customer),
                ("Nice", "social", self.customer.browse()),
                ("Dear", "review", self.customer),
            },
        )
        sources = {c.text: c.action_open_source()["res_model"] for c in found}
        self.assertEqual(
            sources,
            {
                "Slow delivery": "survey.user_input",
                "It broke": "feedback.case",
                "Nice": "feedback.post",
                "Dear": "feedback.post",
            },
        )

    def test_the_customer_stands_beside_the_words(self):
        self._add_order(self.customer, self.company._insight_today(), 70)
        self._refresh(as_of=self.company._insight_today())
        self._answer(self.customer, comment="Slow", nps=3)
        comment = self._collected()
        self.assertEqual((comment.lifecycle_stage, comment.amount_total), ("first", 70))
        self.assertEqual(comment.open_case_count, 1)  # of the bad answer

    def test_anonymous_words_wait_for_the_smallest_group(self):
        self.survey.is_feedback_anonymous = True
        self.company.feedback_min_group = 2
        for shown in (0, 2):
            self._answer(comment="Secret", nps=3)._forget_person()
            self.assertEqual(len(self._collected()), shown)


@tagged("post_install", "-at_install")
class TestApi(FeedbackCase, HttpCase):
    """Programs send posts with a key of their own user."""

    def _call(self, posts, key=None):
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return self.url_open(
            "/json/2/feedback.post/submit",
            data=json.dumps({"posts": posts}),
            headers=headers,
        )

    def test_a_key_lets_a_program_in_and_none_does_not(self):
        agent = self._add_user("robot", FEEDBACK_AGENT)
        key = (
            self.env["res.users.apikeys"]
            .with_user(agent)
            ._generate(
                "rpc", "Posts", fields.Datetime.add(fields.Datetime.now(), days=1)
            )
        )
        post = {"platform": "google", "text": "Great", "external_id": "api-1"}
        for number, sent in ((1, post), (0, post)):
            response = self._call([sent], key)
            self.assertEqual(response.status_code, 200, response.text)
            self.assertEqual(len(response.json()["created"]), number)
        self.assertEqual(self._call([post]).status_code, 401)
        self.assertEqual(self._call([post], "wrong").status_code, 401)
        with mute_logger("odoo.http"):
            refused = self._call([{"platform": "google", "state": "x"}], key)
        self.assertEqual(refused.status_code, 422)
        self.assertNotIn("Traceback", refused.json().get("message", ""))
