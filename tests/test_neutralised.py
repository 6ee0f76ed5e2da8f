"""From a neutralised copy of a database no mail leaves, whatever jobs do (X-07)."""

import smtplib
from unittest.mock import patch

import pytest
from odoo.modules.neutralize import neutralize_database
from odoo.tools import mute_logger

SUITE = ("customer_insight", "loyalty_program", "feedback_survey")
HOST = "mail.example.com"


@pytest.fixture
def hosts(env):
    """Where mail was to be handed over; every attempt fails."""
    asked = []

    class Refused(smtplib.SMTP):
        def __init__(self, host="", *_args, **_options):
            asked.append(host)
            raise OSError("no connection from a test")

    servers = type(env["ir.mail_server"])
    with (
        patch.object(servers, "_disable_send", classmethod(lambda cls: False)),
        patch("smtplib.SMTP", Refused),
        patch("smtplib.SMTP_SSL", Refused),
    ):
        yield asked


@pytest.fixture
def jobs(env):
    """The scheduled jobs of the suite, also those that are switched off."""
    data = env["ir.model.data"].search([("model", "=", "ir.cron")])
    own = data.filtered(lambda one: one.module.startswith(SUITE))
    return env["ir.cron"].with_context(active_test=False).browse(own.mapped("res_id"))


def queue_mail(env):
    env["ir.mail_server"].search([]).active = False
    env["ir.mail_server"].create({"name": "Real", "smtp_host": HOST})
    mail = env["mail.mail"].create(
        {
            "email_from": "shop@example.com",
            "email_to": "customer@example.com",
            "body_html": "<p>Happy birthday</p>",
            "auto_delete": False,
        }
    )
    env.flush_all()
    return mail


def send(env):
    env.invalidate_all()
    with mute_logger(
        "odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server"
    ):
        env["mail.mail"].process_email_queue()


def test_without_neutralising_mail_would_leave(env, hosts):
    queue_mail(env)
    send(env)
    assert hosts == [HOST]


def test_no_mail_leaves_a_neutralised_copy(env, hosts, jobs):
    mail = queue_mail(env)
    assert len(jobs) >= 3
    neutralize_database(env.cr)
    env.invalidate_all()
    assert not any(jobs.mapped("active"))
    with (
        patch.object(env.cr, "commit", env.flush_all),
        patch.object(env.cr, "rollback", env.invalidate_all),
    ):
        for job in jobs:  # by hand, as somebody who looks at the copy might
            job.ir_actions_server_id.run()
    send(env)
    assert set(hosts) == {"invalid"}  # the host that neutralising puts there
    assert mail.state == "exception"
