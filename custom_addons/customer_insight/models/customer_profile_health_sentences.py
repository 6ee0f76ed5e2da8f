from dateutil.relativedelta import relativedelta
from odoo import fields, models

_YEAR = 365


class CustomerProfile(models.Model):
    """What the components of health say, and the documents they open."""

    _inherit = "customer.profile"

    # === SENTENCES === #

    def _health_rhythm_sentence(self, values):
        values = {**values, "usual": f"{values['usual']:g}"}
        if values["own"]:
            return self.env._(
                "Silent for %(silence)s days; usually buys every %(usual)s days",
                **values,
            )
        return self.env._(
            "Silent for %(silence)s days; customers usually buy every %(usual)s days",
            **values,
        )

    def _health_frequency_sentence(self, values):
        return self.env._(
            "%(last_days)s purchase days in the last %(period)s days, %(before_days)s"
            " in as many before",
            **values,
        )

    def _health_amount_sentence(self, values):
        return self.env._(
            "%(last)s in the last %(period)s days, %(before)s in as many before",
            last=self._money(values["last_amount"]),
            before=self._money(values["before_amount"]),
            period=values["period"],
        )

    def _health_contact_sentence(self, values):
        return self.env._(
            "Last contact %(days)s days ago, %(touches)s contacts in all", **values
        )

    def _health_payment_sentence(self, values):
        if not values["overdue"]:
            return self.env._(
                "None of %(due)s due invoices is overdue", due=values["due"]
            )
        return self.env._(
            "%(overdue)s of %(due)s due invoices overdue: %(amount)s, the longest for"
            " %(days)s days",
            **{**values, "amount": self._money(values["amount"])},
        )

    def _health_returns_sentence(self, values):
        return self.env._(
            "%(returned)s of %(bought)s bought within a year was returned"
            " (%(share)s %%)",
            returned=self._money(values["returned"]),
            bought=self._money(values["bought"]),
            share=round(100 * values["returned"] / values["bought"]),
        )

    # === DOCUMENTS === #

    def _open_health_purchases(self):
        """Open the purchases of the two periods a trend compares."""
        days = 2 * self._health_period(self.company_id, self.as_of)
        action = self.action_open_purchases()
        action["domain"] += [
            ("date", ">", self.as_of - relativedelta(days=days)),
            ("date", "<=", self.as_of),
        ]
        return action

    def _open_health_returns(self):
        action = self.action_open_purchases()
        action["domain"] += [
            ("date", ">", self.as_of - relativedelta(days=_YEAR)),
            ("date", "<=", self.as_of),
        ]
        action["context"] = {"group_by": "kind"}
        return action

    def _open_health_contacts(self):
        """Open the touches between people up to the day of the score."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "Contacts with %(customer)s", customer=self.partner_id.display_name
            ),
            "res_model": "customer.interaction",
            "views": [(False, "list")],
            "domain": [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "in", [False, self.company_id.id]),
                ("kind", "in", self._health_contact_kinds()),
                ("day", "<=", fields.Date.to_string(self.as_of)),
            ],
        }

    def _open_health_invoices(self):
        """Open the invoices that fell due within a year or are still open."""
        year = fields.Date.to_string(self.as_of - relativedelta(days=_YEAR))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._(
                "Due Invoices of %(customer)s", customer=self.partner_id.display_name
            ),
            "res_model": "account.move",
            "views": [(False, "list"), (False, "form")],
            "domain": [
                ("commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("move_type", "in", ["out_invoice", "out_receipt"]),
                ("state", "=", "posted"),
                ("invoice_date_due", "<", fields.Date.to_string(self.as_of)),
                "|",
                ("payment_state", "in", ["not_paid", "partial"]),
                ("invoice_date_due", ">=", year),
            ],
        }
