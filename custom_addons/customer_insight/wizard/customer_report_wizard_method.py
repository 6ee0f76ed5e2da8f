from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_datetime

from ..report.section import Column, Section


class CustomerReportWizard(models.TransientModel):
    """The last section: where the figures come from and what was left out."""

    _inherit = "customer.report.wizard"

    def _method_section(self, totals):
        return Section(
            name="method",
            title=self.env._("Method"),
            columns=[
                Column(self.env._("Subject"), "note", 32),
                Column(self.env._("How the Figures Came About"), "note", 110),
            ],
            rows=[
                *self._origin_notes(),
                *self._extent_notes(totals),
                *self._source_notes(),
                *self._exclusion_notes(totals),
                *self._scoring_notes(totals),
            ],
            heading=(self.env._("Where the figures come from"),),
        )

    def _origin_notes(self):
        """Who made the report, and with which rights and filters."""
        filters = self.segment_ids.mapped("name")
        if self.lifecycle_stage:
            filters.append(self._choices("lifecycle_stage")[self.lifecycle_stage].label)
        user = self.env.user
        return [
            (
                self.env._("Made by"),
                self.env._(
                    "%(user)s on %(moment)s, time zone %(zone)s",
                    user=user.name,
                    moment=format_datetime(self.env, fields.Datetime.now()),
                    zone=user.tz or "UTC",
                ),
            ),
            (
                self.env._("Rights"),
                self.env._(
                    "Rows, totals and charts hold only what %(user)s may see.",
                    user=user.name,
                ),
            ),
            (self.env._("Company"), self.company_id.name),
            (self.env._("Filters"), ", ".join(filters) or self.env._("None")),
        ]

    def _extent_notes(self, totals):
        """How many customers, as of when, and which period of purchases."""
        return [
            (self.env._("Customers in the report"), str(totals.customers)),
            (
                self.env._("Customers as of"),
                self.env._(
                    "%(as_of)s, by the end of the day; computed %(moment)s",
                    as_of=self._format_as_of(totals),
                    moment=format_datetime(self.env, totals.computed_at) or "–",
                ),
            ),
            (
                self.env._("Period of purchases"),
                self.env._(
                    "%(period)s, compared with %(earlier)s; days in the time zone"
                    " %(zone)s",
                    period=self._format_period(self.date_from, self.date_to),
                    earlier=self._format_period(*self._period_before()),
                    zone=self.company_id._insight_timezone(),
                ),
            ),
        ]

    def _source_notes(self):
        return [
            (self.env._("Purchases"), self._purchase_note()),
            (
                self.env._("Customer"),
                self.env._("Contacts of a company count together, as that company."),
            ),
            (
                self.env._("Amounts"),
                self.env._(
                    "Untaxed, in %(currency)s; other currencies at the rate of their"
                    " document.",
                    currency=self.company_id.currency_id.name,
                ),
            ),
            (
                self.env._("Intervals"),
                self.env._(
                    "At least and at most enclose the true rate in 95 of 100 cases"
                    " (Wilson's score interval). Grey rates are of fewer than"
                    " %(minimum)s buyers.",
                    minimum=self.company_id.insight_min_population,
                ),
            ),
        ]

    def _purchase_note(self):
        basis = self.env["res.company"]._fields["insight_purchase_basis"]
        labels = dict(basis._description_selection(self.env))
        models_read = self.env["customer.purchase"]._purchase_sources()
        return self.env._(
            "%(basis)s (%(sources)s). Two documents on one day are one purchase day.",
            basis=labels[self.company_id.insight_purchase_basis],
            sources=", ".join(
                self.env["ir.model"]._get(model).name for model in models_read
            ),
        )

    def _exclusion_notes(self, totals):
        archived = self.env["customer.profile"].search_count(
            self._profile_domain() & Domain("active", "=", False)
        )
        notes = [
            (
                self.env._("Left out"),
                self.env._(
                    "Drafts, cancelled documents and documents with an amount of zero"
                ),
            ),
            (
                self.env._("Archived customers"),
                self.env._(
                    "%(count)s left out; their purchases count in trend and period, as"
                    " in the sales report",
                    count=archived,
                ),
            ),
        ]
        if totals.last_as_of:
            notes.append(
                (
                    self.env._("Documents of the future"),
                    self.env._(
                        "%(count)s documents are dated after %(as_of)s and count in no"
                        " customer's figures.",
                        count=self._count_later_purchases(totals.last_as_of),
                        as_of=self._format_as_of(totals),
                    ),
                )
            )
        return notes

    def _count_later_purchases(self, as_of):
        return self.env["customer.purchase"].search_count(
            self._purchase_domain(as_of, fields.Date.to_date("9990-12-31"))
            & Domain("date", ">", as_of)
        )

    def _scoring_notes(self, totals):
        """The borders and settings that scores, classes and stages depend on."""
        if not totals.last_as_of:
            return []
        # Borders and settings are no customer's figures; receipts show them, too.
        scoring = self.env["customer.scoring"]._latest(
            self.company_id, totals.last_as_of
        )
        if not scoring:
            return []
        notes = [
            (self.env._("Scores 2, 3, 4, 5"), f"{name} {', '.join(texts)}")
            for name, texts in scoring._border_rows()
        ]
        notes += [
            (self.env._("Value class"), self._value_note(scoring)),
            (self.env._("Stages"), self._stage_note(scoring.policy)),
        ]
        if not scoring.is_reliable:
            notes.append(
                (
                    self.env._("Few buyers"),
                    self.env._(
                        "There are fewer than %(minimum)s buyers: scores, classes and"
                        " rates say little.",
                        minimum=scoring.policy.get("min_population"),
                    ),
                )
            )
        return notes

    def _value_note(self, scoring):
        low, high = (
            "∞"
            if border is None
            else format_amount(self.env, border, scoring.currency_id)
            for border in scoring.value_borders
        )
        return self.env._(
            "Low below %(low)s, high from %(high)s on, by the amount bought in"
            " %(window)s",
            low=low,
            high=high,
            window=self._window_text(scoring.policy.get("rfm_window_months")),
        )

    def _window_text(self, months):
        if not months:
            return self.env._("the whole history")
        return self.env._("the last %(months)s months", months=months)

    def _stage_note(self, policy):
        settings = {
            name: policy.get(name)
            for name in (
                "loyal_purchases",
                "loyal_months",
                "at_risk_days",
                "churned_days",
            )
        }
        if policy.get("stage_set") == "four":
            return self.env._(
                "Prospect: no purchase. New: one purchase day. Active: more. Churned:"
                " silent for more than %(churned_days)s days.",
                **settings,
            )
        return self.env._(
            "Prospect: no purchase. First purchase: one purchase day. Repeat: more."
            " Loyal: %(loyal_purchases)s purchase days within %(loyal_months)s months."
            " At risk: silent for more than %(at_risk_days)s days. Churned: for more"
            " than %(churned_days)s.",
            **settings,
        )
