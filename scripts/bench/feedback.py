"""Asking and answering: ten thousand mails, fifty people at once, a million answers.

``python -m bench.feedback DATABASE [invitations forms answers]``: a scratch database
with the add-on, which is filled.
"""

import logging
import socket
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import requests
from odoo.fields import Command

from .databases import BenchError, odoo_command, server
from .environment import configure, environment
from .figures import Figure, as_text
from .plan import Plan

ADDON = "feedback_survey"
CLIENTS = 50
_USUAL = Plan()
_MAIL_SECONDS = 600
_FORM_SECONDS = 1
_DASHBOARD_SECONDS = 3
_READY = 120


def measure(
    database,
    invitations=_USUAL.invitations,
    forms=_USUAL.forms,
    answers=_USUAL.answers,
):
    """:return: lines of the table (list of Figure)"""
    _prepare(database, invitations)
    return [
        *_mails(database, invitations),
        _forms(database, forms),
        _dashboard(database, answers),
    ]


def _prepare(database, invitations):
    """A survey, its place, and people with addresses, who have bought."""
    with environment(database) as env:
        company = env.ref("base.main_company")
        company.write(
            {
                "feedback_ask_from": 0,
                "feedback_ask_to": 24,
                "feedback_ask_weekend": True,
                "email": "shop@bench.example",
            }
        )
        env["ir.config_parameter"].set_param(
            "feedback_survey.posts_per_minute", "1000000"
        )
        env["feedback.place"].create(
            {
                "name": "Bench",
                "company_id": company.id,
                "survey_id": env.ref("feedback_survey.survey_recommend").id,
            }
        )
        env.cr.execute(
            """WITH people AS (
                   INSERT INTO res_partner (
                       name, complete_name, email, active, lang,
                       email_normalized, create_date, autopost_bills)
                   SELECT 'Asked ' || n, 'Asked ' || n,
                          'asked' || n || '@bench.example', TRUE, 'en_US',
                          'asked' || n || '@bench.example', now(), 'ask'
                   FROM generate_series(1, %s) n RETURNING id)
               SELECT id FROM people""",
            [invitations],
        )
        ids = [row[0] for row in env.cr.fetchall()]
        env.cr.execute(
            "UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)",
            [ids],
        )


def _mails(database, invitations):
    """From the wave to the last mail at a server: each address gets exactly one."""
    with _catcher() as (port, caught), environment(database) as env:
        env["ir.mail_server"].create(
            {"name": "Bench", "smtp_host": "127.0.0.1", "smtp_port": port}
        )
        rule = env["feedback.rule"].create(
            {
                "name": "Bench",
                "active": True,
                "company_id": env.ref("base.main_company").id,
                "survey_id": env.ref("feedback_survey.survey_recommend").id,
                "event": "stage_entered",
                "stage": "first",
                "date_from": "2000-01-01",
            }
        )
        started = time.perf_counter()
        _queue(env, rule)
        queued = time.perf_counter() - started
        while env["feedback.request"].search_count([("state", "=", "waiting")]):
            env["feedback.request"]._cron_send()
            env.cr.commit()
        made = time.perf_counter() - started
        while env["mail.mail"].search_count([("state", "=", "outgoing")]):
            env["mail.mail"].process_email_queue(batch_size=1000)
            env.cr.commit()
        sent = time.perf_counter() - started
        rule.active = False
    if len(caught) != invitations or len(set(caught)) != invitations:
        raise BenchError(f"{len(caught)} mails to {len(set(caught))} people arrived")
    what = f"{invitations:,} invitations"
    return [
        Figure(f"{what}: queued", None, "s", queued),
        Figure(f"{what}: made, each with its reasons checked", None, "s", made),
        Figure(
            f"{what}: at a mail server, none lost or doubled", _MAIL_SECONDS, "s", sent
        ),
    ]


def _queue(env, rule):
    """A stage entered by each of the people, found by the rule."""
    env.cr.execute(
        """INSERT INTO customer_stage_move (partner_id, company_id, date, from_stage,
                                            to_stage, opening_stage)
           SELECT id, %s, CURRENT_DATE, 'prospect', 'first', 'prospect'
           FROM res_partner WHERE email LIKE 'asked%%@bench.example'""",
        [rule.company_id.id],
    )
    rule._scan()
    env.cr.commit()


@contextmanager
def _catcher():
    """A mail server that takes everything. :return: its port, and who was written to"""
    from aiosmtpd.controller import Controller

    logging.getLogger("mail.log").setLevel(logging.ERROR)
    caught = []

    class Handler:
        async def handle_DATA(self, _server, _session, envelope):
            caught.extend(envelope.rcpt_tos)
            return "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    try:
        yield controller.port, caught
    finally:
        controller.stop()


def _forms(database, forms):
    """People who answer at the same moment, on a running server."""
    with environment(database) as env:
        path = env["feedback.place"].search([("name", "=", "Bench")], limit=1)._path()
        question = env.ref("feedback_survey.recommend_nps").id
    with _web_server(database) as address:
        barrier = threading.Barrier(CLIENTS)
        url = f"{address}{path}"
        requests.get(url, timeout=60)  # a server that runs has shown a page before

        def client(_number):
            session, taken = requests.Session(), []
            barrier.wait()
            for score in range(forms):
                started = time.perf_counter()
                page = session.get(url, timeout=60)
                token = page.text.split('name="form_token" value="')[1].split('"')[0]
                fields = {"form_token": token, f"q{question}": str(score % 11)}
                answer = session.post(url, data=fields, timeout=60)
                taken.append(time.perf_counter() - started)
                if answer.status_code != 200 or "Thank you" not in answer.text:
                    raise BenchError(f"A form was answered with {answer.status_code}")
            return taken

        with ThreadPoolExecutor(CLIENTS) as pool:
            times = [t for taken in pool.map(client, range(CLIENTS)) for t in taken]
    _check_forms(database, CLIENTS * forms)
    return Figure(
        f"{CLIENTS} people answer {forms} forms each at once, page and form, p95",
        _FORM_SECONDS,
        "s",
        statistics.quantiles(times, n=20)[-1],
    )


def _check_forms(database, expected):
    with server(database) as cr:
        cr.execute(
            """SELECT count(*) FROM survey_user_input participation
               JOIN feedback_place place ON place.id = participation.feedback_place_id
               JOIN feedback_answer ON user_input_id = participation.id
               WHERE place.name = 'Bench' AND participation.state = 'done'"""
        )
        [stored] = cr.fetchone()
    if stored != expected:
        raise BenchError(f"{stored} of {expected} answers are stored")


def _dashboard(database, answers):
    """The page of scores over many answers, against one bare count of them."""
    with environment(database) as env:
        env.cr.execute(
            """INSERT INTO feedback_answer (
                   question, company_id, date, metric, score, scale_max, category,
                   nps_points, channel, survey_id, create_date)
               SELECT 'How likely?', %s, now() - (n %% 360) * interval '1 day', 'nps',
                      n %% 11, 10,
                      CASE WHEN n %% 11 > 8 THEN 'promoter'
                           WHEN n %% 11 > 6 THEN 'passive' ELSE 'detractor' END,
                      0, 'web', %s, now()
               FROM generate_series(1, %s) n""",
            [
                env.ref("base.main_company").id,
                env.ref("feedback_survey.survey_recommend").id,
                answers,
            ],
        )
        user = env.ref("base.user_admin")
        user.group_ids = [Command.link(env.ref("feedback_survey.group_manager").id)]
    with server(database) as cr:
        cr.execute("VACUUM ANALYZE feedback_answer")
    with environment(database, user.id) as env:
        scores = env["feedback.scores"]
        taken, bare = [], []
        for _run in range(3):
            started = time.perf_counter()
            scores.get_dashboard(days=365, breakdown="channel")
            taken.append(time.perf_counter() - started)
            started = time.perf_counter()
            env.cr.execute(
                "SELECT metric, category, count(*) FROM feedback_answer GROUP BY 1, 2"
            )
            env.cr.fetchall()
            bare.append(time.perf_counter() - started)
    return Figure(
        f"scores over {answers:,} answers, a year, median of 3",
        _DASHBOARD_SECONDS,
        "s",
        statistics.median(taken),
        statistics.median(bare),
    )


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _web_server(database):
    """An Odoo server for pages. :return: its address"""
    port = _free_port()
    options = ["--http-interface=127.0.0.1", f"--http-port={port}"]
    # no filter of databases: for that, Odoo connects anew to list them at each request
    options += ["--max-cron-threads=0"]
    options += [f"--db_maxconn={CLIENTS + 10}"]  # a thread for each client
    process = subprocess.Popen(
        odoo_command(database, options),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(address)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(address):
    for _try in range(_READY * 2):
        try:
            if requests.get(f"{address}/web/health", timeout=5).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.5)
    raise BenchError(f"No server within {_READY} s")


if __name__ == "__main__":
    configure()
    print(as_text(measure(*sys.argv[1:2], *map(int, sys.argv[2:]))))
