import io
import json
import zipfile

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import html2plaintext, mute_logger

from .common import FEEDBACK_AGENT, FEEDBACK_MANAGER, FeedbackCase
from .test_erasure import WORD, KnownPersonCase


@tagged("post_install", "-at_install")
class TestGiveOut(KnownPersonCase):
    """FS-25: all that feedback knows of a person, and nothing of anybody else."""

    def _give_out(self, partner=None, companies=None, user=None):
        """:return: ``{name: content}`` of the files in the file"""
        user = user or self.manager
        env = self.env(user=user, context={"allowed_company_ids": user.company_ids.ids})
        _name, content = env["feedback.give.out"]._give_out(
            (partner or self.customer).with_env(env), companies or self.company
        )
        pack = zipfile.ZipFile(io.BytesIO(content))
        return {name: pack.read(name) for name in pack.namelist()}

    def _tables(self, *args, **kwargs):
        return json.loads(self._give_out(*args, **kwargs)["feedback.json"])

    def _known_texts(self):
        """Every text with the word in a table of feedback and surveys, and in messages
        and to-dos about them: ``{(table, column, text)}``."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT table_name, column_name FROM information_schema.columns
               WHERE table_schema = 'public'
                 AND data_type IN ('text', 'character varying', 'jsonb')
                 AND (table_name ~ '^(feedback|survey)'
                      OR table_name IN ('mail_message', 'mail_activity'))"""
        )
        found = set()
        for table, column in self.env.cr.fetchall():
            about = {"mail_message": "model", "mail_activity": "res_model"}.get(table)
            where = f"AND {about} ~ '^(feedback|survey)'" if about else ""
            if table == "mail_message":  # notices to staff are about their work
                where += " AND message_type <> 'user_notification'"
            self.env.cr.execute(
                f"""SELECT "{column}"::text FROM "{table}"
                    WHERE "{column}"::text ILIKE %s {where}""",
                [f"%{WORD}%"],
            )
            found |= {(table, column, text) for [text] in self.env.cr.fetchall()}
        return found

    def test_all_that_is_known_is_in_the_file(self):
        self.case.activity_schedule(
            "mail.mail_activity_data_todo",
            note=f"<p>Call {WORD} back</p>",
            summary=f"Ask {WORD}",
            user_id=self.manager.id,
        )
        known = self._known_texts()
        self.assertGreater(len(known), 10)
        files = self._give_out()
        text = files["feedback.json"].decode()
        tables = json.loads(text)
        values = {
            " ".join(str(value).lower().split())
            for rows in tables.values()
            for row in rows
            for value in row.values()
        }
        missing = {
            (table, column, stored)
            for table, column, stored in known
            if column not in ("email_from", "reply_to", "record_name", "message_id")
            and not any(
                " ".join(html2plaintext(stored).lower().split()) in value
                for value in values
            )
        }
        self.assertEqual(missing, set())
        self.assertEqual([r["score"] for r in tables["feedback.answer"]], [2, 2])
        [case] = tables["feedback.case"]
        self.assertEqual((case["state"], case["outcome"]), ("Closed", "Solved"))
        self.assertEqual(tables["feedback.post"][0]["rating"], 2)
        [sent] = [name for name in files if name.startswith("files/")]
        self.assertEqual(files[sent], WORD.encode())
        # the workbook says the same to people
        book = zipfile.ZipFile(io.BytesIO(files["feedback.xlsx"]))
        cells = "".join(book.read(name).decode() for name in book.namelist())
        for told in (f"{WORD} was here", f"Dear {WORD}", f"What of {WORD}?"):
            self.assertIn(told, cells)

    def test_nothing_of_anybody_else(self):
        """Neither of another customer nor of a colleague at the same one."""
        self.other.parent_id = self.customer
        self.assertNotIn("A kept word", str(self._tables()))
        of_other = self._tables(self.other)
        self.assertIn("A kept word", str(of_other))
        self.assertNotIn(WORD, str(of_other))
        self.assertNotIn(self.manager.name, str(self._tables()))

    def test_scores_and_segments_are_in_the_file(self):
        self._refresh(as_of=self.company._insight_today())
        segment = self.env["customer.segment"].create(
            {"name": "Friends of the house", "kind": "manual"}
        )
        segment.with_company(self.company)._add_members(self.customer + self.other)
        self.customer.write({"birthdate": "1990-02-28", "insight_objection": False})
        tables = self._tables()
        [profile] = tables["customer.profile"]
        self.assertTrue(profile["lifecycle_stage"])
        stays = [row["segment_id"] for row in tables["customer.segment.membership"]]
        self.assertIn("Friends of the house", stays)
        self.assertEqual(len(stays), len(set(stays)))  # nobody else's
        self.assertEqual(tables["res.partner"][0]["birthdate"], "1990-02-28")

    def test_further_addresses_are_the_same_person(self):
        address = self._add_customer("Ann's door", email=False)
        address.write({"parent_id": self.customer.id, "type": "delivery"})
        self._answer(address, nps=3, comment="Left at the door")
        self.assertIn("Left at the door", str(self._tables()))
        address.email = "neighbour@example.com"
        self.assertNotIn("Left at the door", str(self._tables()))

    def test_of_whom_nothing_is_known(self):
        nobody = self._add_customer("Nobody", email="nobody@example.com")
        self.assertEqual(list(self._tables(nobody)), ["res.partner"])

    def test_after_erasure_nothing_is_left(self):
        self.customer.with_user(self.manager).action_erase_feedback()
        self.assertEqual(list(self._tables()), ["res.partner"])

    def test_who_wants_no_surveys_is_told_so(self):
        self.env["feedback.address"]._opt_out(self.customer.email)
        [address] = self._tables()["feedback.address"]
        self.assertTrue(address["opted_out_on"])

    def test_only_of_companies_that_are_switched_on(self):
        foreign = self._add_company("Elsewhere")
        self.manager.company_ids |= foreign
        self.assertEqual(
            set(self._tables(companies=foreign)), {"res.partner", "feedback.address"}
        )

    def test_a_stranger_s_company_is_left_out(self):
        foreign = self._add_company("Elsewhere")
        stranger = self._add_user("give_stranger", FEEDBACK_MANAGER, company=foreign)
        found = self._tables(companies=self.company | foreign, user=stranger)
        self.assertEqual(set(found), {"res.partner", "feedback.address"})

    def test_only_managers_give_out_and_one_at_a_time(self):
        agent = self._add_user("give_agent", FEEDBACK_AGENT)
        with self.assertRaises(AccessError):
            self.customer.with_user(agent).action_give_out_feedback()
        with self.assertRaises(AccessError):
            self._give_out(user=agent)
        with self.assertRaises(UserError):
            both = self.customer | self.other
            both.with_user(self.manager).action_give_out_feedback()


@tagged("post_install", "-at_install")
class TestGiveOutPage(FeedbackCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._add_user("give_manager", FEEDBACK_MANAGER)
        cls._add_user("give_agent", FEEDBACK_AGENT)
        cls.customer = cls._add_customer(WORD, email="word@example.com")
        cls._answer(cls.customer, nps=9, comment="A fine shop")

    def test_the_download(self):
        """It leaves a note on the contact, and no file on the server."""
        files = self.env["ir.attachment"].search_count([])
        action = self.customer.with_user(self.manager).action_give_out_feedback()
        self.authenticate("give_manager", "give_manager")
        answer = self.url_open(action["url"])
        self.assertEqual(answer.status_code, 200)
        self.assertIn(WORD, answer.headers["Content-Disposition"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        self.assertIn("feedback.xlsx", names)
        self.env.invalidate_all()
        self.assertIn("given out", self.customer.message_ids[0].body)
        self.assertEqual(self.env["ir.attachment"].search_count([]), files)

    def test_the_address_is_no_way_round(self):
        url = f"/feedback_survey/give_out/{self.customer.id}?companies=1"
        self.assertNotIn("zip", self.url_open(url).headers["Content-Type"])
        self.authenticate("give_agent", "give_agent")
        with mute_logger("odoo.http"):
            answer = self.url_open(url)
        self.assertEqual(answer.status_code, 403)
        self.assertNotIn(WORD, answer.text)
        self.authenticate("give_manager", "give_manager")
        for odd in ("/feedback_survey/give_out/999999999", f"{url},x,²,99999999999"):
            self.assertIn(self.url_open(odd).status_code, (200, 404))
