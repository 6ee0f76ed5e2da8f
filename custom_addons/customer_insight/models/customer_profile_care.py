from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

from . import customer_profile_facts, customer_profile_refresh  # noqa: F401  first

_REVIEW_WITHIN_DAYS = 7


class ResPartner(models.Model):
    _inherit = "res.partner"

    insight_verified_on = fields.Date(
        string="Last Verified",
        copy=False,
        groups="customer_insight.group_user",
        help="When somebody last made sure that these data are right.",
        prefetch="customer_insight",
    )

    def write(self, vals):
        result = super().write(vals)
        watched = self.env["customer.field.requirement"]._names()
        if vals.keys() & {*watched, "insight_verified_on"}:
            self._queue_customer_profiles()
        return result


class ResCompany(models.Model):
    _inherit = "res.company"

    insight_review_days = fields.Integer(
        string="Review Cycle (Days)",
        default=365,
        help="After so many days without being verified a customer's data are due.",
        prefetch="customer_insight",
    )
    insight_review_days_high = fields.Integer(
        string="Review Cycle of High Value (Days)",
        default=180,
        prefetch="customer_insight",
    )

    _insight_review_positive = models.Constraint(
        "CHECK (insight_review_days > 0 AND insight_review_days_high > 0)",
        "Customers are reviewed after one day at the earliest.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    insight_review_days = fields.Integer(
        related="company_id.insight_review_days", readonly=False
    )
    insight_review_days_high = fields.Integer(
        related="company_id.insight_review_days_high", readonly=False
    )


class CustomerProfile(models.Model):
    """What kind of customer it is, and how well its data are kept."""

    _inherit = "customer.profile"

    customer_type = fields.Selection(
        [
            ("person_prospect", "Person, prospect"),
            ("person_buyer", "Person, existing"),
            ("company_prospect", "Company, prospect"),
            ("company_buyer", "Company, existing"),
        ],
        help="Derived from the contact and its purchases: who has bought is existing.",
    )
    data_completeness = fields.Integer(
        string="Completeness (%)",
        aggregator="avg",
        help="Share of the required fields that are filled in, by weight.",
    )
    missing_fields = fields.Char(
        string="Missing", compute="_compute_missing_fields", compute_sudo=True
    )
    verified_on = fields.Date(string="Last Verified")
    review_due = fields.Date(
        help="The day from which the data are to be verified again: a review cycle"
        " after they were verified, or after the contact was created.",
    )

    def _fact_columns(self, company, as_of):
        """Completeness by the requirements, of the contacts as they are now."""
        requirements = self.env["customer.field.requirement"]._all()
        parts = [
            (part._filled_sql(), part._applies_sql(), part.weight)
            for part in requirements
            if part._column()
        ]
        zero = SQL("0")
        completeness = SQL(  # a half is rounded up
            "FLOOR(100.0::float8 * (%(filled)s) / NULLIF(%(all)s, 0) + 0.5)::int",
            filled=SQL(" + ").join(
                SQL("CASE WHEN %s AND %s THEN %s ELSE 0 END", filled, applies, weight)
                for filled, applies, weight in parts
            )
            if parts
            else zero,
            all=SQL(" + ").join(
                SQL("CASE WHEN %s THEN %s ELSE 0 END", applies, weight)
                for __, applies, weight in parts
            )
            if parts
            else zero,
        )
        return {
            **super()._fact_columns(company, as_of),
            "is_company": SQL("partner.is_company"),
            "verified_on": SQL("partner.insight_verified_on"),
            "completeness": completeness,
        }

    def _profile_columns(self, company, as_of, policy):
        verified = SQL(
            "CASE WHEN fact.verified_on <= %s THEN fact.verified_on END",
            as_of,
        )
        return {
            **super()._profile_columns(company, as_of, policy),
            "customer_type": SQL(
                """CASE WHEN fact.is_company THEN 'company_' ELSE 'person_' END
                   || CASE WHEN fact.purchase_days > 0 THEN 'buyer'
                           ELSE 'prospect' END"""
            ),
            "data_completeness": SQL("fact.completeness"),
            "verified_on": verified,
            "review_due": SQL(
                """COALESCE(%s, fact.created_on)
                   + CASE WHEN fact.value_class = 'high' THEN %s ELSE %s END""",
                verified,
                company.insight_review_days_high,
                company.insight_review_days,
            ),
        }

    @api.depends("partner_id", "customer_type")
    @api.depends_context("lang")
    def _compute_missing_fields(self):
        requirements = self.env["customer.field.requirement"]._all()
        for profile in self:
            missing = requirements.filtered(
                lambda part, profile=profile: (
                    part._is_required_of(profile)
                    and part._column()
                    and not profile.partner_id[part.field_name]
                )
            )
            names = [part._column()._description_string(self.env) for part in missing]
            profile.missing_fields = ", ".join(dict.fromkeys(names))

    def action_verified_today(self):
        """Note that the data of these customers were checked today.

        :raise AccessError: for contacts the user may not change
        """
        self.check_access("read")
        for company, profiles in self.grouped("company_id").items():
            profiles.partner_id.insight_verified_on = company._insight_today()
            # the figure follows at once; the right was that to change the contact
            self.sudo()._refresh(partners=profiles.partner_id, companies=company)
        return True

    def action_assign_review(self):
        """Plan a review with the salesperson of each customer, once.

        :return: a notification that says how many were planned
        """
        self.check_access("read")
        summary = self.env._("Verify the customer's data")
        planned = 0
        for profile in self:
            partner = profile.partner_id
            if summary in partner.activity_ids.mapped("summary"):
                continue
            deadline = profile.company_id._insight_today()
            partner.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=deadline + relativedelta(days=_REVIEW_WITHIN_DAYS),
                summary=summary,
                note=profile.missing_fields or "",
                user_id=(partner.user_id or self.env.user).id,
            )
            planned += 1
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s reviews planned.", count=planned),
            },
        }
