import io
from base64 import b64encode
from unittest.mock import patch

import xlsxwriter
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import INSIGHT_MANAGER, INSIGHT_USER, CustomerInsightCase


@tagged("post_install", "-at_install")
class TestContactImport(CustomerInsightCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = cls._add_user(
            "import_boss", f"{INSIGHT_MANAGER},base.group_partner_manager"
        )
        cls.partners = cls.env["res.partner"].with_user(cls.boss)

    def _import(self, *lines, name="list.csv", **values):
        content = values.pop("content", "\n".join(lines).encode())
        wizard = self.env["customer.contact.import"].with_user(self.boss)
        return wizard.create({"file": b64encode(content), "file_name": name, **values})

    def _check(self, *lines, **values):
        wizard = self._import(*lines, **values)
        wizard.action_check()
        return wizard

    def _load(self, *lines, **values):
        wizard = self._check(*lines, **values)
        wizard.action_load()
        return wizard

    def _told(self, wizard):
        return {line.line: (line.verdict, line.reason) for line in wizard.line_ids}

    def _counts(self, wizard):
        names = ("new", "fill", "same", "doubtful", "fault")
        return tuple(wizard[f"{name}_count"] for name in names)

    def test_synonyms_of_two_languages_and_unused_columns(self):
        wizard = self._load(
            "客户名字,电子邮箱,手机号码,出生日期,国家,鞋码",
            "王小明,wang.import@example.com,138-1234-5678,1990年3月31日,CN,42",
        )
        self.assertEqual(wizard.unused_columns, "鞋码")
        self.assertIn("客户名字 → Name", wizard.used_columns)
        partner = self.partners.search([("email", "=", "wang.import@example.com")])
        self.assertEqual(partner.name, "王小明")
        self.assertEqual(str(partner.birthdate), "1990-03-31")
        self.assertEqual(partner.country_id.code, "CN")

    def test_countries_are_looked_up_once_for_all_lines(self):
        countries = type(self.env["res.country"])
        lines = [f"Person {n},GERMANY" for n in range(30)]
        with patch.object(
            countries, "_search", autospec=True, side_effect=countries._search
        ) as search:
            wizard = self._load("Name,Country", *lines, "Nobody,Atlantis", "Zoe,fr")
        self.assertLessEqual(search.call_count, 2)
        self.assertEqual(self._counts(wizard), (31, 0, 0, 0, 1))
        people = self.partners.search([("name", "like", "Person %")])
        self.assertEqual(people.country_id.code, "DE")

    def test_faults_are_named_by_line_and_stop_nobody_else(self):
        wizard = self._load(
            "Name,E-Mail,Phone,Birthday,Country",
            "Ann Import,ann.import@example.com,+49 30 123456,1990-02-01,Germany",
            "",
            "Bad Mail,ann.example.com,,,",
            "Bad Phone,,call me,,",
            ",no.name@example.com,,,",
            "Bad Day,,,1990-02-30,",
            "Bad Country,,,,Atlantis",
            "Not Born,,,2999-01-01,",
        )
        told = self._told(wizard)
        self.assertEqual(set(told), {4, 5, 6, 7, 8, 9})  # the empty line counts
        self.assertEqual({verdict for verdict, __ in told.values()}, {"fault"})
        self.assertEqual(told[4][1], "e-mail “ann.example.com” is none")
        self.assertEqual(told[5][1], "phone “call me” is no number")
        self.assertEqual(told[6][1], "no name")
        self.assertEqual(told[7][1], "“1990-02-30” is no date")
        self.assertEqual(self._counts(wizard), (1, 0, 0, 0, 6))
        self.assertEqual(self.partners.search_count([("name", "=", "Ann Import")]), 1)
        self.assertFalse(self.partners.search([("name", "=", "Bad Mail")]))

    def test_dates_that_could_be_two_are_asked(self):
        lines = ("Name,Birthday", "Ann Import,03/04/1990", "Bob Import,31/03/1990")
        wizard = self._check(*lines)
        self.assertTrue(wizard.asks_first)
        self.assertEqual(
            self._told(wizard)[2],
            ("fault", "03/04/1990 could be day or month first"),
        )
        with self.assertRaisesRegex(UserError, "Say first"):
            wizard.action_load()
        wizard.first = "month"
        wizard.action_load()
        ann = self.partners.search([("name", "=", "Ann Import")])
        self.assertEqual(str(ann.birthdate), "1990-03-04")
        bob = self.partners.search([("name", "=", "Bob Import")])
        self.assertEqual(str(bob.birthdate), "1990-03-31")

    def test_the_same_file_again_changes_nothing(self):
        lines = (
            "No,Name,E-Mail,Phone,City,Note",
            "IMP1,Ann Import,Ann.Import@example.com,,Berlin,likes tea",
            ",Bob Import,,+49 30 7654321,,",
            ",Only Name Import,,,,",
            "IMP1,Ann Import,,,Bonn,",
        )
        header = lines[0].replace("No", "Customer No")
        first = self._load(header, *lines[1:])
        self.assertEqual(self._counts(first), (3, 0, 1, 0, 0))
        self.assertEqual(self._told(first), {5: ("twice", "the same as line 2")})
        before = self.partners.search_count([])
        domain = [("name", "like", "Import")]
        written = self.partners.search(domain).mapped("write_date")
        again = self._load(header, *lines[1:], load_doubtful=True)
        self.assertEqual(self._counts(again), (0, 0, 4, 0, 0))
        self.assertEqual(self.partners.search_count([]), before)
        self.assertEqual(self.partners.search(domain).mapped("write_date"), written)

    def test_gaps_are_filled_and_nothing_is_overwritten(self):
        ann = self._add_customer(
            "Ann Import", email="ann.import@example.com", city="Ulm"
        )
        lines = (
            "Name,E-Mail,Phone,City",
            "import ann,ANN.import@example.com,+49 30 123456,Bonn",
        )
        wizard = self._check(*lines)
        verdict, reason = self._told(wizard)[2]
        self.assertEqual(verdict, "fill")
        self.assertEqual(reason, "fills Phone; keeps another Name, City")
        self.assertFalse(ann.phone)
        wizard.action_load()
        self.assertEqual((ann.phone, ann.city), ("+49 30 123456", "Ulm"))
        self.assertEqual(ann.name, "Ann Import")

    def test_who_may_be_there_already_is_asked(self):
        self._add_customer("Ann Import", email="home.import@example.com")
        self._add_customer("Common Import")
        self._add_customer("Told Import", email="one.import@example.com")
        lines = (
            "Name,E-Mail,City",
            "Bob Import,home.import@example.com,",  # a household
            "Common Import,,Ulm",  # the name alone
            "Told Import,other.import@example.com,",  # somebody else
        )
        wizard = self._load(*lines)
        told = self._told(wizard)
        self.assertEqual(told[2], ("doubtful", "Ann Import has the same e-mail"))
        self.assertEqual(told[3][0], "doubtful")
        self.assertEqual(self._counts(wizard), (1, 0, 0, 2, 0))
        wizard = self._load(*lines, load_doubtful=True)
        self.assertEqual(self._counts(wizard), (2, 0, 1, 0, 0))
        wizard = self._load(*lines, load_doubtful=True)
        self.assertEqual(self._counts(wizard), (0, 0, 3, 0, 0))

    def test_an_archived_contact_is_not_made_again(self):
        ann = self._add_customer("Ann Import", email="ann.import@example.com")
        ann.active = False
        wizard = self._load("Name,E-Mail,City", "Ann Import,ann.import@example.com,Ulm")
        self.assertEqual(self._told(wizard)[2], ("doubtful", "Ann Import is archived"))

    def test_a_spreadsheet_and_text_of_another_encoding(self):
        stream = io.BytesIO()
        book = xlsxwriter.Workbook(stream)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "Email"])
        sheet.write_row(1, 0, ["=1+1 Import", "x.import@example.com"])
        book.close()
        self.assertEqual(
            self._load(content=stream.getvalue(), name="list.xlsx").new_count, 1
        )
        lines = ["姓名;邮箱;城市", "李明;li.import@example.com;北京", "张伟;;上海"]
        text = "\n".join(lines)
        wizard = self._load(content=text.encode("gb18030"))
        self.assertEqual(self._counts(wizard), (2, 0, 0, 0, 0))
        self.assertTrue(self.partners.search([("name", "=", "张伟")]))

    def test_files_that_cannot_be_used(self):
        for content in (b"Name,E-Mail", b"\x00\x01\x02", b"Shoe,Hat\n1,2"):
            with self.subTest(content), self.assertRaises(UserError):
                self._check(content=content)

    def test_a_contact_that_is_refused_stops_nobody_else(self):
        wizard = self._import("Name,Birthday", "Ann Import,1990-01-01", "Bob Import,")
        rows = wizard._judge()
        rows[0].values["birthdate"] = "2999-01-01"  # past the check of the file
        wizard._load_new(rows)
        self.assertEqual([row.verdict for row in rows], ["fault", "new"])
        self.assertTrue(self.partners.search([("name", "=", "Bob Import")]))

    def test_rights(self):
        user = self._add_user("import_user", INSIGHT_USER)
        with self.assertRaises(AccessError):
            self.env["customer.contact.import"].with_user(user).create(
                {"file": b64encode(b"Name\nX")}
            )
        reader = self._add_user("import_reader", INSIGHT_MANAGER)
        wizard = self._import("Name", "Ann Import").with_user(reader)
        with self.assertRaises(AccessError):
            wizard.action_load()
        self.assertFalse(self.partners.search([("name", "=", "Ann Import")]))
