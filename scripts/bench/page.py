"""The page of the documentation that shows the figures."""

import os
from pathlib import Path

from .databases import server
from .figures import as_markdown

PAGE = Path("docs/benchmarks.md")
_BEGIN, _END = "<!-- figures: begin -->", "<!-- figures: end -->"


def head(plan):
    """:return: on what was measured: server, machine and data, in one line (str)"""
    with server() as cr:
        cr.execute("SHOW server_version")
        [version] = cr.fetchone()
        cr.execute("SHOW work_mem")
        [work_mem] = cr.fetchone()
    return (
        f"PostgreSQL {version.split()[0]} (work_mem {work_mem}), {os.cpu_count()} cores"
        f" (load {os.getloadavg()[0]:.1f} before); {plan.small}; {plan.large}"
    )


def update(headline, figures):
    """Replace the figures between the two markers of the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(_BEGIN)
    _old, after = rest.split(_END)
    table = as_markdown(figures)
    PAGE.write_text(
        f"{before}{_BEGIN}\n\n{headline}\n\n{table}\n\n{_END}{after}", encoding="utf-8"
    )
