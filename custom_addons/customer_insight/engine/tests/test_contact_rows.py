"""Columns and cells of lists of contacts: read, refused, or asked about."""

from datetime import date

import pytest

from ..contact_rows import (
    SYNONYMS,
    Ambiguous,
    find_columns,
    is_email,
    is_phone,
    name_key,
    phone_key,
    read_day,
)


def test_titles_in_two_languages_and_what_is_not_used():
    header = ["客户姓名", "E-Mail", "手机号码", "Shoe size", "生日 (可选)", ""]
    assert find_columns(header) == (
        {"name": 0, "email": 1, "phone": 2, "birthdate": 4},
        ["Shoe size"],
    )


@pytest.mark.parametrize(
    "title", ["姓名", "客户名字", "客户姓名", "Customer  Name", "NAME"]
)
def test_names_of_a_name(title):
    assert find_columns([title])[0] == {"name": 0}


def test_of_two_columns_for_one_field_the_plainer_title_counts():
    assert find_columns(["Mobile", "Phone"]) == ({"phone": 1}, ["Mobile"])


def test_no_title_means_two_fields():
    words = [word for words in SYNONYMS.values() for word in words.split()]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    "text",
    [
        "1990-03-31",
        "1990/3/31",
        "19900331",
        "31.03.1990",
        "3/31/1990",
        "1990年3月31日",
        "31 Mar 1990",
        "March 31, 1990",
        "1990-03-31 00:00:00",
        "1990-03-31",
    ],
)
def test_clear_days_become_one(text):
    assert read_day(text) == date(1990, 3, 31)


def test_what_could_be_two_days_is_asked():
    with pytest.raises(Ambiguous):
        read_day("03/04/1990")
    assert read_day("03/04/1990", "day") == date(1990, 4, 3)
    assert read_day("03/04/1990", "month") == date(1990, 3, 4)
    assert read_day("04/04/1990") == date(1990, 4, 4)
    assert read_day("31/03/1990", "month") == date(1990, 3, 31)


@pytest.mark.parametrize(
    "text", ["1990-02-30", "soon", "1990", "31/31/1990", "1990-1-1x"]
)
def test_no_days(text):
    with pytest.raises(ValueError):
        read_day(text)


def test_addresses_and_numbers():
    for good in ("a@b.co", "first.last+tag@example.co.uk", "用户@例子.公司"):
        assert is_email(good), good
    for bad in (
        "a@b",
        "a b@c.de",
        "a@b..de",
        "a@b.de; c@d.ef",
        "@b.de",
        "x" * 250 + "@b.de",
    ):
        assert not is_email(bad), bad
    for good in (
        "+49 30 123456",
        "(030) 12 34 56",
        "138-1234-5678",
        "0301234567 ext 12",
    ):
        assert is_phone(good), good
    for bad in ("12345", "call me", "0000000", "+1234567890123456", "030 12x"):
        assert not is_phone(bad), bad


def test_keys():
    assert phone_key("+49 (30) 1234-5678") == phone_key("03012345678") == "12345678"
    assert name_key("Müller, Anna") == name_key("anna  MÜLLER")
    assert name_key("王 小明") != name_key("王 小红")
