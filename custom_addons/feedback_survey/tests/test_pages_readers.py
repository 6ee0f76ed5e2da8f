from lxml import html
from odoo.tests import tagged

from .test_pages import PageCase


@tagged("post_install", "-at_install")
class TestReaders(PageCase):
    """The public pages for those who listen to them, and in both languages."""

    def _page(self, path, **sent):
        return html.fromstring(self._send(path, **sent) if sent else self._get(path))

    def test_every_field_has_a_name_and_every_fault_is_announced(self):
        self.place.asks_contact = True
        self.survey.allows_attachments = True
        self.nps.constr_mandatory = True
        faulty = self._page(self.place_path, contact_name="Ann")
        for page in (self._page(self.place_path), faulty):
            self.assertTrue(page.get("lang"))
            self.assertTrue(page.findtext(".//title").strip())
            self.assertEqual(len(page.findall(".//h1")), 1)
            labelled = {label.get("for") for label in page.iterfind(".//label[@for]")}
            for field in page.xpath("//input[not(@type='hidden')]|//textarea"):
                named = field.get("id") in labelled or field.xpath("ancestor::label")
                self.assertTrue(named, html.tostring(field))
            for group in page.iterfind(".//fieldset"):
                self.assertTrue(group.find("legend").text_content().strip())
        [alert] = faulty.xpath("//div[@role='alert']")
        self.assertTrue(alert.text_content().strip())
        ids = {one.get("id") for one in faulty.iterfind(".//*[@id]")}
        for field in faulty.iterfind(".//*[@aria-describedby]"):
            self.assertIn(field.get("aria-describedby"), ids)

    def test_ready_made_surveys_speak_english_and_chinese(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(
            ["feedback_survey", "feedback_survey_stock"], ["zh_CN"]
        )
        surveys = self.env["survey.survey"].search([("has_metrics", "=", True)])
        ready = surveys.filtered(
            lambda one: (one.get_external_id()[one.id] or "").startswith("feedback_")
        )
        self.assertGreaterEqual(len(ready), 3)
        for record in (*ready, *ready.question_ids):
            english = record.with_context(lang="en_US").title
            chinese = record.with_context(lang="zh_CN").title
            self.assertRegex(english, "^[ -~’–]+$")
            self.assertRegex(chinese, "[\u4e00-\u9fff]", english)
