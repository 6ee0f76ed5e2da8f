"""Made-up answers of the best customers of a demonstration company, over a year.

So that scores, trend, cases and comments show something. Which customer answers what
follows from the customer alone: the same data comes out each time.
"""

import random
from datetime import timedelta

from .prototypes import QUIET

CUSTOMERS = 100
SPAN_DAYS = 360
SURVEY = "feedback_survey.survey_purchase"
GOOD = (
    "Quick delivery, nicely packed.",
    "Friendly people, thank you.",
    "发货很快，包装很好。",
    "客服态度很好。",
    "Good choice and fair prices.",
)
BAD = (
    "The parcel came a week late.",
    "Nobody answered my e-mail.",
    "包裹迟到了一个星期。",
    "退款太慢了。",
    "The article was broken when it arrived.",
)


def write_answers(company, progress):
    """Invent answers, unless the company has some already or nobody asks for any.

    :param company: record of ``res.company`` with computed profiles
    :return: number of people who answered
    """
    env = company.env(
        context=dict(company.env.context, **QUIET, allowed_company_ids=company.ids)
    )
    if "feedback.answer" not in env:
        return 0
    if env["feedback.answer"].search_count([("company_id", "=", company.id)], limit=1):
        return 0
    profiles = env["customer.profile"].search(
        [("company_id", "=", company.id), ("purchase_count", ">", 0)], limit=CUSTOMERS
    )
    survey = env.ref(SURVEY, raise_if_not_found=False)
    if not profiles or not survey:
        return 0
    with progress.step("made-up answers"):
        moments = {}
        for partner in profiles.partner_id:
            dice = random.Random(f"answers/{partner.ref or partner.id}")
            for _time in range(dice.randint(1, 3)):
                participation, moment = _answer(env, company, survey, partner, dice)
                moments[participation.id] = moment
        _date(env, moments)
        progress.advance(len(moments))
    return len(moments)


def _answer(env, company, survey, partner, dice):
    """One participation, better the later it was: something was improved."""
    days = dice.randint(1, SPAN_DAYS)
    moment = (env.cr.now() - timedelta(days=days)).replace(microsecond=0)
    mood = dice.gauss(0.78 - 0.18 * days / SPAN_DAYS, 0.2)
    participation = survey._create_answer(
        partner=partner,
        check_attempts=False,
        company_id=company.id,
        feedback_channel=dice.choice(("web", "email", "email", "phone")),
    )
    for question in survey.question_ids:
        if question.question_type == "scale" and dice.random() < 0.9:
            answer = _step(question, mood + dice.gauss(0, 0.08))
        elif question.question_type == "text_box" and dice.random() < 0.5:
            answer = dice.choice(GOOD if mood > 0.6 else BAD)
        else:
            continue
        participation._save_lines(question, str(answer))
    participation._mark_done()
    return participation, moment


def _step(question, share):
    """:return: the number of a scale at a share of its length, within it"""
    span = question.scale_max - question.scale_min
    return question.scale_min + max(0, min(span, round(share * span)))


def _date(env, moments):
    """Put everything about participations on the days they are said to be of."""
    env.flush_all()
    for table, column, dates in (
        (
            "survey_user_input",
            "id",
            "start_datetime = dated.moment, end_datetime = dated.moment",
        ),
        ("feedback_answer", "user_input_id", "date = dated.moment"),
        (
            "feedback_case",
            "participation_id",
            "deadline = dated.moment + interval '5 days'",
        ),
    ):
        env.cr.execute_values(
            f"""UPDATE {table} SET create_date = dated.moment, {dates}
                FROM (VALUES %s) dated (id, moment)
                WHERE {table}.{column} = dated.id""",
            list(moments.items()),
        )
    _close_cases(env, list(moments))
    env.invalidate_all()


def _close_cases(env, participation_ids):
    """Have nearly all older complaints solved after two days, their customers told."""
    env.cr.execute(
        """UPDATE feedback_case
           SET state = 'closed', is_closed = TRUE, outcome = 'solved',
               resolution = 'We apologised and made it good.',
               started_on = create_date + interval '4 hours',
               customer_informed_on = create_date + interval '1 day',
               closed_on = create_date + interval '2 days',
               hours_to_answer = 24, hours_to_close = 48
           WHERE participation_id = ANY(%s) AND id %% 12 <> 0
             AND create_date < now() AT TIME ZONE 'UTC' - interval '20 days'""",
        [participation_ids],
    )
