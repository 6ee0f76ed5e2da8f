"""The computation of the profiles, against the bare aggregate of the orders."""

from datetime import timedelta
from typing import NamedTuple

from odoo.tools import SQL

from .databases import vacuum
from .environment import environment
from .figures import Figure
from .measure import Scales, seconds, weighed

CHANGED_SHARE = 0.01
MOST_FULL, MOST_CHANGED, MOST_GROWTH = 4, 0.2, 12
BARE = """
    CREATE TEMP TABLE bench_bare ON COMMIT DROP AS
    SELECT *, percent_rank() OVER (ORDER BY last_order) AS recency_rank,
           percent_rank() OVER (ORDER BY orders) AS frequency_rank,
           percent_rank() OVER (ORDER BY amount) AS monetary_rank
    FROM (SELECT partner_id, max(date_order) AS last_order, count(*) AS orders,
                 sum(amount_untaxed) AS amount
          FROM sale_order
          WHERE state = 'sale' AND company_id = %s
          GROUP BY partner_id) customer
"""


class Run(NamedTuple):
    """The best of some runs, next to the best of the bare aggregate run in turns."""

    seconds: float
    bare: float
    memory: float
    database_memory: float | None


class Runs(NamedTuple):
    """The kinds of computation of one data set.

    Like those of all, ``changed`` is the computation itself: facts, scores, stages,
    health, and the rows they make. ``followed`` is with what the night does for all in
    steps of their own: usual categories, history of stages and segments.
    """

    first: Run
    next_day: Run
    changed: Run
    followed: Run


def measure(database, plan):
    """Compute all profiles, those of some days later, and those of a few customers.

    The last day is today, so that the profiles are left as they should be.

    :return: :class:`Runs`
    """
    with environment(database) as env:
        today = env.company._insight_today()
    days = [today - timedelta(days=back) for back in range(plan.runs, -1, -1)]
    first = _best(database, [_First(days[0])] * plan.runs)
    next_day = _best(database, [_Full(day) for day in days[1:]])
    _follow(database)
    vacuum(database)  # as the server has done when the day begins
    turns = range(plan.runs)
    return Runs(
        first=first,
        next_day=next_day,
        changed=_best(database, [_Changed(turn) for turn in turns]),
        followed=_best(database, [_Followed(turn) for turn in turns]),
    )


def figures(plan, small, large):
    """:return: lines of the table (list of Figure) for the Runs of both data sets

    The smaller set shows how time grows with the data. Its ratios are not judged:
    beside so short an aggregate the statements' planning alone is more than a fifth.
    """
    lines = size_figures(plan, plan.small, small, judged=False)
    lines += size_figures(plan, plan.large, large)
    for what, before, after in (
        ("first computation", small.first, large.first),
        ("computation of the next day", small.next_day, large.next_day),
    ):
        what = f"ten times the data: {what}"
        lines.append(Figure(what, MOST_GROWTH, "x", after.seconds, before.seconds))
    return lines


def size_figures(plan, size, runs, judged=True):
    """:return: lines of the table (list of Figure) for the Runs of one data set"""
    return [
        Figure(f"{size.short}: {what}, best of {plan.runs}", target, "x", *run)
        for what, run, target in (
            ("first computation", runs.first, None),
            (
                "computation of the next day",
                runs.next_day,
                MOST_FULL if judged else None,
            ),
            (
                f"computation of {CHANGED_SHARE:.0%} changed",
                runs.changed,
                MOST_CHANGED if judged else None,
            ),
            ("the same with habits and history", runs.followed, None),
        )
    ]


class _Full:
    """All profiles as of a day on which nothing is computed yet."""

    def __init__(self, day):
        self.day = day

    def prepare(self, env):
        """Do what comes before but is not measured."""

    def __call__(self, env):
        env["customer.profile"]._refresh(companies=env.company, as_of=self.day)


class _First(_Full):
    """All profiles when there are none yet."""

    def prepare(self, env):
        env.cr.execute("TRUNCATE customer_profile")


class _Changed:
    """The profiles of some customers after one order of each has changed."""

    def __init__(self, turn):
        self.turn = turn
        self.customer_ids = []

    def prepare(self, env):
        changed = env.execute_query(
            SQL(
                """
                WITH chosen AS (
                    SELECT max(sale.id) AS id, partner.commercial_partner_id AS customer
                    FROM sale_order sale JOIN res_partner partner
                        ON partner.id = sale.partner_id
                    WHERE sale.state = 'sale'
                      AND partner.commercial_partner_id %% %(every)s = %(turn)s
                    GROUP BY partner.commercial_partner_id)
                UPDATE sale_order SET amount_untaxed = amount_untaxed + 1
                FROM chosen WHERE chosen.id = sale_order.id RETURNING chosen.customer
                """,
                every=int(1 / CHANGED_SHARE),
                turn=self.turn,
            )
        )
        self.customer_ids = [customer for [customer] in changed]

    def __call__(self, env):
        customers = env["res.partner"].browse(self.customer_ids)
        self._compute(env["customer.profile"], env.company, customers)

    def _compute(self, profiles, company, customers):
        profiles._compute(company.sudo(), company._insight_today(), customers)


class _Followed(_Changed):
    """The same, with what follows from it."""

    def _compute(self, profiles, company, customers):
        profiles._refresh(partners=customers, companies=company)


def _best(database, actions):
    """Run the actions, each after a bare aggregate.

    :return: :class:`Run`; the memory is the most of all runs
    """
    times, bare_times, memory = [], [], []
    for action in actions:
        with environment(database) as env:
            action.prepare(env)
        bare_times.append(seconds(lambda: _bare(database)))
        with environment(database) as env:
            scales = Scales(), Scales(env.cr._cnx.info.backend_pid, private=True)
        with weighed(*scales):
            times.append(seconds(lambda action=action: _committed(database, action)))
        memory.append([scale.growth for scale in scales])
    own, of_database = zip(*memory, strict=True)
    return Run(
        min(times),
        min(bare_times),
        max(own),
        None if None in of_database else max(of_database),
    )


def _follow(database):
    """Find habits, write down stages and segments, as the night does afterwards."""
    with environment(database) as env:
        env["customer.profile"]._refresh_usual_categories(env.company)
        env["customer.stage.move"]._refresh(env.company)
        env["customer.segment"]._refresh(companies=env.company)


def _bare(database):
    with environment(database) as env:
        env.cr.execute(BARE, [env.company.id])


def _committed(database, action):
    with environment(database) as env:
        action(env)
