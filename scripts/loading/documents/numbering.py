"""Takes many document numbers at once, as taking them one by one would."""

from typing import NamedTuple

from odoo.tools import SQL

from .prototypes import taken_back


class MoveNumber(NamedTuple):
    """Number of a journal entry: its name, and the parts that Odoo stores beside it."""

    name: str
    prefix: str
    number: int


def take_numbers(env, company, code, days):
    """The next number of a sequence for each day.

    :param code: code of the sequence, as for ``ir.sequence.next_by_code``
    :param days: list of dates; sequences by period need them
    :return: list of the numbers, prefix and suffix included, in the order of ``days``
    """
    sequence = env["ir.sequence"].search(
        [("code", "=", code), ("company_id", "in", (company.id, False))],
        order="company_id",
        limit=1,
    )
    if not sequence:
        return [env._("New")] * len(days)
    if not sequence.use_date_range:
        return _take(sequence, sequence, len(days))
    periods = {day: sequence._get_current_sequence(day) for day in sorted(set(days))}
    counts = {}
    for day in days:
        counts[periods[day]] = counts.get(periods[day], 0) + 1
    numbers = {
        period: iter(_take(sequence, period, count)) for period, count in counts.items()
    }
    return [next(numbers[periods[day]]) for day in days]


def take_move_numbers(env, company, journal, days):
    """The next number of a credit note in a journal for each day.

    Journals count by year, month or for ever, as their last entries show.

    :param days: list of dates
    :rtype: list[MoveNumber]
    """
    formats = _move_formats(env, company, journal, days)
    last, numbers = {}, []
    for day in days:
        template, values = formats[day.year, day.month]
        head = template.split("{seq:")[0].format(**values)
        series = template.format(**values | {"seq": 0})
        last[series] = last.get(series, values["seq"]) + 1
        name = template.format(**values | {"seq": last[series]})
        numbers.append(MoveNumber(name, head, last[series]))
    return numbers


def _move_formats(env, company, journal, days):
    """How credit notes are numbered: (template, values) by (year, month)."""
    formats = {}
    with taken_back(env):
        move = env["account.move"].with_company(company)
        move = move.create({"move_type": "out_refund", "journal_id": journal.id})
        for day in days:
            month = day.year, day.month
            if month not in formats:
                move.write({"invoice_date": day, "date": day})
                formats[month] = move._get_next_sequence_format()
    return formats


def _take(sequence, counter, count):
    """``count`` numbers of a sequence from a counter: itself, or one of its periods."""
    prefix, suffix = sequence._get_prefix_suffix(
        date_range=counter.date_from if counter != sequence else None
    )
    take = _take_standard if sequence.implementation == "standard" else _take_no_gap
    return [
        f"{prefix}{number:0{sequence.padding}d}{suffix}"
        for number in take(sequence, counter, count)
    ]


def _take_standard(sequence, counter, count):
    name = f"ir_sequence_{sequence.id:03d}"
    if counter != sequence:
        name += f"_{counter.id:03d}"
    rows = sequence.env.execute_query(
        SQL("SELECT nextval(%s) FROM generate_series(1, %s)", name, count)
    )
    return [row[0] for row in rows]


def _take_no_gap(sequence, counter, count):
    counter.flush_recordset(["number_next"])
    step = sequence.number_increment
    [(after,)] = counter.env.execute_query(
        SQL(
            "UPDATE %s SET number_next = number_next + %s WHERE id = %s"
            " RETURNING number_next",
            SQL.identifier(counter._table),
            step * count,
            counter.id,
        )
    )
    counter.invalidate_recordset(["number_next"])
    return [after - step * (count - i) for i in range(count)]
