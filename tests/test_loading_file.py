"""Loading order files into a database."""

import io
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from loading_support import NAMES, customers, load_text

from loading.documents.rates import Rates
from loading.errors import LoadError
from loading.loads import load_file
from loading.progress import Progress


def amounts(records):
    return records.mapped("amount_untaxed")


def test_a_file_of_column_names_only_changes_nothing(env, tmp_path):
    before = env["sale.order"].search_count([])
    written, rejects = load_text(env, tmp_path, NAMES)
    assert (written.orders, written.refunds, rejects) == (0, 0, {})
    assert env["sale.order"].search_count([]) == before


def test_one_line_becomes_a_confirmed_order(env, tmp_path):
    env.company.partner_id.tz = "America/New_York"
    load_text(
        env,
        tmp_path,
        "customer_id,date,amount,product,quantity,order_id,customer_name,e-mail,country\n"
        "T-1,2024-07-05,30.01,Green tea,3,A-77,李雷,Li.Lei@example.com,United States\n",
    )
    partner = customers(env, "T-1")
    assert partner.name == partner.complete_name == "李雷"
    assert partner.email_normalized == "li.lei@example.com"
    assert partner.country_id.code == "US"
    assert partner.company_id == env.company
    order = partner.sale_order_ids
    assert (order.state, order.origin) == ("sale", "A-77")
    assert order.date_order == datetime(2024, 7, 5, 16)
    assert (order.amount_untaxed, order.amount_total) == (30.01, 30.01)
    assert order.invoice_status == "no"
    assert not order.user_id
    line = order.order_line
    assert (line.product_id.name, line.product_uom_qty) == ("Green tea", 3)
    assert line.price_subtotal == 30.01
    assert not line.tax_ids


def test_numbers_of_orders_go_on_from_the_sequence(env, tmp_path):
    sequence = env["ir.sequence"].search([("code", "=", "sale.order")], limit=1)
    first = sequence.number_next_actual
    text = f"{NAMES}\n" + "".join(f"T-{i},2024-01-0{i},{i}\n" for i in range(1, 6))
    load_text(env, tmp_path, text)
    orders = customers(env, *(f"T-{i}" for i in range(1, 6))).sale_order_ids
    names = orders.sorted("date_order").mapped("name")
    assert len(set(names)) == 5
    assert names == sorted(names)
    assert sequence.number_next_actual >= first + 5
    assert (
        env["sale.order"].create({"partner_id": orders[0].partner_id.id}).name
        > names[-1]
    )


def test_sequences_by_period_and_without_gaps_are_followed(env, tmp_path):
    sequence = env["ir.sequence"].search([("code", "=", "sale.order")], limit=1)
    sequence.write(
        {
            "use_date_range": True,
            "implementation": "no_gap",
            "prefix": "%(range_year)s/",
        }
    )
    load_text(
        env,
        tmp_path,
        f"{NAMES}\nT-1,2021-05-05,1\nT-1,2022-05-05,2\nT-1,2022-06-05,3\n",
    )
    orders = customers(env, "T-1").sale_order_ids.sorted("date_order")
    assert orders.mapped("name") == ["2021/00001", "2022/00001", "2022/00002"]
    later = sequence.next_by_id(sequence_date=orders[-1].date_order.date())
    assert later == "2022/00003"


def test_a_second_run_changes_nothing(env, tmp_path):
    text = (
        f"{NAMES},order_id,product\n"
        "T-1,2024-01-05,10.07,7,Tea\n"
        "T-1,2024-01-05,10,,Tea\n"
        "T-1,2024-01-05,10,,Tea\n"
        "T-1,2024-02-05,-4.13,7,Tea\n"
        "T-2,2024-02-05,-4,,Tea\n"
        "T-3,never,1,,Tea\n"
    )
    first, rejects = load_text(env, tmp_path, text)
    assert (first.orders, first.refunds, first.skipped) == (3, 2, 0)
    counts = {
        name: env[name].search_count([])
        for name in (
            "res.partner",
            "product.product",
            "sale.order",
            "account.move.line",
        )
    }
    second, rejects_again = load_text(env, tmp_path, text)
    assert (second.orders, second.refunds, second.skipped) == (0, 0, 5)
    assert rejects == rejects_again == {7: "date 'never' is not understood"}
    for name, count in counts.items():
        assert env[name].search_count([]) == count


def test_a_file_that_has_grown_adds_its_new_lines_only(env, tmp_path):
    text = f"{NAMES}\nT-1,2024-01-05,10\nT-1,2024-01-05,10\n"
    load_text(env, tmp_path, text)
    written, _rejects = load_text(
        env, tmp_path, f"{text}T-1,2024-01-05,10\nT-2,2024-01-06,5\n"
    )
    assert (written.orders, written.skipped) == (2, 2)
    assert len(customers(env, "T-1").sale_order_ids) == 3


def test_an_order_that_has_changed_in_the_file_is_reported_and_kept(env, tmp_path):
    load_text(env, tmp_path, f"{NAMES},order_id\nT-1,2024-01-05,10,7\n")
    written, rejects = load_text(
        env, tmp_path, f"{NAMES},order_id\nT-1,2024-01-05,12,7\n"
    )
    assert written.orders == 0
    assert "loaded with the amount 10.00 before" in rejects[2]
    assert amounts(customers(env, "T-1").sale_order_ids) == [10]


def test_an_order_cancelled_since_does_not_come_back(env, tmp_path):
    text = f"{NAMES}\nT-1,2024-01-05,10\n"
    load_text(env, tmp_path, text)
    customers(env, "T-1").sale_order_ids._action_cancel()
    written, _rejects = load_text(env, tmp_path, text)
    assert (written.orders, written.skipped) == (0, 1)


def test_existing_contacts_are_used_with_what_they_bring(env, tmp_path):
    seller = env.ref("base.user_admin")
    contact = env["res.partner"].create(
        {"name": "Known", "ref": "T-1", "active": False, "user_id": seller.id}
    )
    office = env["res.partner"].create(
        {"name": "Office", "parent_id": contact.id, "type": "invoice"}
    )
    load_text(env, tmp_path, f"{NAMES},name\nT-1,2024-01-05,10,Other name\n")
    order = env["sale.order"].search([("partner_id", "=", contact.id)])
    assert (contact.name, order.user_id) == ("Known", seller)
    assert order.partner_invoice_id == office
    assert order.partner_shipping_id == contact


def test_refunds_become_posted_credit_notes_linked_to_their_order(env, tmp_path):
    load_text(
        env,
        tmp_path,
        f"{NAMES},order_id,product,quantity\n"
        "T-1,2024-01-05,100,7,Tea,4\n"
        "T-1,2024-01-05,20,7,Cup,1\n"
        "T-1,2024-02-01,-50,7,Tea,2\n"
        "T-1,2024-03-01,-5.5,,Tea,1\n",
    )
    order = customers(env, "T-1").sale_order_ids
    note, loose = env["account.move"].search(
        [("partner_id", "=", order.partner_id.id)], order="date"
    )
    assert (note.move_type, note.state, note.amount_total) == (
        "out_refund",
        "posted",
        50,
    )
    assert note.invoice_date == note.date == datetime(2024, 2, 1).date()
    assert (note.ref, note.invoice_origin) == ("7", order.name)
    assert order.invoice_ids == note
    tea = order.order_line.filtered(lambda line: line.product_id.name == "Tea")
    assert note.invoice_line_ids.sale_line_ids == tea
    assert (tea.qty_delivered, tea.qty_invoiced, tea.qty_to_invoice) == (-2, -2, 0)
    assert order.invoice_status == "no"
    assert not loose.invoice_origin
    assert order.partner_id.customer_rank == 3
    assert sum(note.line_ids.mapped("balance")) == 0
    assert sum(order.partner_id.invoice_ids.mapped("amount_total_signed")) == -55.5


def test_credit_notes_balance_to_the_last_digit(env, tmp_path):
    lines = "".join(f"T-1,2024-02-01,-{cents / 10},7\n" for cents in range(1, 8))
    load_text(env, tmp_path, f"{NAMES},order_id\n{lines}")
    note = env["account.move"].search([("partner_id.ref", "=", "T-1")])
    env.cr.execute(
        "SELECT sum(balance)::text, sum(debit)::text FROM account_move_line"
        " WHERE move_id = %s",
        [note.id],
    )
    balance, debit = env.cr.fetchone()
    assert (Decimal(balance), Decimal(debit)) == (0, Decimal("2.8"))
    env.cr.execute(
        "SELECT amount_total_signed::text FROM account_move WHERE id = %s", [note.id]
    )
    assert Decimal(env.cr.fetchone()[0]) == Decimal("-2.8")


def test_a_refund_finds_an_order_of_an_earlier_file(env, tmp_path):
    load_text(env, tmp_path, f"{NAMES},order_id\nT-1,2024-01-05,10,7\n")
    load_text(env, tmp_path, f"{NAMES},order_id\nT-1,2024-03-05,-30,7\n", name="2.csv")
    order = customers(env, "T-1").sale_order_ids
    assert order.invoice_ids.amount_total == 30
    assert order.invoice_ids.invoice_origin == order.name


def test_credit_notes_are_numbered_as_by_hand(env, tmp_path):
    def by_hand(day):
        move = env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": env.company.partner_id.id,
                "invoice_date": day,
                "invoice_line_ids": [(0, 0, {"name": "x", "price_unit": 1})],
            }
        )
        move.action_post()
        return move

    before = by_hand("2019-06-06")
    load_text(
        env,
        tmp_path,
        f"{NAMES}\nT-1,2019-03-01,-1\nT-1,2018-12-31,-2\nT-1,2019-08-01,-3\n",
    )
    loaded = env["account.move"].search(
        [("partner_id.ref", "=", "T-1")], order="invoice_date"
    )
    after = by_hand("2019-07-07")
    numbers = [move.sequence_number for move in (before, *loaded[1:], after)]
    assert numbers == list(range(before.sequence_number, before.sequence_number + 4))
    assert loaded[0].sequence_prefix == before.sequence_prefix.replace("2019", "2018")
    assert loaded[1].name == loaded[1].sequence_prefix + before.name[
        len(before.sequence_prefix) :
    ].replace(str(before.sequence_number), str(before.sequence_number + 1))


def test_refunds_in_closed_books_are_rejected(env, tmp_path):
    env.company.fiscalyear_lock_date = "2023-12-31"
    _written, rejects = load_text(
        env,
        tmp_path,
        f"{NAMES}\nT-1,2023-12-31,-1\nT-1,2024-01-01,-2\nT-1,2023-01-01,3\n",
    )
    assert rejects == {
        2: "no credit note on 2023-12-31: the books are closed to 2023-12-31"
    }
    assert len(customers(env, "T-1").sale_order_ids) == 1


def test_a_company_without_accounts_gets_a_chart_for_its_credit_notes(env, tmp_path):
    yuan = env.ref("base.CNY")
    yuan.active = True
    company = env["res.company"].create(
        {
            "name": "Tea House",
            "currency_id": yuan.id,
            "country_id": env.ref("base.us").id,
        }
    )
    load_text(
        env,
        tmp_path,
        f"{NAMES}\nT-1,2024-01-01,9\nT-1,2024-02-01,-4\n",
        company_name="tea house",
    )
    note = env["account.move"].search([("company_id", "=", company.id)])
    assert (note.amount_total_signed, note.currency_id) == (-4, yuan)
    assert company.currency_id == yuan


def test_three_currencies(env, tmp_path):
    for code, rate in (("EUR", 0.8), ("JPY", 150)):
        currency = env.ref(f"base.{code}")
        env["res.currency.rate"].search([("currency_id", "=", currency.id)]).unlink()
        currency.active = False
        for day, factor in (("2023-01-01", 1), ("2024-01-01", 2)):
            env["res.currency.rate"].create(
                {"currency_id": currency.id, "name": day, "rate": rate * factor}
            )
    written, rejects = load_text(
        env,
        tmp_path,
        f"{NAMES},currency\n"
        "T-1,2023-06-01,10,EUR\n"
        "T-1,2024-06-01,10,eur\n"
        "T-1,2023-06-01,1500.4,JPY\n"
        "T-1,2023-06-01,7,USD\n"
        "T-1,2023-06-01,8,\n"
        "T-1,2024-07-01,-4,EUR\n"
        "T-1,2022-06-01,10,EUR\n"
        "T-1,2023-06-01,10,XAG\n",
    )
    assert rejects == {8: "no rate for EUR on 2022-06-01", 9: "unknown currency XAG"}
    orders = customers(env, "T-1").sale_order_ids
    assert set(orders.mapped("currency_id.name")) == {"EUR", "JPY", "USD"}
    company_amounts = [
        round(order.amount_untaxed / order.currency_rate, 2)
        for order in orders.sorted(lambda o: (o.date_order, o.amount_untaxed))
    ]
    assert company_amounts == [7, 8, 12.5, 10, 6.25]
    note = env["account.move"].search([("partner_id.ref", "=", "T-1")])
    assert (note.amount_total, note.amount_total_signed) == (4, -2.5)
    assert written.orders == 5


def test_rates_are_those_of_odoo(env):
    euro = env.ref("base.EUR")
    env["res.currency.rate"].search([("currency_id", "=", euro.id)]).unlink()
    for day, rate in (("2023-01-01", 0.91), ("2023-01-05", 0.93)):
        env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": day, "rate": rate}
        )
    rates = Rates(env.company)
    for day in range(1, 8):
        moment = datetime(2023, 1, day).date()
        expected = env["res.currency"]._get_conversion_rate(
            env.company.currency_id, euro, env.company, moment
        )
        assert rates.rate(euro, moment) == expected
    assert rates.missing("EUR", datetime(2022, 12, 31).date())
    assert not rates.missing("EUR", datetime(2023, 1, 1).date())


def test_zero_orders_and_odd_cents(env, tmp_path):
    load_text(
        env,
        tmp_path,
        f"{NAMES},quantity\n"
        "T-1,2024-01-01,0,1\n"
        "T-2,2024-01-01,10,3\n"
        "T-3,2024-01-01,0.125,1\n"
        "T-4,2024-01-01,9999999999999.99,7\n"
        "T-5,2024-01-01,-0.001,1\n",
    )
    assert amounts(customers(env, "T-1", "T-2", "T-3", "T-4").sale_order_ids) == [
        0,
        10,
        0.13,
        9999999999999.99,
    ]
    assert not customers(env, "T-5")


def test_an_unknown_company_is_named_with_those_there_are(env, tmp_path):
    with pytest.raises(LoadError, match="There is no company 'Nobody'; there are: "):
        load_text(env, tmp_path, NAMES, company_name="Nobody")


def test_progress_names_step_rows_and_seconds(env, tmp_path):
    path = Path(tmp_path, "orders.csv")
    path.write_text(f"{NAMES}\nT-1,2024-01-01,1\n", encoding="utf-8")
    stream = io.StringIO()
    load_file(env, Progress(stream), path)
    lines = stream.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines[:6]] == [
        "read orders.csv",
        "look for what is there",
        "customers",
        "products",
        "orders",
        "order lines",
    ]
    assert all(" s  done" in line for line in lines[:6])
