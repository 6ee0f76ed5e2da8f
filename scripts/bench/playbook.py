"""The job of playbooks: who begins, a step for all of them, and what came of it."""

from odoo import Command, fields
from odoo.tools import SQL

from .environment import environment
from .figures import Figure
from .measure import seconds

MOST_BEGINNING_SECONDS = 30
MOST_STEPS_SECONDS = 300
MOST_OUTCOME_SECONDS = 60


def measure(database, plan):
    """Put all customers of the larger data into a playbook, tag them, and count.

    :return: lines of the table (list of Figure)
    """
    with environment(database) as env:
        playbook = _make(env)
        now = fields.Datetime.now()
        beginning = seconds(lambda: playbook._enrol(now))
        playbook = playbook.id
    with environment(database) as env:
        steps = seconds(lambda: env["customer.playbook"].browse(playbook)._run(now))
    with environment(database) as env:
        outcome = env["customer.playbook"].browse(playbook)
        env.cr.execute(
            """UPDATE customer_playbook_enrolment
               SET date = date - 400, window_end = window_end - 400"""
        )
        env.cr.execute("ANALYZE customer_playbook_enrolment")
        bare = min(seconds(lambda: _bare(env, outcome)) for _run in range(plan.runs))
        measuring = seconds(outcome._measure)
    what = f"{plan.large.short}: a playbook for all customers"
    return [
        Figure(f"{what}, who begins", MOST_BEGINNING_SECONDS, "s", beginning),
        Figure(f"{what}, a step for 90 %", MOST_STEPS_SECONDS, "s", steps),
        Figure(f"{what}, what came of it", MOST_OUTCOME_SECONDS, "s", measuring, bare),
    ]


def _make(env):
    tag = env["res.partner.category"].create({"name": "Bench"})
    playbook = env["customer.playbook"].create(
        {
            "name": "Bench",
            "trigger": "silence",
            "silence_days": 1,
            "is_backlog": True,
            "step_ids": [Command.create({"action": "tag", "tag_id": tag.id})],
        }
    )
    playbook.is_left_by_purchase = False
    playbook.action_start()
    return playbook


def _bare(env, playbook):
    """Nothing but the sums of purchases in the windows; nothing is written."""
    env.cr.execute(
        SQL(
            """SELECT SUM(amount) FROM (
                   SELECT enrolment.id, SUM(document.amount) AS amount
                   FROM customer_playbook_enrolment enrolment
                   LEFT JOIN (%(documents)s) document
                       ON document.partner_id = enrolment.partner_id
                      AND document.date > enrolment.date
                      AND document.date <= enrolment.window_end
                   WHERE enrolment.playbook_id = %(playbook)s
                     AND enrolment.window_end < %(day)s
                   GROUP BY enrolment.id) outcome""",
            documents=env["customer.purchase"]._documents_query(playbook.company_id),
            playbook=playbook.id,
            day=env.company._insight_today(),
        )
    )
