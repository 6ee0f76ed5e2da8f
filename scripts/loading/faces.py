"""Plausible people for customers known by number only.

Names and towns come from Faker in English and Chinese.  A face depends on the seed
and the customer's key alone, so a sample and the full set show the same people.
"""

import random

from faker import Faker

from .history import Customer

CHINESE_SHARE = 0.3
POOL_SIZE = 1000


class Faces:
    """Invents customers; ``logins`` are the salespeople they are spread over."""

    def __init__(self, seed, logins=(None,)):
        self._seed, self._logins = seed, tuple(logins)
        english, chinese = Faker("en_US"), Faker("zh_CN")
        english.seed_instance(seed)
        chinese.seed_instance(seed)
        self._english = {
            "given": _pool(english.first_name),
            "family": _pool(english.last_name),
            "street": _pool(english.street_name),
            "city": _pool(english.city),
        }
        self._chinese = {
            "given": _pool(chinese.first_name),
            "family": _pool(chinese.last_name),
            "street": _pool(chinese.street_name),
            "city": _pool(chinese.city_name),
        }

    def customer(self, ref, tags=()):
        """A customer with the key ``ref``, the same at every call.

        :param tags: pairs (kind, value) to pass on
        :rtype: Customer
        """
        dice = random.Random(f"{self._seed}/{ref}")
        face = (
            self._chinese_face if dice.random() < CHINESE_SHARE else self._english_face
        )
        login = dice.choice(self._logins)
        return Customer(ref=ref, login=login, tags=tuple(tags), **face(dice, ref))

    def _english_face(self, dice, ref):
        given, family = (dice.choice(self._english[key]) for key in ("given", "family"))
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

    def _chinese_face(self, dice, ref):
        given, family = (dice.choice(self._chinese[key]) for key in ("given", "family"))
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
