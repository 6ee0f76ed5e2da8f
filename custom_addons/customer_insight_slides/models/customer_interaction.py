from odoo import api, fields, models
from odoo.tools import SQL


class CustomerInteraction(models.Model):
    """Courses that a contact joined and finished."""

    _inherit = "customer.interaction"

    kind = fields.Selection(
        selection_add=[("course", "Course"), ("course_finished", "Course Finished")]
    )

    _depends = {
        "slide.channel": ["website_id"],
        "slide.channel.partner": ["channel_id", "member_status", "partner_id"],
        "slide.slide.partner": ["channel_id", "completed", "partner_id"],
        "website": ["company_id"],
    }

    @api.model
    def _interaction_sources(self, company=None):
        return {
            **super()._interaction_sources(company),
            "slide.channel.partner": self._course_touches(
                company,
                SQL("attendee.member_status <> 'invited'"),
                date=SQL("attendee.create_date"),
                kind=SQL("'course'"),
            ),
            "slide.channel.partner/finished": self._course_touches(
                company,
                SQL("attendee.member_status = 'completed'"),
                # Odoo keeps no such day: it is that of the last lesson
                date=SQL(
                    """COALESCE((
                           SELECT MAX(lesson.write_date) FROM slide_slide_partner lesson
                           WHERE lesson.channel_id = attendee.channel_id
                             AND lesson.partner_id = attendee.partner_id
                             AND lesson.completed), attendee.write_date)"""
                ),
                kind=SQL("'course_finished'"),
            ),
        }

    @api.model
    def _course_touches(self, company, where, **columns):
        """Attendees of courses; those of a website belong to its company."""
        return self._source_query(
            SQL(
                """slide_channel_partner attendee
                   JOIN slide_channel course ON course.id = attendee.channel_id
                   LEFT JOIN website site ON site.id = course.website_id"""
            ),
            where,
            company,
            source_id=SQL("attendee.id"),
            anchor_id=SQL("attendee.partner_id"),
            company_id=SQL("site.company_id"),
            channel=SQL("'portal'"),
            direction=SQL("'none'"),
            **columns,
        )

    @api.model
    def _kind_icons(self):
        return {
            **super()._kind_icons(),
            "course": ("fa-graduation-cap", "info"),
            "course_finished": ("fa-graduation-cap", "success"),
        }

    @api.model
    def _shown_document(self, source):
        if source._name == "slide.channel.partner":
            return source.channel_id
        return super()._shown_document(source)

    @api.model
    def _source_text(self, source):
        if source._name == "slide.channel.partner":
            return source.channel_id.name, ""
        return super()._source_text(source)
