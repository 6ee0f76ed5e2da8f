from datetime import datetime
from unittest.mock import patch

from odoo import Command
from odoo.addons.customer_insight.tests.test_interaction import InteractionCase


class CourseCase(InteractionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.course = cls.env["slide.channel"].create(
            {
                "name": "Care of Records",
                "is_published": True,
                "enroll": "public",
                "slide_ids": [
                    Command.create({"name": name, "is_published": True})
                    for name in ("Dust", "Light")
                ],
            }
        )

    @classmethod
    def _attendee(cls, partner=None):
        partner = partner or cls.contact
        return cls.env["slide.channel.partner"].search(
            [("channel_id", "=", cls.course.id), ("partner_id", "=", partner.id)]
        )

    @classmethod
    def _finish(cls, partner=None):
        partner = partner or cls.contact
        cls.course._action_add_members(partner)
        lessons = cls.env["slide.slide.partner"].create(
            [
                {
                    "slide_id": slide.id,
                    "partner_id": partner.id,
                    "completed": True,
                }
                for slide in cls.course.slide_ids
            ]
        )
        cls._attendee(partner)._recompute_completion()
        return lessons


class TestCourse(CourseCase):
    """Courses on the timeline, and the event of one that was finished."""

    def test_a_course_that_was_joined_is_one_row_and_no_contact(self):
        self.course._action_add_members(self.contact)
        self._set_create_date(self._attendee(), "2025-06-01 09:00:00")
        row = self._rows()
        self.assertEqual((row.kind, row.contact_id), ("course", self.contact))
        self.assertEqual(row.date, datetime(2025, 6, 1, 9))
        self.assertFalse(row.is_contact)
        [shown] = self._page()["rows"]
        self.assertEqual(shown["title"], "Care of Records")

    def test_an_invitation_is_no_touch(self):
        self.course._action_add_members(self.contact, member_status="invited")
        self.assertTrue(self._attendee())
        self.assertFalse(self._rows())

    def test_a_finished_course_stands_on_the_day_of_its_last_lesson(self):
        lessons = self._finish()
        self.env.flush_all()
        for day, lesson in enumerate(lessons, 1):
            self.env.cr.execute(
                "UPDATE slide_slide_partner SET write_date = %s WHERE id = %s",
                [datetime(2025, 6, day, 9), lesson.id],
            )
        row = self._rows(kind="course_finished")
        self.assertEqual(row.date, datetime(2025, 6, 2, 9))
        self.assertEqual(len(self._rows()), 2)

    def test_another_company_does_not_see_the_courses_of_a_website(self):
        other = self._add_company("Other")
        self.course.website_id = self.env["website"].create(
            {"name": "Other", "company_id": other.id}
        )
        self.course._action_add_members(self.contact)
        self.assertEqual(self._rows().company_id, other)

    def test_finishing_is_told_once(self):
        partners = self.env.registry["res.partner"]
        with patch.object(partners, "_customer_event", autospec=True) as event:
            self._finish()
            self._attendee()._recompute_completion()
        [told] = [one for one in event.call_args_list if "course" in one.args[1]]
        self.assertEqual(told.args[0], self.customer)
        self.assertEqual(told.args[1:], ("course_finished", self._attendee()))
