"""Lists the lines of a file that were not loaded, each with its reason."""

import csv

from ...errors import LoadError
from .text import read_records

COLUMNS = ("line", "reason")


def write_rejects(rejects, source, target):
    """Write the rejected lines with number, reason and their own cells.

    Without rejects, the list of an earlier run is removed.

    :param rejects: list of ``records.Reject``
    :param source: path of the order file
    :param target: path of the list
    :raise LoadError: when the list cannot be written
    """
    try:
        if not rejects:
            target.unlink(missing_ok=True)
            return
        reasons = {reject.line: reject.reason for reject in rejects}
        header, records = read_records(source)
        # with a byte order mark spreadsheets read it as UTF-8
        with target.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow([*COLUMNS, *header])
            for record in records:
                if reason := reasons.get(record.line):
                    writer.writerow([record.line, reason, *(record.cells or ())])
    except OSError as error:
        raise LoadError(
            f"The rejected lines cannot be listed in {target} ({error}): "
            "give another place with --rejects"
        ) from error
