"""Asking customers in several jobs at once, and jobs that die in the middle.

These tests use connections of their own and commit, as the workers of a server do, and
remove what they have committed.
"""

from contextlib import contextmanager
from unittest.mock import patch

import psycopg2
import pytest
from odoo import SUPERUSER_ID, Command, api, fields
from odoo.modules.registry import Registry
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

PEOPLE = 8
ADDRESS = "race{}@feedback.example"


@contextmanager
def transaction():
    """An environment on a connection of its own, committed at the end."""
    with Registry(get_db_name()).cursor() as cr:
        cr.execute("SET lock_timeout = '2s'")
        cr.commit()
        yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


@pytest.fixture
def rule(load_registry):
    """Id of a rule with orders of eight people to ask about; cleans up afterwards."""
    with transaction() as env:
        made = _build(env)
    companies = Registry(get_db_name())["res.company"]
    with patch.object(companies, "_feedback_may_ask", lambda company: True):
        yield made
    with transaction() as env:
        _remove(env, made)


def _build(env):
    company = env["res.company"].search([], limit=1)
    survey = env["survey.survey"].create(
        {
            "title": "Race",
            "access_mode": "public",
            "questions_layout": "one_page",
            "question_and_page_ids": [
                Command.create(
                    {
                        "title": "How likely?",
                        "question_type": "scale",
                        "scale_min": 0,
                        "scale_max": 10,
                        "metric": "nps",
                    }
                )
            ],
        }
    )
    rule = env["feedback.rule"].create(
        {
            "name": "Race",
            "active": True,
            "company_id": company.id,
            "survey_id": survey.id,
            "event": "stage_entered",
            "stage": "loyal",
            "date_from": fields.Datetime.subtract(fields.Datetime.now(), days=2),
        }
    )
    people = env["res.partner"].create(
        [
            {"name": f"Racer {number}", "email": ADDRESS.format(number)}
            for number in range(PEOPLE)
        ]
    )
    env["customer.stage.move"].create(
        [
            {
                "partner_id": person.id,
                "company_id": company.id,
                "date": company._insight_today(),
                "from_stage": "repeat",
                "to_stage": "loyal",
                "opening_stage": "repeat",
            }
            for person in people
        ]
    )
    return rule.id


def _remove(env, rule_id):
    rule = env["feedback.rule"].with_context(active_test=False).browse(rule_id)
    survey = rule.survey_id
    requests = env["feedback.request"].search([("rule_id", "=", rule_id)])
    people = env["res.partner"].search([("email", "=like", "race%@feedback.example")])
    env["mail.mail"].search(
        [("model", "=", requests._name), ("res_id", "in", requests.ids)]
    ).unlink()
    env["feedback.address"].search([("email", "in", people.mapped("email"))]).unlink()
    env["customer.stage.move"].search([("partner_id", "in", people.ids)]).unlink()
    rule.unlink()
    survey.unlink()
    people.unlink()


def sent(rule_id):
    """:return: number of requests in each state, mails, and participations"""
    with transaction() as env:
        requests = env["feedback.request"].search([("rule_id", "=", rule_id)])
        mails = env["mail.mail"].search_count(
            [("model", "=", requests._name), ("res_id", "in", requests.ids)]
        )
        states = dict(
            requests._read_group([("id", "in", requests.ids)], ["state"], ["__count"])
        )
        return states, mails, len(requests.user_input_id)


def kill(pid):
    """End a connection as the database does when a worker is killed."""
    with Registry(get_db_name()).cursor() as cr:
        cr.execute("SELECT pg_terminate_backend(%s)", [pid])


@pytest.mark.parametrize(
    "method", ["_prepare_sending", "_make_mails", "_recipient", "_expire"]
)
def test_a_job_that_is_killed_is_finished_by_the_next(rule, method):
    """FS-24: nobody is left out, nobody gets two."""
    with transaction() as env:
        env["feedback.rule"]._cron_scan()
    requests = Registry(get_db_name())["feedback.request"]
    original, calls = getattr(requests, method), []

    def dying(records, *args):
        calls.append(records)
        if len(calls) == min(5, PEOPLE) or method in ("_expire", "_make_mails"):
            kill(records.env.cr._cnx.get_backend_pid())
        return original(records, *args)

    with (
        patch.object(requests, method, dying),
        patch("odoo.addons.feedback_survey.models.feedback_request_send.BATCH", 3),
        mute_logger(
            "odoo.sql_db", "odoo.addons.feedback_survey.models.feedback_request_send"
        ),
        pytest.raises(psycopg2.Error),
        transaction() as env,
    ):
        env["feedback.request"]._cron_send()
    assert calls
    for _run in range(2):
        with transaction() as env:
            env["feedback.request"]._cron_send()
    assert sent(rule) == ({"sent": PEOPLE}, PEOPLE, PEOPLE)


def test_two_scans_at_once_queue_everything_once(rule):
    with transaction() as first, transaction() as second:
        assert len(first["feedback.rule"].browse(rule)._scan()) == PEOPLE
        with (
            mute_logger("odoo.sql_db"),
            pytest.raises(psycopg2.errors.LockNotAvailable),
        ):
            second["feedback.rule"].browse(rule)._scan()
        second.cr.rollback()
    with transaction() as env:
        assert not env["feedback.rule"].browse(rule)._scan()
    assert sent(rule)[0] == {"waiting": PEOPLE}


def test_two_senders_at_once_share_the_work(rule):
    with transaction() as env:
        env["feedback.rule"]._cron_scan()
    with (
        patch("odoo.addons.feedback_survey.models.feedback_request_send.BATCH", 4),
        transaction() as first,
        transaction() as second,
    ):
        jobs = [env["feedback.request"] for env in (first, second)]
        due = jobs[0]._due() & fields.Domain("rule_id", "=", rule)
        batches = [job._take(due) for job in jobs]
        assert not set(batches[0].ids) & set(batches[1].ids)
        for job, batch in zip(jobs, batches, strict=True):
            job._send_batch(batch)
    assert sent(rule) == ({"sent": PEOPLE}, PEOPLE, PEOPLE)


def test_one_person_in_two_jobs_is_asked_once(rule):
    """FS-18: the rest period holds between jobs that do not see each other."""
    with transaction() as env:
        env["feedback.rule"]._cron_scan()
        people = env["feedback.request"].search([("rule_id", "=", rule)]).partner_id
        people.email = ADDRESS.format(0)
    with (
        patch("odoo.addons.feedback_survey.models.feedback_request_send.BATCH", 4),
        transaction() as first,
        transaction() as second,
    ):
        jobs = [env["feedback.request"] for env in (first, second)]
        due = jobs[0]._due() & fields.Domain("rule_id", "=", rule)
        batches = [job._take(due) for job in jobs]
        jobs[0]._send_batch(batches[0])
        first.cr.commit()
        with mute_logger("odoo.sql_db"), pytest.raises(psycopg2.Error):
            jobs[1]._send_batch(batches[1])
        second.cr.rollback()
    with transaction() as env:
        env["feedback.request"]._cron_send()
    states, mails, _participations = sent(rule)
    assert states == {"sent": 1, "suppressed": PEOPLE - 1}
    assert mails == 1


@mute_logger("odoo.sql_db")
def test_two_forms_at_once_make_one_contact(load_registry):
    """The second looked before the first was stored: it is refused, and repeated it
    finds the contact."""
    email = ADDRESS.format("-form")
    try:
        with transaction() as first, transaction() as second:
            company = first["res.company"].search([], limit=1)
            theirs = second["res.company"].search([], limit=1)  # their view is from now
            made, is_new = first["res.partner"]._feedback_contact(company, email=email)
            assert is_new
            first.cr.commit()
            with pytest.raises(psycopg2.errors.SerializationFailure):
                second["res.partner"]._feedback_contact(theirs, email=email.upper())
            second.cr.rollback()
            second.invalidate_all()
            found, is_new = second["res.partner"]._feedback_contact(
                theirs, email=email.upper()
            )
            assert (found.id, is_new) == (made.id, False)
    finally:
        with transaction() as env:
            env["res.partner"].search([("email", "=", email)]).unlink()
            env.cr.execute("DELETE FROM feedback_claim")
