"""What the tests of the loader share."""

import csv
import io

from loading.loads import load_file
from loading.progress import Progress

NAMES = "customer_id,date,amount"


def load_text(env, tmp_path, text, name="orders.csv", **options):
    """Load a file of this text; return what was written and the rejected lines.

    :return: ``Written``, reason by line number
    """
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    _company, written = load_file(env, Progress(io.StringIO()), path, **options)
    rejects = path.with_name(f"{name}.rejected.csv")
    if not rejects.exists():
        return written, {}
    with rejects.open(encoding="utf-8-sig", newline="") as stream:
        return written, {
            int(row["line"]): row["reason"] for row in csv.DictReader(stream)
        }


def customers(env, *refs):
    """The contacts with these references, in this order."""
    partners = env["res.partner"]
    for ref in refs:
        partners += partners.search([("ref", "=", ref)])
    return partners


def raw_row(record):
    """The columns of a record as the database holds them."""
    record.env.flush_all()
    record.env.cr.execute(
        f"SELECT to_jsonb(t) FROM {record._table} t WHERE id = %s", [record.id]
    )
    return record.env.cr.fetchone()[0]
