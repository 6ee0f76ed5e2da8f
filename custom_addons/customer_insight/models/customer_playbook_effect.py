from math import ceil

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ..engine import uplift


class CustomerPlaybook(models.Model):
    """Whether a playbook helps: the treated against those left alone.

    Only drawn customers whose outcome window is over count, all of those drawn: also
    such as left early or could not be reached. So the groups stay alike.
    """

    _inherit = "customer.playbook"

    effect = fields.Json(string="Effect in Figures", compute="_compute_effect")
    effect_verdict = fields.Selection(
        [
            ("no_control", "No control group"),
            ("open", "Not enough yet"),
            ("none", "No effect worth speaking of"),
            ("better", "It helps"),
            ("worse", "It harms"),
        ],
        string="Effect",
        compute="_compute_effect",
    )

    @api.depends("control_share", "enrolment_ids.is_measured")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_effect(self):
        sums = self._read_outcomes()
        for playbook in self:
            effect = playbook._effect(
                *(
                    sums.get((playbook.id, control), uplift.Group(0))
                    for control in (0, 1)
                )
            )
            playbook.effect_verdict = effect["verdict"]
            playbook.effect = effect

    def _read_outcomes(self):
        """:return: ``{(playbook id, is control): Group}`` of what the user may see"""
        enrolments = self.env["customer.playbook.enrolment"]
        query = enrolments._search(
            [
                ("playbook_id", "in", self.ids),
                ("is_random", "=", True),
                ("is_measured", "=", True),
            ]
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT playbook_id, is_control, COUNT(*),
                          COUNT(*) FILTER (WHERE is_bought), SUM(amount)::float8,
                          SUM(amount * amount)::float8
                   FROM customer_playbook_enrolment WHERE id IN (%s) GROUP BY 1, 2""",
                query.select(),
            )
        )
        return {(row[0], int(row[1])): uplift.Group(*row[2:]) for row in rows}

    def _effect(self, treated, control):
        """What the panel shows.

        :return: dict of ``verdict``, ``sentence``, ``groups``, ``missing`` customers,
            ``rate`` and ``amount`` with ``interval``, ``verdict`` and texts, None where
            nothing can be compared
        """
        self.ensure_one()
        total = treated.n + control.n
        # the share that was drawn; the one that is set only while there are no groups
        drawn = treated.n and control.n
        share = control.n / total if drawn else self.control_share / 100
        rate = uplift.rate_difference(treated, control)
        amount = uplift.amount_difference(treated, control)
        missing = self._missing(treated, control, share)
        verdict = self._verdict(rate, treated, control, missing)
        is_shown = verdict in ("none", "better", "worse")
        return {
            "verdict": verdict,
            "sentence": self._effect_sentence(verdict, rate, missing),
            "missing": missing,
            "groups": [
                self._group_values(self.env._("Treated"), treated),
                self._group_values(self.env._("Control"), control),
            ],
            "rate": self._figure(rate, self._points, verdict) if is_shown else None,
            "amount": self._figure(amount, self._money) if is_shown else None,
        }

    def _missing(self, treated, control, share):
        """:return: how many more customers it takes until something can be said"""
        if not 0 < share < 1:
            return 0
        least = self.env["customer.analysis"]._least(self.company_id)
        short = max((least - control.n) / share, (least - treated.n) / (1 - share))
        if short > 0:
            return ceil(short)
        total = treated.n + control.n
        return max(0, uplift.needed(treated, control, share) - total)

    def _verdict(self, rate, treated, control, missing):
        if not self.control_share and not control.n:
            return "no_control"
        company = self.company_id
        least = self.env["customer.analysis"]._least(company)
        if min(treated.n, control.n) < least:
            return "open"
        return uplift.judge(rate, difference_is_small=not missing)

    def _figure(self, interval, written, verdict=None):
        if interval is None:
            return None
        difference, low, high = interval
        return {
            "interval": [difference, low, high],
            "verdict": verdict or uplift.judge(interval),
            "difference": written(difference),
            "low": written(low),
            "high": written(high),
        }

    def _points(self, value):
        return self.env._(
            "%s points",
            f"{'+' * (value > 0)}{formatLang(self.env, 100 * value, digits=1)}",
        )

    def _money(self, value):
        text = formatLang(self.env, value, currency_obj=self.company_id.currency_id)
        return f"{'+' * (value > 0)}{text}"

    def _group_values(self, name, group):
        if not group.n:
            return {"name": name, "n": "0", "rate": "–", "text": ""}
        currency = self.company_id.currency_id
        n = formatLang(self.env, group.n, digits=0)
        return {
            "name": name,
            "n": n,
            "rate": f"{formatLang(self.env, 100 * group.rate, digits=1)} %",
            "text": self.env._(
                "%(buyers)s of %(n)s bought, %(mean)s per customer",
                buyers=formatLang(self.env, group.buyers, digits=0),
                n=n,
                mean=formatLang(self.env, group.mean, currency_obj=currency),
            ),
        }

    def _effect_sentence(self, verdict, rate, missing):
        if verdict == "no_control":
            return self.env._(
                "Without a control group nobody can tell what the playbook does."
            )
        if verdict == "open" and not missing:
            return self.env._("Not enough yet: too few customers in one group.")
        if verdict == "open":
            return self.env._(
                "Not enough yet: about %s more customers whose outcome is known are"
                " needed.",
                formatLang(self.env, self._round_up(missing), digits=0),
            )
        if verdict == "none":
            return self.env._(
                "No difference between the two groups that is worth speaking of."
            )
        values = {
            "points": formatLang(self.env, 100 * abs(rate[0]), digits=1),
            "days": self.window_days,
        }
        if verdict == "better":
            return self.env._(
                "%(points)s more of a hundred customers buy within %(days)s days.",
                **values,
            )
        return self.env._(
            "%(points)s fewer of a hundred customers buy within %(days)s days.",
            **values,
        )

    @api.model
    def _round_up(self, count):
        """:return: a count with two digits that mean something; it is an estimate"""
        step = 10 ** max(0, len(str(count)) - 2)
        return -(-count // step) * step
