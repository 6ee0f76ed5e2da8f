"""Reading order files, without a database: cells, columns, encodings, bad lines."""

import csv
import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from loading.errors import LoadError
from loading.sources.orders_file import values
from loading.sources.orders_file.columns import find_columns
from loading.sources.orders_file.records import OrdersFile
from loading.sources.orders_file.rejects import write_rejects

ZONE = ZoneInfo("America/New_York")
NAMES = "customer_id,date,amount"


def read(tmp_path, content, **options):
    """Read a file of this text or these bytes."""
    path = tmp_path / "orders.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return OrdersFile(path, ZONE, **options)


def reasons(orders_file):
    return {reject.line: reject.reason for reject in orders_file.rejects}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", datetime(2024, 2, 29, 12)),
        ("2024-2-9", datetime(2024, 2, 9, 12)),
        ("20240229", datetime(2024, 2, 29, 12)),
        ("2024/02/29", datetime(2024, 2, 29, 12)),
        ("2024.02.29", datetime(2024, 2, 29, 12)),
        ("2024年2月29日", datetime(2024, 2, 29, 12)),
        ("31/12/2020", datetime(2020, 12, 31, 12)),
        ("12/31/2020", datetime(2020, 12, 31, 12)),
        ("04.04.2020", datetime(2020, 4, 4, 12)),
        ("4 Mar 2020", datetime(2020, 3, 4, 12)),
        ("March 4, 2020", datetime(2020, 3, 4, 12)),
        ("2024-02-29 23:30", datetime(2024, 2, 29, 23, 30)),
        ("2024-02-29T23:30:15", datetime(2024, 2, 29, 23, 30, 15)),
        ("2024-02-29 00:00:00", datetime(2024, 2, 29, 12)),
        ("2024-03-01T03:00:00Z", datetime(2024, 2, 29, 22)),
        ("2024-03-01T03:00:00+08:00", datetime(2024, 2, 29, 14)),
        ("31/12/2020 8:05", datetime(2020, 12, 31, 8, 5)),
    ],
)
def test_unambiguous_dates_are_read(text, expected):
    assert values.moment(text, ZONE) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no date"),
        ("03/04/2020", "day or month first"),
        ("3.4.2020", "day or month first"),
        ("2023-02-29", "does not exist"),
        ("2023-13-01", "does not exist"),
        ("31/31/2020", "does not exist"),
        ("01/02/20", "not understood"),
        ("yesterday", "not understood"),
        ("45000", "not understood"),
        ("0024-01-01", "not between"),
        ("2024-01-01 25:00", "does not exist"),
    ],
)
def test_other_dates_are_refused_with_a_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        values.moment(text, ZONE)


def test_a_date_format_settles_ambiguous_dates_and_no_others():
    assert values.moment("03/04/2020", ZONE, "%d/%m/%Y") == datetime(2020, 4, 3, 12)
    assert values.moment("03/04/2020", ZONE, "%m/%d/%Y") == datetime(2020, 3, 4, 12)
    assert values.moment("2020-03-04", ZONE, "%d/%m/%Y") == datetime(2020, 3, 4, 12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12.50", "12.50"),
        ("-12.5", "-12.5"),
        ("\N{MINUS SIGN}3", "-3"),
        ("+3", "3"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("1,234,567", "1234567"),
        ("12,5", "12.5"),
        ("0,125", "0.125"),
        ("12345,678", "12345.678"),
        ("1.234", "1.234"),
    ],
)
def test_numbers_are_read(text, expected):
    assert values.number(text, "amount") == Decimal(expected)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no amount"),
        ("abc", "not a number"),
        ("$12", "not a number"),
        ("1,234", "thousands or a decimal comma"),
        ("nan", "not a finite"),
        ("-inf", "not a finite"),
        ("Infinity", "not a finite"),
        ("1e400", "larger than"),
        ("10000000000001", "larger than"),
        ("1.2.3", "not a number"),
        ("--1", "not a number"),
    ],
)
def test_other_numbers_are_refused_with_a_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        values.number(text, "amount")


def test_headers_are_understood_in_english_and_chinese():
    positions, unused = find_columns(
        ["客户编号", " Order Date ", "金额(元)", "商品名称", "数量", "E-mail", "备注"]
    )
    assert positions == {
        "customer_id": 0,
        "date": 1,
        "amount": 2,
        "product": 3,
        "quantity": 4,
        "email": 5,
    }
    assert unused == ["备注"]


def test_the_plain_name_of_a_column_goes_before_its_synonyms():
    positions, unused = find_columns(["total", "amount", "customer", "date", "sku"])
    assert positions["amount"] == 1
    assert unused == ["total"]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (["customer_id", "amount"], "No column for date"),
        (["customer_id", "date", "total", "revenue"], "all look like amount"),
        (["customer_id", "date", "amount", "amount"], "all look like amount"),
    ],
)
def test_missing_and_doubled_columns_end_the_load(header, reason):
    with pytest.raises(LoadError, match=reason):
        find_columns(header)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"], ids=str
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semi", "tab"])
def test_encodings_and_delimiters(tmp_path, encoding, delimiter):
    rows = [["客户", "日期", "金额", "姓名"], ["C1", "2024-01-05", "12.5", "张伟"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    history = read(tmp_path, text.encode(encoding)).history
    assert history.customers["C1"].name == "张伟"
    assert history.orders[0].amount == Decimal("12.5")


def test_a_file_put_together_from_two_encodings(tmp_path):
    content = f"{NAMES},name\n".encode()
    content += "C1,2024-01-05,1,张伟\n".encode("gb18030")
    content += "C2,2024-01-05,1,王芳\n".encode()
    content += "C3,2024-01-05,1,娄\n".encode("gb18030")  # valid UTF-8 by chance
    names = [each.name for each in read(tmp_path, content).history.customers.values()]
    assert names == ["张伟", "王芳", "娄"]


def test_a_gzipped_file(tmp_path):
    content = gzip.compress(f"{NAMES}\nC1,2024-01-05,5\n".encode())
    assert len(read(tmp_path, content).history.orders) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"PK\x03\x04...", "save it as CSV"),
        (b"\x1f\x8b broken", "cannot be read"),
        (b"customer_id,date,amount\nC\xff,2024-01-05,1\n", "neither UTF-8 nor"),
    ],
)
def test_files_that_are_no_order_files_end_the_load(tmp_path, content, reason):
    with pytest.raises(LoadError, match=reason):
        read(tmp_path, content)


def test_a_missing_file_ends_the_load(tmp_path):
    with pytest.raises(LoadError, match="cannot be read"):
        OrdersFile(Path(tmp_path, "none.csv"), ZONE)


def test_a_file_of_column_names_only_brings_nothing(tmp_path):
    orders_file = read(tmp_path, NAMES)
    assert not orders_file.history.orders
    assert not orders_file.rejects


def test_bad_lines_are_rejected_by_number_and_good_ones_kept(tmp_path):
    orders_file = read(
        tmp_path,
        f"{NAMES},quantity,currency\n"
        "C1,2024-01-05,10,2,USD\n"
        ",2024-01-05,10,1,USD\n"
        "C1,soon,10,1,USD\n"
        "C1,2024-01-05,ten,1,USD\n"
        "C1,2024-01-05,nan,1,USD\n"
        "\n"
        "C1,2024-01-05,10,0,USD\n"
        "C1,2024-01-05,10,-1,USD\n"
        "C1,2024-01-05,10,many,USD\n"
        "C1,2024-01-05,10,1,Dollar\n"
        "C1,2024-01-05,10,1,USD,more\n"
        "C1,2024-01-05,1\0,1,USD\n"
        "C1,2024-01-06\n"
        '"C1\n\n",2024-01-07,7,1,USD\n',
    )
    assert reasons(orders_file) == {
        3: "no customer",
        4: "date 'soon' is not understood",
        5: "amount 'ten' is not a number",
        6: "amount 'nan' is not a finite number",
        8: "quantity '0' is not above 0",
        9: "quantity '-1' is not above 0",
        10: "quantity 'many' is not a number",
        11: "unknown currency Dollar",
        12: "6 cells, but 5 columns: is a delimiter or quote inside a cell?",
        13: "holds a NUL character",
        14: "no amount",
    }
    assert [order.source_lines for order in orders_file.history.orders] == [(2,), (15,)]


def test_a_quote_that_is_never_closed_is_named(tmp_path):
    lines = "".join(f"C{i},2024-01-05,1\n" for i in range(40))
    orders_file = read(tmp_path, f'{NAMES}\nC,2024-01-05,1\n"{lines}')
    assert reasons(orders_file) == {3: "runs to line 42: is a quote not closed?"}
    assert len(orders_file.history.orders) == 1


def test_lines_of_one_order_are_one_document(tmp_path):
    history = read(
        tmp_path,
        f"{NAMES},order_id,product,quantity\n"
        "C1,2024-01-05,10,7,Tea,2\n"
        "C1,2024-01-05,5,7,Cup,1\n"
        "C1,2024-01-06,5,7,Cup,1\n"
        "C1,2024-02-01,-10,7,Tea,-2\n"
        "C2,2024-01-05,10,7,Tea,2\n",
    ).history
    orders = [(o.customer, o.key, len(o.lines), o.amount) for o in history.orders]
    assert orders == [("C1", "7", 2, 15), ("C1", "7", 1, 5), ("C2", "7", 1, 10)]
    [refund] = history.refunds
    assert (refund.key, refund.amount, refund.lines[0].quantity) == ("7", 10, 2)


def test_equal_lines_without_order_number_are_purchases_of_their_own(tmp_path):
    text = f"{NAMES}\n" + "C1,2024-01-05,10\n" * 2 + "C1,2024-01-05,11\n"
    keys = [order.key for order in read(tmp_path, text).history.orders]
    again = [order.key for order in read(tmp_path, text + text[24:]).history.orders]
    assert len(set(keys)) == 3
    assert again[:3] == keys


def test_what_is_said_first_of_a_customer_is_kept(tmp_path):
    history = read(
        tmp_path,
        f"{NAMES},name,email\n"
        "C1,2024-01-05,1,,\n"
        "C1,2024-01-05,2,Ann,ann@example.com\n"
        "C1,2024-01-05,3,Bob,\n"
        "C2,2024-01-05,3,,\n",
    ).history
    assert history.customers["C1"][:3] == ("C1", "Ann", "ann@example.com")
    assert history.customers["C2"].name == "C2"


def test_the_list_of_rejects_repeats_the_lines(tmp_path):
    orders_file = read(tmp_path, f"{NAMES}\nC1,2024-01-05,1\nC2,,1\n")
    target = tmp_path / "rejects.csv"
    write_rejects(orders_file.rejects, tmp_path / "orders.csv", target)
    with target.open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["line", "reason", "customer_id", "date", "amount"],
            ["3", "no date", "C2", "", "1"],
        ]
    write_rejects([], tmp_path / "orders.csv", target)
    assert not target.exists()


def test_a_list_of_rejects_that_cannot_be_written_ends_the_load(tmp_path):
    orders_file = read(tmp_path, f"{NAMES}\nC2,,1\n")
    with pytest.raises(LoadError, match="--rejects"):
        write_rejects(
            orders_file.rejects, tmp_path / "orders.csv", tmp_path / "a" / "b"
        )
