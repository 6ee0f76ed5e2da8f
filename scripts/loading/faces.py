"""Plausible people for customers known by number only.

Names and towns come from Faker in English and Chinese.  A face depends on the seed
and the customer's key alone, so a sample and the full set show the same people.
"""

import random
from datetime import date

from faker import Faker

from . import persons
from .history import Customer

CHINESE_SHARE = 0.3
POOL_SIZE = 1000
GENDERS = ("female", "male")


class Faces:
    """Invents customers.

    :param logins: the salespeople they are spread over
    :param today: day on which their ages hold
    """

    def __init__(self, seed, logins=(None,), today=None):
        self._seed, self._logins = seed, tuple(logins)
        self._today = today or date.today()
        english, chinese = Faker("en_US"), Faker("zh_CN")
        english.seed_instance(seed)
        chinese.seed_instance(seed)
        self._english = {
            "female": _pool(english.first_name_female),
            "male": _pool(english.first_name_male),
            "family": _pool(english.last_name),
            "street": _pool(english.street_name),
            "city": _pool(english.city),
        }
        self._chinese = {
            "female": _pool(chinese.first_name_female),
            "male": _pool(chinese.first_name_male),
            "family": _pool(chinese.last_name),
            "street": _pool(chinese.street_name),
            "city": _pool(chinese.city_name),
        }

    def customer(self, ref, tags=(), ages=None):
        """A customer with the key ``ref``, the same at every call.

        :param tags: pairs (kind, value) to pass on
        :param ages: youngest and oldest age, where the data tell
        :rtype: Customer
        """
        dice = random.Random(f"{self._seed}/{ref}")
        chinese = dice.random() < CHINESE_SHARE
        gender = dice.choice(GENDERS)
        login = dice.choice(self._logins)
        face = (self._chinese_face if chinese else self._english_face)(
            dice, ref, gender
        )
        person = persons.invent(dice, gender, self._today, chinese, ages)
        return Customer(
            ref=ref, login=login, tags=tuple(tags), **face, **person._asdict()
        )

    def _english_face(self, dice, ref, gender):
        given, family = (dice.choice(self._english[key]) for key in (gender, "family"))
        return {
            "name": f"{given} {family}",
            "email": f"{given}.{family}.{ref}@example.com".lower(),
            # 555-01xx is kept free of subscribers for invented numbers
            "phone": f"+1 {dice.randint(201, 989)} 555 01{dice.randint(0, 99):02}",
            "street": f"{dice.randint(1, 999)} {dice.choice(self._english['street'])}",
            "zip": f"{dice.randint(10000, 99950)}",
            "city": dice.choice(self._english["city"]),
            "country": "US",
            "lang": "en_US",
        }

    def _chinese_face(self, dice, ref, gender):
        given, family = (dice.choice(self._chinese[key]) for key in (gender, "family"))
        return {
            "name": f"{family}{given}",
            "email": f"{ref}@example.org",
            # a land line: no message to it can reach anybody
            "phone": f"+86 10 5550 {dice.randint(0, 9999):04}",
            "street": f"{dice.choice(self._chinese['street'])}{dice.randint(1, 999)}号",
            "zip": f"{dice.randint(100000, 859999)}",
            "city": dice.choice(self._chinese["city"]),
            "country": "CN",
            "lang": "zh_CN",
        }


def _pool(provider):
    """Distinct values of a provider, in a fixed order."""
    return sorted({provider() for _draw in range(POOL_SIZE)})
