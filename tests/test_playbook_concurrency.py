"""The job of playbooks, killed at each point and run by two at once.

Connections die as those of a killed worker do; what was committed is removed at the
end.
"""

import threading
from collections import Counter
from datetime import datetime
from unittest.mock import patch

import psycopg2
import pytest
from odoo import SUPERUSER_ID, Command, api
from odoo.modules.registry import Registry
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

NOON = datetime(2025, 6, 30, 12)
RUN = "odoo.addons.customer_insight.models.customer_playbook_run"
COUNT = 5


def cursor():
    return Registry(get_db_name()).cursor()


def environment(cr):
    return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


@pytest.fixture
def plan(load_registry):
    """Ids of a playbook and its customers: a mail, then a tag."""
    with cursor() as cr:
        env = environment(cr)
        company = env.company
        partners = env["res.partner"].create(
            [
                {"name": f"Reader {number}", "email": f"r{number}@example.com"}
                for number in range(COUNT)
            ]
        )
        cr.execute(
            """INSERT INTO customer_profile (partner_id, company_id, active,
                                             lifecycle_stage, stage_since)
               SELECT unnest(%s), %s, TRUE, 'first', '2025-06-01'""",
            [partners.ids, company.id],
        )
        template = env["mail.template"].create(
            {
                "name": "Hello",
                "model_id": env.ref("base.model_res_partner").id,
                "subject": "Hello",
                "body_html": "<p>Hello</p>",
                "email_from": "shop@example.com",
                "partner_to": "{{ object.id }}",
            }
        )
        tag = env["res.partner.category"].create({"name": "At once"})
        playbook = env["customer.playbook"].create(
            {
                "name": "Killed",
                "company_id": company.id,
                "user_id": env.ref("base.user_admin").id,
                "stage": "first",
                "domain": f"[('partner_id', 'in', {partners.ids})]",
                "is_backlog": True,
                "control_share": 0,
                "step_ids": [
                    Command.create({"action": "email", "template_id": template.id}),
                    Command.create({"action": "tag", "tag_id": tag.id}),
                ],
            }
        )
        playbook.action_start()
    yield playbook.id, partners.ids
    with cursor() as cr:
        env = environment(cr)
        playbook = env["customer.playbook"].browse(playbook.id)
        env["mail.mail"].search([("recipient_ids", "in", partners.ids)]).unlink()
        playbook.unlink()
        env["mail.template"].browse(template.id).unlink()
        env["res.partner.category"].browse(tag.id).unlink()
        env["res.partner"].browse(partners.ids).unlink()  # and their profiles


def run(playbook_id):
    with cursor() as cr:
        environment(cr)["customer.playbook"].browse(playbook_id)._run(NOON)


def state(plan):
    """What a job that is done leaves behind, once per customer."""
    playbook_id, partner_ids = plan
    with cursor() as cr:
        env = environment(cr)
        mails = env["mail.mail"].search([("recipient_ids", "in", partner_ids)])
        playbook = env["customer.playbook"].browse(playbook_id)
        logs = env["customer.playbook.log"].search([("playbook_id", "=", playbook_id)])
        return {
            "mails": sorted(mails.recipient_ids.ids),
            "count": len(mails),
            "tagged": len(
                playbook.enrolment_ids.partner_id.filtered("category_id").ids
            ),
            "log": Counter(logs.mapped("state")),
            "states": Counter(playbook.enrolment_ids.mapped("state")),
        }


def finished(plan):
    return {
        "mails": sorted(plan[1]),
        "count": COUNT,
        "tagged": COUNT,
        "log": {"done": 2 * COUNT},
        "states": {"done": COUNT},
    }


@pytest.mark.parametrize(
    ("model", "method", "call"),
    [
        ("customer.playbook", "_measure", 1),
        ("customer.playbook", "_take", 2),
        ("customer.playbook.log", "_note", 1),
        ("customer.playbook.log", "_note", 3),
        ("customer.playbook.step", "_do_email", 1),
        ("customer.playbook.step", "_do_email", 2),
        ("customer.playbook.step", "_do_tag", 2),
        ("customer.playbook.enrolment", "_go_on", 2),
        ("customer.playbook.enrolment", "_end", 1),
    ],
)
def test_killed_at_any_point_and_run_again_the_end_is_the_same(
    plan, model, method, call
):
    owner = Registry(get_db_name())[model]
    original, calls = getattr(owner, method), []

    def dying(records, *args, **kwargs):
        result = original(records, *args, **kwargs)
        calls.append(method)
        if len(calls) == call:
            records.env.flush_all()
            with cursor() as cr:
                pid = records.env.cr._cnx.info.backend_pid
                cr.execute("SELECT pg_terminate_backend(%s)", [pid])
            records.env.cr.execute("SELECT 1")
        return result

    with patch(f"{RUN}.BATCH", 2):
        with (
            mute_logger("odoo.sql_db", RUN),
            patch.object(owner, method, dying),
            pytest.raises(psycopg2.Error),
        ):
            run(plan[0])
        assert len(calls) == call
        run(plan[0])
        assert state(plan) == finished(plan)
        run(plan[0])  # and a further run adds nothing
    assert state(plan) == finished(plan)


def test_two_jobs_at_once_do_nothing_twice(plan):
    barrier = threading.Barrier(2)
    errors = []

    def work():
        barrier.wait(10)
        try:
            run(plan[0])
        except psycopg2.OperationalError:
            pass  # the other one was first: the next run goes on
        except Exception as error:
            errors.append(error)

    with patch(f"{RUN}.BATCH", 1), mute_logger("odoo.sql_db", RUN):
        threads = [threading.Thread(target=work) for _number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not errors
        run(plan[0])
    assert state(plan) == finished(plan)
