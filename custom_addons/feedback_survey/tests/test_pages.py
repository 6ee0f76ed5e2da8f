import base64
import re
import struct
import zlib
from datetime import timedelta
from io import BytesIO

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from PIL import Image

from .common import AskingCase


@tagged("post_install", "-at_install")
class PageCase(AskingCase, HttpCase):
    """The public pages, opened and sent to as browsers, scanners and liars do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nps = cls._question("nps")
        cls.text = cls.survey.question_ids.filtered("is_feedback_comment")
        cls.place = cls.env["feedback.place"].create(
            {
                "name": "Till",
                "survey_id": cls.survey.id,
                "company_id": cls.company.id,
                "team_id": cls.env["crm.team"].create({"name": "Shop"}).id,
            }
        )
        cls.participations = cls.env["survey.user_input"]

    def setUp(self):
        super().setUp()
        self.place_path = self.place._path()

    def _run(self, job):
        """The test's own transaction is everybody's already."""
        self.env.ref(f"feedback_survey.{job}").method_direct_trigger()
        self.env.invalidate_all()

    def _invite(self):
        """:return: a sent request and the path of its page"""
        rule, order = self._add_rule(rest_days=0), self._order_now()
        request = self._ask(rule).filtered(lambda r: r.sale_order_id == order)
        rule.active = False
        return request, f"/feedback/r/{request._get_token()}"

    def _token(self, path):
        return re.search(r'name="form_token" value="([^"]+)"', self._get(path))[1]

    def _get(self, path, status=200, **options):
        response = self.url_open(path, **options)
        self.assertEqual(response.status_code, status, response.text[:500])
        return response.text

    def _send(self, path, answers=(), status=200, files=None, **fields):
        """Send the form of a page. :param answers: ``{question: text}``"""
        data = {
            f"q{question.id}": str(text) for question, text in dict(answers).items()
        }
        if "form_token" not in fields:
            data["form_token"] = self._token(path)
        data.update(fields)
        response = self.url_open(path, data=data, files=files)
        self.assertEqual(response.status_code, status, response.text[:500])
        self.env.invalidate_all()
        return response.text

    def _count(self):
        return self.participations.search_count([("survey_id", "=", self.survey.id)])

    def _scores(self, participation):
        return participation.feedback_answer_ids.sorted("id").mapped("score")


class TestInvitation(PageCase):
    """The link of a mail: one tap, one confirmation, one answer."""

    def test_the_tapped_number_is_chosen_and_stored_when_sent(self):
        request, path = self._invite()
        page = self._get(f"{path}?score=9")
        self.assertRegex(page, rf'name="q{self.nps.id}" value="9" checked="checked"')
        self.assertIn("Thank you", self._send(path, {self.nps: 9, self.text: "Fine"}))
        self.assertEqual(request.state, "answered")
        answer = request.user_input_id.feedback_answer_ids
        self.assertEqual((answer.score, answer.comment), (9, "Fine"))
        self.assertEqual(answer.sale_order_id, request.sale_order_id)
        self.assertEqual(answer.channel, "email")

    def test_reading_stores_nothing_whoever_reads(self):
        """A mail scanner that follows every link, with GET or HEAD."""
        request, path = self._invite()
        for number in range(11):
            self._get(f"{path}?score={number}")
            self.opener.head(self.base_url() + f"{path}?score={number}")
        self._get(f"{path}?q{self.nps.id}=3&form_token=x")
        self.env.invalidate_all()
        self.assertEqual(request.state, "sent")
        self.assertEqual(request.user_input_id.state, "new")
        self.assertFalse(request.user_input_id.user_input_line_ids)

    def test_the_same_form_twice_is_one_answer(self):
        """FS-33: a browser on a slow line repeats its request."""
        request, path = self._invite()
        token = self._token(path)
        for _time in range(2):
            page = self._send(path, {self.nps: 2}, form_token=token)
            self.assertIn("Thank you", page)
        self.assertEqual(self._scores(request.user_input_id), [2])
        cases = self.env["feedback.case"].search(
            [("participation_id", "=", request.user_input_id.id)]
        )
        self.assertEqual(len(cases), 1)

    def test_a_second_form_is_told_that_it_is_closed(self):
        """FS-09, FS-21: the first answer stands."""
        request, path = self._invite()
        first, second = self._token(path), self._token(path)
        self._send(path, {self.nps: 9}, form_token=first)
        page = self._send(path, {self.nps: 1}, status=404, form_token=second)
        self.assertIn("not open", page)
        self.assertEqual(self._scores(request.user_input_id), [9])

    def test_whatever_does_not_open_looks_the_same(self):
        """FS-05, FS-11: unknown, used, expired, closed, of another kind."""
        used, used_path = self._invite()
        self._send(used_path, {self.nps: 9})
        expired, expired_path = self._invite()
        expired.deadline -= timedelta(days=60)
        closed, closed_path = self._invite()
        closed.survey_id = self._add_survey("nps", active=False)
        pages = {
            self._get(path, status=404)
            for path in (
                used_path,
                expired_path,
                closed_path,
                "/feedback/r/unknown",
                "/feedback/p/unknown",
                "/feedback/s/unknown",
                f"/feedback/p/{used._get_token()}",
                f"/feedback/r/{self.place.token}",
                "/feedback/stop/unknown",
            )
        }
        self.assertEqual(len(pages), 1)
        self.assertNotIn(self.survey.title, pages.pop())

    def test_a_survey_closed_while_the_page_was_open(self):
        """FS-11"""
        request, path = self._invite()
        token = self._token(path)
        self.survey.active = False
        self._send(path, {self.nps: 9}, status=404, form_token=token)
        self.assertFalse(request.user_input_id.user_input_line_ids)

    def test_no_form_token_no_answer(self):
        """FS-10: missing, foreign, made up; what was typed is kept."""
        request, path = self._invite()
        foreign = self._token(self.place_path)
        for token in ("", "x", foreign, foreign[:-3] + "abc"):
            page = self._send(path, {self.nps: 9, self.text: "Typed"}, form_token=token)
            self.assertIn("send it again", page)
            self.assertIn("Typed", page)
        self.assertEqual(request.state, "sent")

    def test_numbers_off_the_scale_and_long_texts_are_refused(self):
        """FS-02, FS-03"""
        request, path = self._invite()
        for answers in (
            {self.nps: 11},
            {self.nps: -1},
            {self.nps: "x"},
            {self.nps: 9, self.text: "x" * 10_001},
        ):
            page = self._send(path, answers)
            self.assertIn('role="alert"', page)
        self.assertEqual(request.state, "sent")
        self.assertFalse(request.user_input_id.user_input_line_ids)

    def test_a_form_without_any_answer_is_refused(self):
        request, path = self._invite()
        self.assertIn("at least one question", self._send(path))
        self.assertEqual(request.state, "sent")

    def test_foreign_fields_are_ignored(self):
        """FS-07"""
        request, path = self._invite()
        victim = self._add_customer("Victim")
        self._send(
            path,
            {self.nps: 9},
            partner_id=victim.id,
            company_id="1",
            test_entry="1",
            state="new",
            create_uid="2",
            email="victim@example.com",
        )
        participation = request.user_input_id
        self.assertEqual(participation.partner_id, self.customer)
        self.assertEqual(participation.company_id, self.company)
        self.assertFalse(participation.test_entry)
        self.assertEqual(len(participation.feedback_answer_ids), 1)

    def test_markup_stays_text(self):
        """FS-01"""
        _request, path = self._invite()
        page = self._send(
            path, {self.text: "<script>alert(1)</script>", self.nps: "<b>9</b>"}
        )
        self.assertNotIn("<script>", page)
        self.assertIn("&lt;script&gt;", page)

    def test_odd_characters_make_no_error(self):
        request, path = self._invite()
        self._send(path, {self.nps: 9, self.text: "a\x00b😀\u202e"})
        self.assertEqual(
            request.user_input_id.feedback_answer_ids.comment, "ab😀\u202e"
        )

    def test_redirect_parameters_lead_nowhere(self):
        """FS-06"""
        _request, path = self._invite()
        for name in ("redirect", "next", "return_url"):
            for target in ("https://evil.example", "//evil.example", "/\\evil.example"):
                page = self._get(f"{path}?{name}={target}")
                self.assertNotIn("evil.example", page)

    def test_the_page_is_kept_to_itself(self):
        _request, path = self._invite()
        headers = self.url_open(path).headers
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])

    def test_the_page_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.nps.with_context(lang="zh_CN").title = "您会推荐我们吗？"
        self.customer.lang = "zh_CN"
        _request, path = self._invite()
        page = self._get(path)
        self.assertIn("您会推荐我们吗？", page)
        self.assertIn('lang="zh-CN"', page)

    def test_another_survey_opens_on_its_own_page(self):
        self.env["survey.question"].create(
            {
                "survey_id": self.survey.id,
                "title": "When?",
                "question_type": "date",
            }
        )
        request, path = self._invite()
        response = self.url_open(path, allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn(request.user_input_id.access_token, response.headers["Location"])


class TestPlaces(PageCase):
    """Doors for people nobody invited: S022, S071."""

    def test_an_answer_belongs_to_the_place_and_to_nobody(self):
        self._send(self.place_path, {self.nps: 3}, email="ann@example.com")
        answer = self.answers.search([("place_id", "=", self.place.id)])
        self.assertEqual((answer.score, answer.team_id), (3, self.place.team_id))
        self.assertFalse(answer.partner_id)
        self.assertFalse(answer.user_input_id.email)
        self.assertEqual(answer.company_id, self.company)

    def test_visits_leave_no_records(self):
        """FS-04"""
        before = self._count()
        for _visit in range(30):
            self._get(self.place_path)
            self._get(self.survey._feedback_path())
            self._get(f"/survey/start/{self.survey.access_token}")
        self.assertEqual(self._count(), before)

    def test_many_forms_from_one_network_are_slowed_invitations_are_not(self):
        """FS-04"""
        self.env["ir.config_parameter"].set_param(
            "feedback_survey.posts_per_minute", "3"
        )
        for _time in range(3):
            self._send(self.place_path, {self.nps: 9})
        page = self._send(self.place_path, {self.nps: 9}, status=429)
        self.assertIn("One moment", page)
        self.assertEqual(self._count(), 3)
        request, path = self._invite()
        self._send(path, {self.nps: 9})
        self.assertEqual(request.state, "answered")

    def test_networks_are_not_kept_as_they_are(self):
        self._send(self.place_path, {self.nps: 9})
        hits = self.env["feedback.hit"].search([])
        self.assertTrue(hits)
        self.assertNotIn("127.0.0.1", hits[0].digest)
        hits.moment -= timedelta(hours=2)
        self.env.flush_all()
        self.env["feedback.hit"]._gc()
        self.assertFalse(hits.exists())

    def test_a_household_of_ipv6_is_one_network(self):
        network = self.env["feedback.hit"]._network_of
        for address, found in (
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("192.0.2.7", "192.0.2.7"),
            ("unix:", "unix:"),
            (None, None),
        ):
            self.assertEqual(network(address), found)
        self.env["ir.config_parameter"].set_param(
            "feedback_survey.posts_per_minute", "2"
        )
        hits = self.env["feedback.hit"]
        floods = [hits._count(f"2001:db8:1:2::{number}") for number in range(3)]
        self.assertEqual(floods, [False, False, True])
        self.assertFalse(hits._count("2001:db8:1:3::1"))

    def test_nobody_is_named_by_a_link(self):
        """FS-08: core stores the address as it is given."""
        self.survey.questions_layout = "page_per_question"
        self.env["survey.question"].create(
            {"survey_id": self.survey.id, "title": "When?", "question_type": "date"}
        )
        token = self.survey.access_token
        self.url_open(f"/survey/start/{token}?email=ann@example.com")
        self.assertFalse(
            self.participations.search([("survey_id", "=", self.survey.id)]).email
        )

    def test_only_named_sites_show_the_form(self):
        self.place.allowed_sites = "https://shop.example https://www.shop.example:8080"
        policy = self.url_open(self.place_path).headers["Content-Security-Policy"]
        self.assertIn(
            "frame-ancestors https://shop.example https://www.shop.example:8080",
            policy,
        )
        for site in ("javascript:x", "https://a.example; script-src *", "shop.example"):
            with self.assertRaises(ValidationError):
                self.place.allowed_sites = site

    def test_a_new_link_closes_the_old_one(self):
        self.place.action_new_link()
        self._get(self.place_path, status=404)
        self._get(self.place._path())

    def test_what_only_machines_fill_in_is_not_stored(self):
        page = self._send(self.place_path, {self.nps: 9}, homepage="https://spam")
        self.assertIn("Thank you", page)
        self.assertFalse(self._count())

    def test_a_survey_for_invited_people_has_no_public_page(self):
        self.survey.access_mode = "token"
        self._get(self.place_path, status=404)
        self._get(self.survey._feedback_path(), status=404)

    def test_choices_are_checked(self):
        question = self.env["survey.question"].create(
            {
                "survey_id": self.survey.id,
                "title": "Which?",
                "question_type": "simple_choice",
                "suggested_answer_ids": [
                    Command.create({"value": value}) for value in ("Red", "Blue")
                ],
            }
        )
        page = self._send(self.place_path, {question: "999999999"})
        self.assertIn("choose one of the answers", page)
        chosen = question.suggested_answer_ids[1]
        self._send(self.place_path, {question: chosen.id, self.nps: 9})
        line = self.participations.search(
            [("feedback_place_id", "=", self.place.id)]
        ).user_input_line_ids.filtered(lambda line: line.question_id == question)
        self.assertEqual(line.suggested_answer_id, chosen)

    def test_the_qr_code_and_the_link(self):
        self.assertTrue(self.place.url.endswith(self.place_path))
        self.assertGreaterEqual(len(self.place.token), 32)
        self.assertIn(self.place.url, self.place.embed_code)
        self.assertIn(b"<svg", base64.b64decode(self.place.qr_code))


class TestFiles(PageCase):
    """FS-12: only what is asked for, by its content."""

    def setUp(self):
        super().setUp()
        self.survey.allows_attachments = True
        self.request_, self.path = self._invite()

    def _picture(self):
        stream = BytesIO()
        Image.new("1", (4, 4)).save(stream, "PNG")
        return stream.getvalue()

    def _picture_that_says(self, width, height):
        """A small PNG whose head tells another size, as a decompression bomb's does."""
        picture = self._picture()
        head = b"IHDR" + struct.pack(">II", width, height) + picture[24:29]
        return picture[:12] + head + struct.pack(">I", zlib.crc32(head)) + picture[33:]

    def _upload(self, *files, answers=None):
        return self._send(
            self.path,
            answers or {self.nps: 1},
            files=[("attachment", file) for file in files],
        )

    def _kept(self):
        case = self.env["feedback.case"].search(
            [("participation_id", "=", self.request_.user_input_id.id)]
        )
        return self.env["ir.attachment"].search(
            [("res_model", "=", "feedback.case"), ("res_id", "in", case.ids)]
        )

    def test_a_picture_goes_to_the_case_under_a_name_of_ours(self):
        self._upload(("../../../etc/passwd.png", self._picture()))
        kept = self._kept()
        self.assertEqual((kept.name, kept.mimetype), ("1.png", "image/png"))
        self.assertFalse(kept.public)

    def test_what_is_no_picture_is_refused_whatever_it_is_called(self):
        huge = self._picture_that_says(60_000, 60_000)
        for name, content in (
            ("a.png", b"<html><script>alert(1)</script></html>"),
            ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("a.png", b""),
            ("a.exe", b"MZ" + b"\0" * 100),
            ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50),
            ("huge.png", huge),
            ("large.png", self._picture() + b"\0" * (5 * 1024 * 1024)),
        ):
            with self.subTest(name, length=len(content)):
                self.assertIn('role="alert"', self._upload((name, content)))
                self.assertEqual(self.request_.state, "sent")

    def test_ten_files_are_too_many(self):
        page = self._upload(*[(f"{n}.png", self._picture()) for n in range(10)])
        self.assertIn("at most 3 files", page)

    def test_a_page_that_asks_for_none_takes_none(self):
        self.survey.allows_attachments = False
        self.assertIn("takes no files", self._upload(("a.png", self._picture())))

    def test_a_body_of_20_mb_is_refused(self):
        """FS-03"""
        response = self.url_open(
            self.path,
            data={"form_token": self._token(self.path), "x": "y" * 20_000_000},
        )
        self.assertEqual(response.status_code, 413)
        self.assertEqual(self.request_.state, "sent")


class TestAnonymous(PageCase):
    """FS-15: no way back to the person; nothing shown below the smallest group."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survey.is_feedback_anonymous = True
        cls.path = cls.survey._feedback_path()

    def _tables(self, participation):
        """Every stored value of a participation, its lines and its answers."""
        rows = []
        for table, column in (
            ("survey_user_input", "id"),
            ("survey_user_input_line", "user_input_id"),
            ("feedback_answer", "user_input_id"),
        ):
            self.env.cr.execute(
                f"SELECT * FROM {table} WHERE {column} = %s", [participation.id]
            )
            rows += self.env.cr.dictfetchall()
        return rows

    def test_everybody_gets_the_same_link_and_no_reminder(self):
        rule = self._add_rule(reminder_count=1, rest_days=0)
        self._order_now()
        self._order_now(self._add_customer("Bob", email="bob@example.com"))
        requests = self._ask(rule)
        self.assertEqual(set(requests.mapped("state")), {"sent"})
        self.assertFalse(requests.user_input_id)
        self.assertFalse(any(requests.mapped("remind_at")))
        for mail in requests.mail_id:
            self.assertIn(f"{self.path}?score=10", mail.body_html)
            for request in requests:
                self.assertNotIn(request._get_token(), mail.body_html)

    def test_answers_know_neither_person_nor_moment(self):
        self.assertIn("This survey is anonymous", self._get(self.path))
        self._send(self.path, {self.nps: 2, self.text: "Bad"})
        participation = self.participations.search([("survey_id", "=", self.survey.id)])
        day = self.company._feedback_moment(self.company._insight_today())
        rows = self._tables(participation)
        self.assertGreater(len(rows), 2)
        for row in rows:
            for name in ("partner_id", "contact_id", "email", "nickname", "user_id"):
                self.assertFalse(row.get(name), name)
            moments = [row[name] for name in row if name.endswith(("date", "datetime"))]
            for moment in moments:
                self.assertIn(moment, (None, day, day.date()))
            self.assertNotIn(self.env.ref("base.public_user").id, [row["create_uid"]])
        self.assertFalse(
            self.env["feedback.case"].search(
                [("participation_id", "=", participation.id)]
            )
        )
        messages = self.env["mail.message"].search(
            [("model", "=", "survey.user_input"), ("res_id", "=", participation.id)]
        )
        self.assertFalse(messages)

    def test_nothing_is_shown_below_the_smallest_group(self):
        self.survey.company_id = self.company
        self.company.feedback_min_group = 3
        manager = self._add_user("manager", "feedback_survey.group_manager")
        answers = self.answers.with_user(manager)
        seen = [("survey_id", "=", self.survey.id)]
        for shown in (0, 0, 3, 3, 3, 6):
            self._send(self.path, {self.nps: 9})
            self.assertEqual(answers.search_count(seen), shown)
            for model in ("survey.user_input", "survey.user_input.line"):
                found = self.env[model].with_user(manager).search(seen)
                participations = (
                    found if model == "survey.user_input" else found.user_input_id
                )
                self.assertEqual(len(participations), shown, model)

    def test_files_would_lead_to_a_person(self):
        self.survey.allows_attachments = True
        page = self._send(
            self.path, {self.nps: 9}, files=[("attachment", ("a.png", b"x"))]
        )
        self.assertIn("takes no files", page)


class TestStopPage(PageCase):
    """FS-20: without login, by hand or by the mail program."""

    def setUp(self):
        super().setUp()
        self.request_, _path = self._invite()
        self.stop = self.request_._stop_url().replace(self.base_url(), "")
        self.stop = "/feedback/stop/" + self.request_._stop_url().split("/stop/")[1]

    def _is_stopped(self):
        self.env.invalidate_all()
        return self.env["feedback.address"]._is_opted_out("ann@example.com")

    def test_reading_the_page_asks_first(self):
        page = self._get(self.stop)
        self.assertIn("No more surveys?", page)
        self.assertFalse(self._is_stopped())

    def test_sending_it_stops_surveys(self):
        response = self.url_open(self.stop, data={"List-Unsubscribe": "One-Click"})
        self.assertIn("Done", response.text)
        self.assertTrue(self._is_stopped())
        self.assertEqual(self.request_.mail_id.state, "cancel")

    def test_a_token_has_one_meaning(self):
        """The token of a form is none of this page, and the other way round."""
        token = self.stop.rsplit("/", 1)[1]
        form = self._token(self.place_path)
        response = self.url_open(f"/feedback/stop/{form}", data={"x": "1"})
        self.assertEqual(response.status_code, 404)
        self.assertIn(
            "send it again", self._send(self.place_path, {}, form_token=token)
        )
        self.assertFalse(self._is_stopped())


class TestPortal(PageCase):
    """FS-34: the own ones, without what is said inside."""

    def test_own_questions_and_cases_only(self):
        self._add_user("ann_portal", "base.group_portal", partner_id=self.customer.id)
        request, path = self._invite()
        other = self._add_customer("Other")
        cases = self.env["feedback.case"].create(
            [
                {
                    "name": name,
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "resolution": f"Internal note on {name}",
                }
                for name, partner in (("Mine", self.customer), ("Foreign", other))
            ]
        )
        cases[0].message_post(body="Between us", subtype_xmlid="mail.mt_note")
        self.authenticate("ann_portal", "ann_portal")
        page = self._get("/my/feedback")
        self.assertIn(path, page)
        self.assertIn("Mine", page)
        for hidden in ("Foreign", "Between us", "Internal note"):
            self.assertNotIn(hidden, page)
        cases[0]._mark_told("phone")
        self.assertIn("Internal note on Mine", self._get("/my/feedback"))
        self._send(path, {self.nps: 9})
        self.assertEqual(request.state, "answered")
        self.assertNotIn(path, self._get("/my/feedback"))

    def test_visitors_have_to_log_in(self):
        response = self.url_open("/my/feedback", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])
