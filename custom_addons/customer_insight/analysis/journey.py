from dateutil.relativedelta import relativedelta
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.intervals import wilson
from ..models.customer_profile import LIFECYCLE_STAGES
from .parameters import Day

_LEAVING = ("at_risk", "churned")
_OPENED = 5000  # touches in a list


class CustomerAnalysisJourney(models.AbstractModel):
    """Stages × touchpoints: what happens with customers where on their way."""

    _name = "customer.analysis.journey"
    _inherit = "customer.analysis"
    _description = "Journey Map"

    def _title(self):
        return self.env._("Journey Map")

    def _help(self, asked):
        return self.env._(
            "Touches of the period by the stage in which the customer began the day, so"
            " that the first purchase belongs to the prospect. Drop-off: the share of"
            " the customers who were in the stage in the period and went on to at risk"
            " or churned; grey below %(least)s customers. Customers and health are"
            " those of today. Managers can write a note into each cell.",
            least=self._least(),
        )

    def _parameters(self):
        since = self.env.company._insight_today() - relativedelta(years=1)
        return [Day("since", self.env._("From"), since), *super()._parameters()]

    def _blocks(self, asked):
        touches = self._touches(asked)
        stages = self._stages(asked)
        satisfaction = self._satisfaction(asked)
        used = {stage for stage, __ in touches} | set(stages)
        order = [stage for stage, __ in LIFECYCLE_STAGES if stage in used]
        if not touches:
            return []
        labels = self._labels_of("customer.profile", "lifecycle_stage")
        kinds = self._labels_of("customer.interaction", "kind")
        notes = {
            (note.stage, note.touchpoint): note.note
            for note in self.env["customer.journey.note"].search(
                [("company_id", "=", self.env.company.id)]
            )
        }
        return [
            *self._advice(asked, stages=stages),
            {
                "type": "journey",
                "title": self.env._("Stages and Touchpoints"),
                "can_edit": self.env["customer.journey.note"].has_access("write"),
                "company_id": self.env.company.id,
                "said_label": self.env._("Satisfaction"),
                "has_answers": self._answers_query(asked) is not None,
                "columns": [
                    {
                        "stage": stage,
                        "label": labels[stage],
                        "satisfaction": satisfaction.get(stage),
                        **stages.get(stage, {}),
                    }
                    for stage in order
                ],
                "rows": [
                    {
                        "kind": kind,
                        "label": label,
                        "cells": [
                            self._cell(stage, kind, touches, notes) for stage in order
                        ],
                    }
                    for kind, label in kinds.items()
                    if any((stage, kind) in touches for stage in order)
                    or any((stage, kind) in notes for stage in order)
                ],
            },
        ]

    def _cell(self, stage, kind, touches, notes):
        count, customers = touches.get((stage, kind), (0, 0))
        return {
            "stage": stage,
            "value": count,
            "n": customers,
            "note": notes.get((stage, kind), ""),
            "key": ["touch", stage, kind] if count else None,
        }

    def _labels_of(self, model, name):
        return dict(self.env[model]._fields[name]._description_selection(self.env))

    # === READING === #

    def _of_customers(self, asked, domain):
        """``domain`` on a model with customer and company, by the filters."""
        domain &= Domain("company_id", "=", self.env.company.id)
        if self._is_filtered(asked):
            query = self.env["customer.profile"]._search(self._profile_domain(asked))
            domain &= Domain("partner_id", "in", query.subselect("partner_id"))
        return domain

    def _touches_query(self, asked):
        """SELECT id, partner_id, kind, day, stage of all touches of the period."""
        period = Domain("day", ">=", asked.since) & Domain("day", "<=", asked.until)
        query, column = self._readable(
            "customer.interaction", self._of_customers(asked, period)
        )
        touches = query.select(
            SQL("%s AS id", column("id")),
            SQL("%s AS partner_id", column("partner_id")),
            SQL("%s AS kind", column("kind")),
            SQL("%s AS day", column("day")),
        )
        return self._with_stage(asked, touches)

    def _with_stage(self, asked, touches):
        """What happened, with the stage in which the customer began the day (SQL).

        :param touches: SELECT with ``partner_id`` and ``day``
        """
        stays, of = self._readable(
            "customer.stage.move", self._of_customers(asked, Domain.TRUE)
        )
        return SQL(
            """SELECT touch.*, COALESCE(stay.stage, 'prospect') AS stage
               FROM (%s) touch
               LEFT JOIN (%s) stay
                   ON stay.partner_id = touch.partner_id AND stay.date < touch.day
                  AND (stay.date_to IS NULL OR stay.date_to >= touch.day)""",
            touches,
            stays.select(
                SQL("%s AS partner_id", of("partner_id")),
                SQL("%s AS stage", of("to_stage")),
                SQL("%s AS date", of("date")),
                SQL("%s AS date_to", of("date_to")),
            ),
        )

    def _answers_query(self, asked):
        """What customers said in the period; an add-on that asks them gives it.

        :return: SELECT with ``id``, ``partner_id``, ``day`` and ``part`` (the answer's
            share of its scale, 0 to 1), of rows the user may read; None without
        """
        return None

    def _satisfaction(self, asked):
        """:return: per stage the answers given in it, as a cell of the map"""
        answers = self._answers_query(asked)
        if answers is None:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT stage, COUNT(*), AVG(part)::double precision
                   FROM (%s) answer GROUP BY stage""",
                self._with_stage(asked, answers),
            )
        )
        return {
            stage: {
                "value": mean,
                "n": count,
                "weak": count < self._least(),
                "key": ["answers", stage],
            }
            for stage, count, mean in rows
        }

    def _touches(self, asked):
        """:return: ``{(stage, kind): (touches, customers)}``"""
        rows = self.env.execute_query(
            SQL(
                """SELECT stage, kind, COUNT(*), COUNT(DISTINCT partner_id)
                   FROM (%s) touch GROUP BY stage, kind""",
                self._touches_query(asked),
            )
        )
        return {(stage, kind): (count, n) for stage, kind, count, n in rows}

    def _stages(self, asked):
        """:return: per stage the customers and health of today, and the drop-off"""
        domain = self._profile_domain(asked) & Domain("lifecycle_stage", "!=", False)
        query, column = self._readable("customer.profile", domain)
        stage = column("lifecycle_stage")
        query.groupby = stage
        health = SQL("AVG(%s)::double precision", column("health_score"))
        rows = self.env.execute_query(query.select(stage, SQL("COUNT(*)"), health))
        today = {stage: (n, average) for stage, n, average in rows}
        drops = self._drops(asked)
        found = {}
        for stage in {*today, *drops}:
            n, average = today.get(stage, (0, None))
            found[stage] = {
                "n": n,
                "health": average,
                "key": ["stage", stage] if n else None,
                "drop": self._drop(stage, *drops.get(stage, (0, 0))),
            }
        return found

    def _drop(self, stage, present, dropped):
        if not present or stage in ("prospect", "churned"):
            return None
        low, high = wilson(dropped, present)
        return {
            "value": dropped / present,
            "n": present,
            "low": low,
            "high": high,
            "weak": present < self._least(),
            "key": ["drop", stage],
        }

    def _drops(self, asked):
        """:return: ``{stage: (customers in it, those who dropped off)}``"""
        query, column = self._readable(
            "customer.stage.move", self._of_customers(asked, Domain.TRUE)
        )
        rows = self.env.execute_query(
            SQL(
                """WITH move AS MATERIALIZED (%(moves)s)
                   SELECT stay.stage, COUNT(DISTINCT stay.partner_id),
                          COUNT(DISTINCT stay.partner_id)
                              FILTER (WHERE next.stage = ANY(%(leaving)s)
                                      AND next.date <= %(until)s)
                   FROM move stay
                   LEFT JOIN move next ON next.partner_id = stay.partner_id
                                      AND next.date = stay.date_to
                   WHERE stay.date <= %(until)s
                     AND (stay.date_to IS NULL OR stay.date_to >= %(since)s)
                   GROUP BY stay.stage""",
                moves=query.select(
                    SQL("%s AS partner_id", column("partner_id")),
                    SQL("%s AS stage", column("to_stage")),
                    SQL("%s AS date", column("date")),
                    SQL("%s AS date_to", column("date_to")),
                ),
                leaving=list(_LEAVING),
                since=asked.since,
                until=asked.until,
            )
        )
        return {stage: (present, dropped) for stage, present, dropped in rows}

    def _records(self, asked, key):
        kind, stage = key[0], key[1]
        label = self._labels_of("customer.profile", "lifecycle_stage")[stage]
        if kind == "stage":
            domain = self._profile_domain(asked)
            return (
                "customer.profile",
                domain & Domain("lifecycle_stage", "=", stage),
                label,
            )
        company = Domain("company_id", "=", self.env.company.id)
        if kind == "drop":
            during = Domain("date", ">=", asked.since) & Domain(
                "date", "<=", asked.until
            )
            left = Domain("from_stage", "=", stage) & Domain(
                "to_stage", "in", list(_LEAVING)
            )
            return "customer.stage.move", company & during & left, label
        if kind != "touch":
            raise KeyError(kind)
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) touch WHERE stage = %s AND kind = %s LIMIT %s",
                self._touches_query(asked),
                stage,
                str(key[2]),
                _OPENED,
            )
        )
        ids = [touch_id for (touch_id,) in rows]
        return "customer.interaction", company & Domain("id", "in", ids), label
