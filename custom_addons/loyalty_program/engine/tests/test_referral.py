import pytest

from ..referral import is_ring, same_address, same_email, same_household, same_phone


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("ann@example.com", "ANN@Example.com ", True),
        ("ann+club@example.com", "ann@example.com", True),
        ("ann@example.com", "anne@example.com", False),
        ("ann@example.com", "ann@example.org", False),
        ("", "", False),
        (None, "ann@example.com", False),
        ("no mail", "no mail", False),
    ],
)
def test_same_email(left, right, expected):
    assert same_email(left, right) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("+49 30 1234567", "030/1234567", True),
        ("+86 138 0013 8000", "13800138000", True),
        ("13800138000", "13800138001", False),
        ("110", "110", False),
        (None, None, False),
        ("", "13800138000", False),
    ],
)
def test_same_phone(left, right, expected):
    assert same_phone(left, right) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (("Main St. 5", "10115", "Berlin"), ("main st 5", "10115", ""), True),
        (("Main St. 5", "10115", ""), ("Main St. 55", "10115", ""), False),
        (("Main St. 5", "10115", ""), ("Main St. 5", "20095", ""), False),
        (("Main St. 5", "", "Berlin"), ("Main St. 5", "10115", "BERLIN"), True),
        (("Main St. 5", "", ""), ("Main St. 5", "", ""), False),
        (("", "10115", "Berlin"), ("", "10115", "Berlin"), False),
        (("中山路5号", "200001", ""), ("中山路5号", "200001", ""), True),
    ],
)
def test_same_address(left, right, expected):
    sides = [
        dict(zip(("street", "zip", "city"), side, strict=True))
        for side in (left, right)
    ]
    assert same_address(*sides) is expected


def test_same_household():
    ann = {"name": "Ann Weber", "zip": "10115"}
    assert same_household(ann, {"name": "Bob WEBER", "zip": "10115"})
    assert not same_household(ann, {"name": "Bob Weber", "zip": "20095"})
    assert not same_household(ann, {"name": "Bob Klein", "zip": "10115"})
    assert not same_household({"name": "Weber"}, {"name": "Weber"})


def test_rings_of_any_length():
    parents = {"b": "a", "c": "b"}
    assert is_ring(parents, "b", "a")
    assert is_ring(parents, "c", "a")
    assert not is_ring(parents, "a", "d")
    assert not is_ring({"a": "b", "b": "a"}, "a", "d")
