"""Addresses and numbers as people type them."""

import re

from odoo.tools import email_normalize

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d\s().\-/]{5,40}", re.ASCII)


def read_email(text):
    """:return: the one address of a text as contacts are compared by it, or ''"""
    email = email_normalize(text) or ""
    return email if _EMAIL.fullmatch(email) else ""


def is_phone(text):
    """Whether a text looks like a number: more is known with a library only (bool)."""
    return bool(_PHONE.fullmatch(text)) and sum(map(str.isdigit, text)) >= 5
