"""Are two contacts the same person or household? Plain rules that people understand.

Each returns True only if both sides say something: what is empty is like nothing.
"""

import re
import unicodedata

_PHONE_DIGITS = 8


def same_email(left, right):
    """One mailbox: case does not count, nor what follows a plus sign.

    >>> same_email("Ann+shop@Example.com", "ann@example.com")
    True
    """
    left, right = _mailbox(left), _mailbox(right)
    return bool(left) and left == right


def same_phone(left, right):
    """One number: the last eight digits agree, however prefix and spaces are written.

    Numbers of fewer than six digits say nothing.

    >>> same_phone("+49 30 1234567", "030/1234567")
    True
    """
    left, right = _digits(left), _digits(right)
    if min(len(left), len(right)) < 6:
        return False
    return left[-_PHONE_DIGITS:] == right[-_PHONE_DIGITS:]


def same_address(left, right):
    """One address: street with number, and postal code or else town.

    :param left, right: ``{"street", "zip", "city"}``, values may be empty
    """
    street = _plain(left.get("street"))
    if not street or street != _plain(right.get("street")):
        return False
    for name in ("zip", "city"):
        here, there = _plain(left.get(name)), _plain(right.get(name))
        if here and there:
            return here == there
    return False


def same_household(left, right):
    """Perhaps one household: last names and postal codes agree.

    :param left, right: ``{"name", "zip"}``
    """
    names = [_plain_words(side.get("name"))[-1:] for side in (left, right)]
    codes = [_plain(side.get("zip")) for side in (left, right)]
    return bool(names[0] and codes[0]) and names[0] == names[1] and codes[0] == codes[1]


def is_ring(parents, referrer, friend):
    """Whether the friend stands above the referrer in the chain of referrals.

    :param parents: ``{friend: who referred him}``
    """
    seen = set()
    while referrer in parents and referrer not in seen:
        seen.add(referrer)
        referrer = parents[referrer]
        if referrer == friend:
            return True
    return False


def _mailbox(text):
    name, at, domain = (text or "").strip().lower().rpartition("@")
    return name.split("+")[0] + at + domain if at and name else ""


def _digits(text):
    return re.sub(r"\D", "", text or "")


def _plain_words(text):
    text = unicodedata.normalize("NFKD", text or "").casefold()
    text = text.replace("straße", "str").replace("strasse", "str")
    return re.findall(r"\w+", "".join(c for c in text if not unicodedata.combining(c)))


def _plain(text):
    return "".join(_plain_words(text))
