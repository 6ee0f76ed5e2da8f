from odoo import models
from odoo.addons.customer_insight.analysis.blocks import Advice


class CustomerAdvice(models.AbstractModel):
    """What the screen of campaigns suggests: a mailing to a segment that wants more."""

    _inherit = "customer.advice"

    def _advise_coverage(self, screen, asked, rows):
        """The segment whose demand rises most without a campaign, beyond chance.

        :param rows: list of dicts, see ``customer.analysis.coverage._read_demand``
        """
        rising = [row for row in rows if row["open_"] and row["sure"]]
        return [
            Advice(
                self.env._(
                    "“%(segment)s” buys %(change)s %% more than in the 90 days before"
                    " (n = %(n)s), and no campaign reaches it: more than chance.",
                    segment=row["segment"].name,
                    change=f"{100 * row['change']:.0f}",
                    n=screen._count(row["n"]),
                ),
                self.env._("send a mailing to this segment"),
                key=["segment", row["segment"].id],
                **self._mailing(row["segment"]),
            )
            for row in rising[:1]
            if row["change"] is not None
        ]

    def _mailing(self, segment):
        """A new mailing to the contacts of a segment, filled in.

        :return: dict of ``action`` and ``label``, empty for readers who may not mail
        """
        if not self.env["mailing.mailing"].has_access("create"):
            return {}
        link = "rfm_segment_id" if segment.kind == "rfm" else "segment_ids"
        domain = [(f"customer_profile_id.{link}", "in", segment.ids)]
        values = {
            "subject": segment.name,
            "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            "mailing_domain": repr(domain),
        }
        return {
            "label": self.env._("New mailing"),
            "action": self._form("mailing.mailing", None, values),
        }
