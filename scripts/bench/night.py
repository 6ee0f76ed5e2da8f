"""A night with 50 segments, stage moves and a month's snapshots, against bare SQL."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tools import SQL

from .computation import BARE
from .environment import environment, manager_id
from .figures import Figure
from .measure import seconds

MOST = 3
#: With forecasts and product rules learned anew, and the warnings.
MOST_WITH_FORECASTS = 6
_FORECAST_STEPS = ("forecasts", "warnings", "product rules")
_CHANGED_EVERY = 100
#: What the segments ask for: field of the profile, operator and values. 50 in all.
_RULES = [
    ("amount_total", ">=", range(0, 1000, 50)),
    ("recency_days", "<=", range(30, 630, 30)),
    ("purchase_days", ">=", range(1, 11)),
]


def measure(database, plan):
    """Do tonight, with all history of stages and segments, then tomorrow night.

    :return: lines of the table (list of Figure)
    """
    conditions = [(*rule[:2], value) for rule in _RULES for value in rule[2]]
    with environment(database, manager_id(database)) as env:
        _make_segments(env, conditions)
        today = env.company._insight_today()
    first = _night(database, today)
    _change_orders(database)
    _age_forecasts(database)
    bare = min(seconds(lambda: _bare(database, conditions)) for _ in range(plan.runs))
    following = _night(database, today + timedelta(days=1))
    size = plan.large.short
    judged = sum(taken for step, taken in following.items() if _is_judged(step))
    what = f"{size}: a night with {len(conditions)} segments"
    return [
        Figure(f"{what}, the first", None, "x", sum(first.values()), bare),
        Figure(f"{what}, the next", MOST, "x", judged, bare),
        Figure(
            f"{size}: the same with forecasts learned anew and warnings",
            MOST_WITH_FORECASTS,
            "x",
            sum(following.values()),
            bare,
        ),
        *(
            Figure(f"{size}: the next night, of it {step}", None, "x", taken, bare)
            for step, taken in following.items()
        ),
    ]


def _is_judged(step):
    return step not in _FORECAST_STEPS


def _age_forecasts(database):
    """Let the next night learn anew, as one night a week does."""
    with environment(database) as env:
        for table in ("customer_prediction_run", "customer_recommendation_run"):
            env.cr.execute(
                SQL("UPDATE %s SET as_of = as_of - 7", SQL.identifier(table))
            )


def _make_segments(env, conditions):
    env["customer.segment"].create(
        [
            {"name": f"Bench {number}", "kind": "rule", "domain": str([condition])}
            for number, condition in enumerate(conditions)
        ]
    )


def _night(database, day):
    """Do each step of a night once: of the past months one is caught up with.

    :return: seconds by step (dict)
    """
    with environment(database) as env:
        names = [name for name, _step in env["customer.profile"]._night_steps()]
        companies = type(env.company)
    with patch.object(companies, "_insight_today", lambda _company: day):
        return {
            name: seconds(lambda position=position: _do_step(database, position))
            for position, name in enumerate(names)
        }


def _do_step(database, position):
    with environment(database) as env:
        _name, step = env["customer.profile"]._night_steps()[position]
        step(env.company)


def _change_orders(database):
    """One order of each hundredth customer has another amount, as after any day."""
    with environment(database) as env:
        env.cr.execute(
            """UPDATE sale_order
               SET amount_untaxed = amount_untaxed + 1, write_date = now()
               WHERE id IN (SELECT max(id) FROM sale_order
                            WHERE state = 'sale' AND partner_id %% %s = 0
                            GROUP BY partner_id)""",
            [_CHANGED_EVERY],
        )


def _bare(database, conditions):
    """The aggregate of the orders, of the touches, and the members of each segment."""
    with environment(database) as env:
        env.cr.execute(BARE, [env.company.id])
        env.cr.execute(
            """CREATE TEMP TABLE bench_days ON COMMIT DROP AS
               SELECT partner_id, date_order::date AS date,
                      sum(amount_untaxed) AS amount
               FROM sale_order WHERE state = 'sale' AND company_id = %s
               GROUP BY 1, 2""",
            [env.company.id],
        )
        members = SQL(" UNION ALL ").join(
            SQL(
                "SELECT %s AS segment, partner_id FROM customer_profile WHERE %s %s %s",
                number,
                SQL.identifier(name),
                SQL(operator),
                value,
            )
            for number, (name, operator, value) in enumerate(conditions)
        )
        env.cr.execute(
            SQL("CREATE TEMP TABLE bench_members ON COMMIT DROP AS %s", members)
        )
