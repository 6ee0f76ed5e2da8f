"""Reads lists of contacts: which column is what, and single cells, without guessing.

A cell that cannot be read raises ``ValueError``; one that could mean two things raises
``Ambiguous``.
"""

import re
import unicodedata
from datetime import date, datetime

#: Titles of columns, English and Chinese, by the field of a contact they fill.
SYNONYMS = {
    "name": "name customer customer_name client client_name full_name contact_name"
    " 姓名 客户 客户名称 客户姓名 客户名字 名称 会员姓名 顾客姓名 联系人",
    "ref": "ref reference internal_reference customer_no customer_number customer_id"
    " client_id member_no 编号 客户编号 客户号 客户代码 会员号 会员编号",
    "email": "email e_mail mail email_address 邮箱 电子邮箱 电子邮件 邮件",
    "phone": "phone telephone tel phone_number mobile mobile_phone cell 电话 电话号码"
    " 手机 手机号 手机号码 联系电话 移动电话",
    "street": "street address street_address 街道 地址 详细地址",
    "street2": "street2 address2 address_line_2 地址2",
    "zip": "zip zip_code postcode postal_code 邮编 邮政编码",
    "city": "city town 城市 市",
    "country": "country country_code country_name 国家 国家地区",
    "birthdate": "birthdate birthday date_of_birth birth_date dob 生日 出生日期"
    " 出生年月日",
    "occupation": "occupation profession job 职业",
    "vat": "vat tax_id vat_number 税号 纳税人识别号",
    "website": "website web url 网站 网址",
    "comment": "comment comments note notes remark remarks 备注 说明",
}
_FIELD_OF = {
    word: (name, rank)
    for name, words in SYNONYMS.items()
    for rank, word in enumerate(words.split())
}
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\"]+@[^@\s.,;<>()]+(\.[^@\s.,;<>()]+)+$")
_PHONE = re.compile(r"\+?[\d\s()./\-]+(\s*(ext\.?|x|#)\s*\d{1,6})?$", re.IGNORECASE)
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:[-/.]|\s*年\s*)(\d{1,2})(?:[-/.]|\s*月\s*)(\d{1,2})"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_MONTH_NAMED = ("%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y")
_REST = re.compile(r"\s*日?(?:[T\s]+0{1,2}:00(:00(\.0+)?)?)?$")


class Ambiguous(ValueError):
    """A date that could be day or month first."""


def find_columns(header):
    """Which column fills which field.

    Of two columns that mean the same, the one named first in ``SYNONYMS`` is used.

    :param header: list of titles
    :return: ``{field: position}``, and the titles that are not used, in their order
    """
    found = {}
    for position, title in enumerate(header):
        field, rank = _FIELD_OF.get(_words(title), (None, 0))
        if field and (field not in found or rank < found[field][0]):
            found[field] = rank, position
    positions = {field: position for field, (__, position) in found.items()}
    used = set(positions.values())
    unused = [str(title) for at, title in enumerate(header) if at not in used]
    return positions, [title for title in unused if title.strip()]


def _words(title):
    """Lower case, without remarks in brackets, words joined by one underscore."""
    title = re.sub(r"[((].*?[))]", "", str(title or "").lower())
    return re.sub(r"[\W_]+", "_", title).strip("_")


def read_day(text, first=None):
    """A day, written in whatever order is clear.

    :param text: cell
    :param first: ``day`` or ``month``, what comes first where both could be meant
    :rtype: date
    :raise Ambiguous: if both could be meant and ``first`` is not given
    :raise ValueError: if it is no day, or one that does not exist
    """
    text = unicodedata.normalize("NFKC", text).strip()
    for pattern in (_YEAR_FIRST, _COMPACT):
        match = pattern.match(text)
        if match and _REST.match(text[match.end() :]):
            return date(*map(int, match.groups()))
    match = _YEAR_LAST.match(text)
    if match and _REST.match(text[match.end() :]):
        one, __, other, year = match.groups()
        return date(int(year), *_month_and_day(int(one), int(other), text, first))
    words = " ".join(text.replace(",", " ").replace("-", " ").split())
    for pattern in _MONTH_NAMED:
        try:
            return datetime.strptime(words, pattern).date()
        except ValueError:
            continue
    raise ValueError(text)


def _month_and_day(one, other, text, first):
    if one > 12 or one == other:
        return other, one
    if other > 12:
        return one, other
    if not first:
        raise Ambiguous(text)
    return (one, other) if first == "month" else (other, one)


def is_email(text):
    """Whether it is one address, as far as its form tells."""
    return len(text) <= 254 and ".." not in text and bool(_EMAIL.match(text))


def is_phone(text):
    """Whether it can be a number: 6 to 15 digits (E.164), no letters but an extension.

    All digits alike are no number.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"\D", "", re.split(r"(?i)ext|x|#", text)[0])
    return bool(_PHONE.match(text)) and 6 <= len(digits) <= 15 and len(set(digits)) > 1


def phone_key(text):
    """The last 8 digits, which stay the same with and without a country's prefix."""
    return re.sub(r"\D", "", unicodedata.normalize("NFKC", text or ""))[-8:]


def name_key(text):
    """A name without case, accents of width, punctuation and order of its words."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text or "").casefold())
    return " ".join(sorted(words))
