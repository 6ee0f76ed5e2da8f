"""Inserts many rows as copies of a prototype that differ in some columns."""

import csv
import io
from itertools import islice

from odoo.tools import SQL

# The first rows make a small chunk: foreign keys are checked by plans that the session
# keeps, and one made while a table is nearly empty reads it from end to end for every
# row.  ANALYZE has them made anew before the bulk of the rows comes.
FIRST_CHUNK = 500
CHUNK = 20_000


def snapshot(record):
    """All columns of a record's row as JSON, exact for every column type."""
    record.env.flush_all()
    [(row,)] = record.env.execute_query(
        SQL(
            "SELECT to_jsonb(t)::text FROM %s t WHERE id = %s",
            SQL.identifier(record._table),
            record.id,
        )
    )
    return row


def new_ids(model, count):
    """``count`` fresh ids of a model's table, ascending."""
    rows = model.env.execute_query(
        SQL(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id'))"
            " FROM generate_series(1, %s)",
            model._table,
            count,
        )
    )
    return [row[0] for row in rows]


def insert(model, prototypes, columns, rows, progress=None):
    """Insert ``rows`` into a model's table.

    The ORM's cache and the planner's statistics are up to date afterwards.

    :param prototypes: snapshots by key
    :param columns: names of the columns in which a row differs from its prototype,
        ``id`` among them; those that the table has not (its module is not installed)
        are left out
    :param rows: iterable of (key of the prototype, *values of ``columns``)
    :param progress: a ``Progress`` whose current step counts the rows
    """
    cr, table = model.env.cr, model._table
    types = _column_types(cr, table)
    numbers = _stage_prototypes(cr, table, prototypes)
    stage = SQL(", ").join(
        SQL("%s %s", SQL.identifier(name), SQL(types.get(name, "text")))
        for name in columns
    )
    cr.execute(SQL("CREATE TEMP TABLE load_row (load_prototype int, %s)", stage))
    copied = _copy_statement(types, columns, table)
    rows, size = iter(rows), FIRST_CHUNK
    while chunk := list(islice(rows, size)):
        _copy_in(cr, "load_row", ((numbers[row[0]], *row[1:]) for row in chunk))
        cr.execute(copied)
        cr.execute("TRUNCATE load_row")
        if size == FIRST_CHUNK:
            analyze(model)
        size = CHUNK
        if progress:
            progress.advance(len(chunk))
    cr.execute("DROP TABLE load_row, load_prototype")
    analyze(model)
    model.invalidate_model()


def insert_relation(cr, table, columns, rows):
    """Insert plain rows, as those of a many2many relation.

    :param rows: iterable of tuples in the order of ``columns``
    """
    names = SQL(", ").join(map(SQL.identifier, columns))
    target = SQL("%s (%s)", SQL.identifier(table), names)
    _copy_in(cr, target, rows)


def analyze(model):
    """Refresh the planner's statistics of a model's table."""
    model.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(model._table)))


def _column_types(cr, table):
    cr.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [table],
    )
    return dict(cr.fetchall())


def _stage_prototypes(cr, table, prototypes):
    """Turn the snapshots into rows again; return their numbers by key."""
    numbers = {key: number for number, key in enumerate(prototypes)}
    cr.execute(
        SQL(
            "CREATE TEMP TABLE load_prototype AS"
            " SELECT 0 AS load_prototype, t.* FROM %s t LIMIT 0",
            SQL.identifier(table),
        )
    )
    for key, row in prototypes.items():
        cr.execute(
            SQL(
                "INSERT INTO load_prototype SELECT %s, t.*"
                " FROM jsonb_populate_record(NULL::%s, %s::jsonb) t",
                numbers[key],
                SQL.identifier(table),
                row,
            )
        )
    return numbers


def _copy_statement(types, columns, table):
    names, sources = [], []
    for name in types:
        names.append(SQL.identifier(name))
        sources.append(SQL.identifier("r" if name in columns else "p", name))
    return SQL(
        "INSERT INTO %s (%s) SELECT %s FROM load_row r"
        " JOIN load_prototype p USING (load_prototype) ORDER BY r.id",
        SQL.identifier(table),
        SQL(", ").join(names),
        SQL(", ").join(sources),
    )


def _copy_in(cr, target, rows):
    """COPY rows into a table; None and the empty string become NULL."""
    if isinstance(target, str):
        target = SQL.identifier(target)
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    buffer.seek(0)
    cr.copy_expert(f"COPY {target.code} FROM STDIN WITH (FORMAT csv)", buffer)
