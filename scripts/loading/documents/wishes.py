"""Made-up needs and preferences of the best customers of a demonstration company.

A preference for a category or a language goes by what the customer really buys and
speaks, for most of them; everything else is invented, and says so in its text.
"""

import random
from datetime import timedelta

from .prototypes import QUIET
from .touches import NOTE

CUSTOMERS = 200
SPAN_DAYS = 400
# category, need, priority, status, what was said
NEEDS = (
    ("service", "Delivery in the evening", "2", "planned", "Is at home after 6 pm."),
    ("price", "Discount on large baskets", "1", "new", "Finds a dozen dear."),
    ("product", "A larger choice of gifts", "0", "confirmed", "Found no gift to take."),
    ("support", "Phone line at weekends", "1", "new", "Nobody there on Sunday."),
    ("service", "Returns without a printed label", "3", "confirmed", "Has no printer."),
    ("product", "News of what is new", "0", "met", "Wants to hear of new arrivals."),
)
SOURCES = ("declared", "survey", "call", "behaviour")
TIMES = ("Mornings", "After 6 pm", "Weekends")
LANGUAGES = {"zh_CN": "中文", "en_US": "English"}
WORDS = {
    "value": ("Quality", "Low prices", "Sustainability", "Convenience"),
    "interest": ("Music", "Cooking", "Sports", "Travel", "Gardening"),
    "lifestyle": ("Family life", "City life", "Outdoors", "Works from home"),
}
CHANNELS = ("email", "phone", "in_person", "chat", "sms")


def write_wishes(company, progress):
    """Invent needs and preferences, unless the company has some already.

    :param company: record of ``res.company`` with computed profiles
    :return: number of signs of needs and preferences written
    """
    env = company.env(
        context=dict(company.env.context, **QUIET, allowed_company_ids=company.ids)
    )
    if "customer.need" not in env:
        return 0
    of_company = [("company_id", "=", company.id)]
    if env["customer.need"].search_count(of_company, limit=1):
        return 0
    profiles = env["customer.profile"].search(
        [*of_company, ("purchase_count", ">", 0)], limit=CUSTOMERS
    )
    if not profiles:
        return 0
    with progress.step("made-up needs and preferences"):
        count = _write_needs(env, company, profiles.partner_id)
        count += _write_preferences(env, company, profiles)
        progress.advance(count)
    return count


def _day(dice, company):
    return company._insight_today() - timedelta(days=dice.randint(1, SPAN_DAYS))


def _write_needs(env, company, partners):
    """One or two signs of needs from two customers in five."""
    needs = env["customer.need"].create(
        [
            {
                "name": name,
                "company_id": company.id,
                "category": category,
                "priority": priority,
                "state": state,
                "user_id": env.ref("base.user_admin").id,
                "description": NOTE,
            }
            for category, name, priority, state, _said in NEEDS
        ]
    )
    said = dict(zip(needs, (need[-1] for need in NEEDS), strict=True))
    rows = []
    for partner in partners:
        dice = random.Random(f"needs/{partner.ref or partner.id}")
        if dice.random() < 0.4:
            for need in dice.sample(list(needs), dice.randint(1, 2)):
                rows.append(
                    {
                        "need_id": need.id,
                        "partner_id": partner.id,
                        "source": dice.choice(SOURCES),
                        "date": _day(dice, company),
                        "text": f"{said[need]} {NOTE}",
                        "user_id": (partner.user_id or need.user_id).id,
                    }
                )
    env["customer.need.evidence"].create(rows)
    return len(rows)


def _write_preferences(env, company, profiles):
    """Two to four preferences of each customer, no kind twice."""
    rows = []
    usual = profiles.usual_category_id
    for profile in profiles:
        partner = profile.partner_id
        dice = random.Random(f"preferences/{partner.ref or partner.id}")
        own = profile.usual_category_id
        if not own or dice.random() > 0.7:  # what they say is not always what they do
            own = usual and dice.choice(list(usual))
        values = {
            "category": {"category_id": own.id} if own else None,
            "channel": {"channel": dice.choice(CHANNELS)},
            "time": {"value": dice.choice(TIMES)},
            "language": {"value": LANGUAGES.get(partner.lang, "English")},
            **{kind: {"value": dice.choice(words)} for kind, words in WORDS.items()},
        }
        kinds = [kind for kind, value in values.items() if value]
        for kind in dice.sample(kinds, dice.randint(2, 4)):
            rows.append(
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "kind": kind,
                    "source": dice.choice(("declared", "survey", "call")),
                    "date": _day(dice, company),
                    **values[kind],
                }
            )
    env["customer.preference"].create(rows)
    return len(rows)
