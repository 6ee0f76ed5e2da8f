from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date


class CustomerAnalysisLoyalty(models.AbstractModel):
    """What the dashboard says where there are no points: what to do, where some are."""

    _inherit = "customer.analysis.loyalty"

    def _clubs(self, companies):
        """Programs with accounts of these companies, also those of all companies."""
        return (
            self.env["loyalty.program"]
            .sudo()
            .with_context(active_test=True)
            .search(
                [
                    ("program_type", "=", "loyalty"),
                    ("company_id", "in", [*companies.ids, False]),
                ]
            )
        )

    def _companies_with_points(self):
        """Other companies of the reader in which points have moved."""
        others = self.env.user.company_ids - self.env.company
        groups = (
            self.env["loyalty.point.move"]
            .sudo()
            ._read_group([("company_id", "in", others.ids)], ["company_id"])
        )
        return self.env["res.company"].concat(*(company for [company] in groups))

    def _has_points(self, asked):
        domain = self._scope(asked) & Domain("points", "!=", 0)
        return bool(self.env["loyalty.point.move"].sudo().search_count(domain, limit=1))

    def _empty(self, asked):
        if asked.since > asked.until:
            return self.env._("The first day is after the last.")
        if self._has_points(asked):
            return self.env._(
                "No points until %s. Choose later days.",
                format_date(self.env, asked.until),
            )
        if club := self._clubs(self.env.company)[:1]:
            text = self.env._(
                "%(company)s has a program, %(program)s, and no points in it yet."
                " Members get points with their next confirmed order; points they bring"
                " along are given with Adjust Points on their account.",
                company=self.env.company.name,
                program=club.name,
            )
        else:
            text = self.env._(
                "%s has no points program. Create one of the type Loyalty Cards: say"
                " what earns points and what they buy. Members get points with their"
                " next confirmed order.",
                self.env.company.name,
            )
        if others := self._companies_with_points():
            names = ", ".join(others.mapped("name"))
            text += " " + self.env._("There are points in %s.", names)
        return text

    def _steps(self, asked):
        if asked.since > asked.until or self._has_points(asked):
            return []
        steps = []
        for company in self._companies_with_points():
            is_chosen = company in self.env.companies
            step = {"label": self.env._("Show %s", company.name)}
            if is_chosen:
                step["values"] = {"firm": company.id, "program": False}
            else:
                step["company"] = company.id
            steps.append(step)
        clubs = self._clubs(self.env.company)
        programs = self.env["loyalty.program"]
        if not clubs and programs.has_access("create"):
            steps.append(
                {
                    "label": self.env._("Create a Program"),
                    "action": "loyalty.loyalty_program_discount_loyalty_action",
                }
            )
        elif clubs and programs.has_access("read"):
            steps.append(
                {
                    "label": self.env._("Open the Program"),
                    "action": {
                        "type": "ir.actions.act_window",
                        "res_model": "loyalty.program",
                        "res_id": clubs[0].id,
                        "views": [(False, "form")],
                    },
                }
            )
        return steps
