"""What was measured, and how it is shown."""

from dataclasses import dataclass

_HEADINGS = ("What", "Seconds", "MB", "Bare", "Ratio", "Target", "")
_UNITS = {"x": "×", "s": " s", "MB": " MB"}


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    :param what: what was measured, and how often
    :param target: what the value may be at most, in ``unit``; None if not judged
    :param unit: ``x`` – the ratio to the bare reference is judged, ``s`` – the seconds
        themselves, ``MB`` – the memory
    :param seconds: time taken
    :param bare: seconds of the reference, measured in the same run
    :param memory: growth of the Odoo process above idle, at its peak, in MB
    :param database_memory: the same of the database's process; None if out of sight
    """

    what: str
    target: float | None
    unit: str = "x"
    seconds: float | None = None
    bare: float | None = None
    memory: float | None = None
    database_memory: float | None = None

    @property
    def ratio(self):
        """:return: seconds by bare seconds (float), None without a reference"""
        return self.seconds / self.bare if self.bare else None

    @property
    def value(self):
        """:return: what the target is about (float)"""
        return {"x": self.ratio, "s": self.seconds, "MB": self.memory}[self.unit]

    @property
    def verdict(self):
        """:return: ``ok``, ``MISSED`` or, without a target, nothing (str)"""
        if self.target is None:
            return ""
        return "ok" if self.value <= self.target else "MISSED"

    def cells(self):
        """:return: the texts of the line (tuple of str), one for each heading"""
        memory = [self.memory, self.database_memory]
        return (
            self.what,
            _seconds(self.seconds),
            " + ".join(f"{part:.0f}" for part in memory if part is not None),
            _seconds(self.bare),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            "" if self.target is None else f"≤ {self.target:g}{_UNITS[self.unit]}",
            self.verdict,
        )


def as_text(figures):
    """:return: the table for a terminal (str)"""
    rows = [_HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 0 < position < 6 else cell.ljust(width)
            for position, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def as_markdown(figures):
    """:return: the table for a page of documentation (str)"""
    rows = [_HEADINGS, ("---", *["--:"] * 5, "---")]
    rows += [figure.cells() for figure in figures]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _seconds(value):
    if value is None:
        return ""
    return f"{value:.2f}" if value >= 1 else f"{value:.4f}"
