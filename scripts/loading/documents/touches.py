"""Made-up touches with the best customers of a demonstration company.

The histories hold orders alone.  So that a timeline shows what it is for, calls,
visits, chats, e-mails and done activities are invented, and say so in their texts.
"""

import random
from datetime import timedelta

from .prototypes import QUIET

CUSTOMERS = 200
SPAN_DAYS = 400
NOTE = "Made up for this demonstration."
# (kind, direction, outcome, subject)
TOUCHES = (
    ("call", "out", "reached", "Asked how the last delivery was"),
    ("call", "out", "no_answer", "Tried to call"),
    ("call", "out", "interested", "Told about new arrivals"),
    ("call", "in", "resolved", "Question about an order"),
    ("call", "in", "call_back", "Wants to be called back"),
    ("visit", "in", "interested", "Came by the shop"),
    ("visit", "out", "reached", "Visit at the customer's"),
    ("chat", "in", "resolved", "Where is my parcel?"),
    ("chat", "in", "interested", "Is it in stock?"),
    ("chat", "out", "resolved", "Answer in the chat"),
    ("social", "in", "complaint", "Comment on a post"),
    ("social", "out", "resolved", "Answer to a comment"),
    ("sms", "out", "reached", "Pick-up reminder"),
    ("meeting", "out", "interested", "Talk at a fair"),
)
MAILS = (
    ("Return of an article", "I should like to send one article back."),
    ("Invoice address", "Please use our new address from now on."),
    ("Thank you", "Everything arrived well and on time."),
    ("Opening hours", "When are you open during the holidays?"),
)


def write_touches(company, progress):
    """Invent touches with the best customers, unless the company has some already.

    :param company: record of ``res.company`` with computed profiles
    :return: number of touches written
    """
    env = company.env(
        context=dict(company.env.context, **QUIET, allowed_company_ids=company.ids)
    )
    if "customer.interaction.log" not in env:
        return 0
    of_company = [("company_id", "=", company.id)]
    if env["customer.interaction.log"].search_count(of_company, limit=1):
        return 0
    profiles = env["customer.profile"].search(
        [*of_company, ("purchase_count", ">", 0)], limit=CUSTOMERS
    )
    if not profiles:
        return 0
    with progress.step("made-up touches"):
        partners = profiles.partner_id
        count = _write_logs(env, company, partners)
        count += _write_mails(env, company, partners)
        count += _write_activities(env, partners[: CUSTOMERS // 4])
        env["customer.profile"]._refresh(partners=partners, companies=company)
        progress.advance(count)
    return count


def _moments(env, dice, count):
    """So many moments of the last months, in working hours, more of them recent."""
    now = env.cr.now().replace(microsecond=0)
    days = [1 + int(SPAN_DAYS * dice.random() ** 2) for _each in range(count)]
    return [
        (now - timedelta(days=day)).replace(
            hour=dice.randint(14, 21), minute=dice.randint(0, 59), second=0
        )
        for day in days
    ]


def _write_logs(env, company, partners):
    rows = []
    for partner in partners:
        dice = random.Random(f"touches/{partner.ref or partner.id}")
        for moment in _moments(env, dice, dice.randint(2, 6)):
            kind, direction, outcome, subject = dice.choice(TOUCHES)
            rows.append(
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "user_id": partner.user_id.id,
                    "date": moment,
                    "kind": kind,
                    "direction": direction,
                    "outcome": outcome,
                    "name": subject,
                    "note": NOTE,
                    "duration": round(dice.uniform(0.05, 0.7), 2)
                    if kind in ("call", "visit", "meeting")
                    else 0,
                }
            )
    env["customer.interaction.log"].create(rows)
    return len(rows)


def _write_mails(env, company, partners):
    """E-mails from every third customer, most of them answered within two days."""
    rows = []
    for partner in partners[::3]:
        dice = random.Random(f"mails/{partner.ref or partner.id}")
        for moment in _moments(env, dice, dice.randint(1, 2)):
            subject, text = dice.choice(MAILS)
            rows.append(
                _mail(env, partner, moment, subject, text, author=partner)
                | {"message_type": "email"}
            )
            answered = moment + timedelta(minutes=dice.randint(20, 2880))
            if dice.random() < 0.8 and answered < env.cr.now():
                staff = (partner.user_id or env.ref("base.user_admin")).partner_id
                rows.append(
                    _mail(env, partner, answered, f"Re: {subject}", "Gladly.", staff)
                    | {"partner_ids": partner.ids}
                )
    env["mail.message"].create(rows)
    return len(rows)


def _mail(env, partner, moment, subject, text, author):
    return {
        "model": "res.partner",
        "res_id": partner.id,
        "message_type": "comment",
        "subtype_id": env.ref("mail.mt_comment").id,
        "author_id": author.id,
        "email_from": author.email_formatted or False,
        "date": moment,
        "subject": subject,
        "body": f"<p>{text}</p><p>{NOTE}</p>",
    }


def _write_activities(env, partners):
    """Calls that were planned and done, one with each of some customers."""
    activities = env["mail.activity"].create(
        [
            {
                "res_model_id": env["ir.model"]._get("res.partner").id,
                "res_id": partner.id,
                "activity_type_id": env.ref("mail.mail_activity_data_call").id,
                "summary": "Ask for a review",
                "user_id": (partner.user_id or env.ref("base.user_admin")).id,
                "active": False,
                "feedback": NOTE,
            }
            for partner in partners
        ]
    )
    activities.flush_recordset()
    dice = random.Random("activities")
    moments = _moments(env, dice, len(activities))
    env.cr.execute_values(
        """UPDATE mail_activity activity
           SET date_done = done.moment::date, write_date = done.moment,
               date_deadline = done.moment::date
           FROM (VALUES %s) done (id, moment) WHERE done.id = activity.id""",
        list(zip(activities.ids, moments, strict=True)),
        template="(%s, %s::timestamp)",
    )
    activities.invalidate_recordset()
    return len(activities)
