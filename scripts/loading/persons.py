"""Made-up birth dates, genders and occupations.

A fixed share of customers has none, as in a real shop: what is not known is left empty.
"""

from datetime import date, timedelta
from typing import NamedTuple

#: Share of customers of whom each is known.
KNOWN = {"birthdate": 0.8, "gender": 0.85, "occupation": 0.6}
#: Ages of adults: (youngest, oldest, usual), for a triangular distribution.
ADULTS = (18, 84, 38)
RETIRES = 65
#: What people do, in English and Chinese.
OCCUPATIONS = (
    ("Teacher", "教师"),
    ("Nurse", "护士"),
    ("Engineer", "工程师"),
    ("Shop assistant", "店员"),
    ("Accountant", "会计"),
    ("Driver", "司机"),
    ("Cook", "厨师"),
    ("Lawyer", "律师"),
    ("Designer", "设计师"),
    ("Craftsman", "技工"),
    ("Civil servant", "公务员"),
    ("Self-employed", "个体经营者"),
)
STUDENT, RETIRED = ("Student", "学生"), ("Retired", "退休")
_YEAR = 365.2425


class Person(NamedTuple):
    """Who a customer is; None is not known."""

    birthdate: date | None
    gender: str | None
    occupation: str | None


def invent(dice, gender, today, chinese, ages=None):
    """Make up a person.

    :param dice: ``random.Random``
    :param gender: the gender of the name, kept or dropped
    :param today: day on which the person has the age
    :param chinese: True for an occupation in Chinese
    :param ages: youngest and oldest age in whole years, if known from the data; the
        date of birth is then always given
    :rtype: Person
    """
    known = {name: dice.random() < share for name, share in KNOWN.items()}
    if ages:
        years = dice.uniform(ages[0] + 0.05, ages[1] + 0.95)
    else:
        years = dice.triangular(*ADULTS)
    work = dice.choice(OCCUPATIONS)
    if years >= RETIRES:
        work = RETIRED
    elif years < 23 and dice.random() < 0.6:
        work = STUDENT
    born = today - timedelta(days=round(years * _YEAR))
    return Person(
        birthdate=born if known["birthdate"] or ages else None,
        gender=gender if known["gender"] else None,
        occupation=work[chinese] if known["occupation"] else None,
    )
