from odoo import models
from odoo.fields import Domain

from ..engine.classifier import shares
from .blocks import Column, Figure, Row, figures, table

#: Chance below which a difference between two rules is called real.
_LEVEL = 0.05


class CustomerAnalysisForecast(models.AbstractModel):
    """The forecast as a classifier: who was warned of, and who really stayed away.

    Figures are those of ``engine.classifier``, of purchases the forecast had not seen.
    """

    _inherit = "customer.analysis.forecast"

    def _classifier(self, run):
        """:return: the blocks of the classifier, none for runs from before it"""
        found = (run.metrics or {}).get("classifier")
        if not found:
            return []
        return [
            self._classifier_figures(found),
            self._confusion_table(run, found),
            self._rules_table(found),
        ]

    def _classifier_figures(self, found):
        """The four shares of the forecast, in words, each with its interval."""
        of = shares(found["tables"]["model"])
        labels = {
            "precision": self.env._("Warned of, and Really Left"),
            "recall": self.env._("Left, and Were Warned of"),
            "accuracy": self.env._("Told Rightly"),
            "warned": self.env._("Share Warned of"),
        }
        items = [
            Figure(label, self._share(of[name]), "percent", self._interval(of[name]))
            for name, label in labels.items()
        ]
        items.append(
            Figure(
                self.env._("Better than “Always the Same”"),
                self._verdict(found, "majority"),
                "text",
                self._sign_note(found, "majority"),
            )
        )
        return figures(items) | {
            "title": self.env._("As a Classifier: Who Leaves?"),
            "note": self._threshold_note(found),
        }

    def _threshold_note(self, found):
        return self.env._(
            "At the risk from which the forecast warns (%(risk)s %%), on purchases it"
            " had not seen. Left is who did not buy within the horizon. n = %(n)s"
            " customers; below each share its 95 %% interval.",
            risk=round(100 * found["threshold"]),
            n=self._count(found["n"]),
        )

    def _share(self, figure):
        return figure[0] if figure else None

    def _interval(self, figure):
        """:return: the 95 % interval of a share, as a note"""
        if not figure:
            return self.env._("nobody to count")
        return self.env._(
            "%(low)s to %(high)s %%",
            low=round(100 * figure[1]),
            high=round(100 * figure[2]),
        )

    def _confusion_table(self, run, found):
        counted = found["tables"]["model"]
        left = self.env._("Did not buy again")
        stayed = self.env._("Bought again")
        rows = [
            ("warned", self.env._("Warned of"), "warned_left", "warned_stayed"),
            ("quiet", self.env._("Not warned of"), "missed", "quiet_stayed"),
        ]
        return table(
            self.env._("Said and Come True"),
            [
                Column(self.env._("The Forecast Said"), grow=True),
                Column(left, "integer"),
                Column(stayed, "integer"),
                Column(self.env._("Together (n)"), "integer"),
            ],
            [
                Row(
                    [
                        label,
                        counted[gone],
                        counted[back],
                        counted[gone] + counted[back],
                    ],
                    key=["class", side],
                    weak=found["n"] < self._least(),
                )
                for side, label, gone, back in rows
            ],
            note=self.env._("A row opens today's customers of whom the same is said."),
        )

    def _rules_table(self, found):
        names = {
            "model": self.env._("Forecast"),
            "rate": self.env._("Own Past Rate"),
            "silence": self.env._("Silence Alone"),
            "majority": self.env._("Always the Same"),
        }
        return table(
            self.env._("Beside Rules without a Model"),
            [
                Column(self.env._("Rule"), grow=True),
                Column(self.env._("Warned of, and Really Left")),
                Column(self.env._("Left, and Were Warned of")),
                Column(self.env._("Told Rightly")),
                Column(self.env._("Share Warned of")),
                Column(self.env._("Is the Forecast Better?"), grow=True),
            ],
            [self._rule_row(found, side, label) for side, label in names.items()],
            note=self.env._(
                "The own past rate warns at the same risk; silence of as many customers"
                " as the forecast, the longest silent first; “always the same” says of"
                " everybody what came true of most."
            ),
        )

    def _rule_row(self, found, side, label):
        of = shares(found["tables"][side])
        cells = [
            f"{round(100 * of[name][0])} % ({self._interval(of[name])})"
            if of[name]
            else "–"
            for name in ("precision", "recall", "accuracy", "warned")
        ]
        verdict = "–"
        if side != "model":
            verdict = self.env._(
                "%(verdict)s (%(note)s)",
                verdict=self._verdict(found, side),
                note=self._sign_note(found, side),
            )
        return Row([label, *cells, verdict], weak=found["n"] < self._least())

    def _verdict(self, found, side):
        """Whether the forecast tells more customers rightly than another rule."""
        wins, losses, chance = found["against"][side]
        if found["n"] < self._least():
            return self.env._("too few")
        if chance >= _LEVEL:
            return self.env._("no difference")
        return self._yes(wins > losses)

    def _sign_note(self, found, side):
        wins, losses, __ = found["against"][side]
        return self.env._(
            "right alone %(wins)s times, wrong alone %(losses)s",
            wins=self._count(wins),
            losses=self._count(losses),
        )

    def _class_records(self, run, side):
        """Today's customers of whom is warned, or not; those without a forecast not."""
        if side not in ("warned", "quiet"):
            raise KeyError(side)
        border = run.metrics["classifier"]["threshold"]
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= Domain("purchase_days", ">", 0)
        if side == "warned":
            domain &= Domain("churn_risk", ">=", border)
            return "customer.profile", domain, self.env._("Warned of by the Forecast")
        domain &= Domain("churn_risk", "<", border)
        domain &= Domain("expected_purchases", ">", 0)
        return "customer.profile", domain, self.env._("Not Warned of by the Forecast")
