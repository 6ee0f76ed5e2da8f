"""The benchmark runs from end to end; how fast anything is, is not judged here."""

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bench import page
from bench.databases import PREFIX, Databases, is_installed, server
from bench.figures import Figure, as_markdown, as_text
from bench.plan import FULL_CUSTOMERS, HUGE_CUSTOMERS, Plan, short_plan

ROOT = Path(__file__).parents[1]
LONGEST_TRIAL = 600  # seconds
LINES = [
    "40/400: first computation",
    "40/400: computation of the next day",
    "40/400: computation of 1% changed",
    "40/400: the same with habits and history",
    "400/4k: first computation",
    "400/4k: computation of the next day",
    "400/4k: computation of 1% changed",
    "400/4k: the same with habits and history",
    "ten times the data: first computation",
    "ten times the data: computation of the next day",
    "confirming an order in a row",
    "confirming an order after a pause",
    "confirming an order in a row",
    "a member's account",
    "ending ",
    "a confirmed order in its profile, by the job",
    "a confirmed order in its profile, by a running server",
    "list, first page",
    "kanban by stage",
    "pivot, stage by segment",
    "contacts by stage",
    "report of 40",
    "report of 40",
    "customer page, 10,000 touches",
    "the same against bare SQL of the timeline",
    "cohorts by quarter",
    "400/4k: a night with 50 segments, the first",
    "400/4k: a night with 50 segments, the next",
    "400/4k: the same with forecasts learned anew and warnings",
    "400/4k: the next night, of it customer profiles",
    "400/4k: the next night, of it forecasts",
    "400/4k: the next night, of it usual categories",
    "400/4k: the next night, of it stage moves",
    "400/4k: the next night, of it segments",
    "400/4k: the next night, of it snapshots",
    "400/4k: the next night, of it contact cadences",
    "400/4k: the next night, of it warnings",
    "400/4k: the next night, of it product rules",
    "400/4k: the next night, of it alerts of warnings",
    "moves between segments (Sankey)",
    "400/4k: a playbook for all customers, who begins",
    "400/4k: a playbook for all customers, a step for 90 %",
    "400/4k: a playbook for all customers, what came of it",
    "40/400: a forecast learned, marked and written",
    "40/400, 4 products each: product rules learned and marked",
    "400/4k: a forecast learned, marked and written",
    "40 invitations: queued",
    "40 invitations: made",
    "40 invitations: at a mail server",
    "50 people answer 1 forms each at once",
    "scores over 4,000 answers",
]


def bench(*arguments, **environ):
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts"), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def scratch_databases():
    with server() as cr:
        cr.execute("SELECT datname FROM pg_database ORDER BY 1")
        return {name for [name] in cr.fetchall() if name.startswith(PREFIX)}


@pytest.fixture
def trial(tmp_path):
    """A benchmark on small data: its status, what it told, the file of its figures, and
    the names of databases it has left.

    `make test` has begun it while the database of the other tests was made.
    """
    folder = os.environ.get("SUITE_TRIAL")
    if not folder:
        before = scratch_databases()
        result = tmp_path / "figures.json"
        done = bench("--customers", "40", "--json", str(result))
        left = scratch_databases() - before
        # benchmarks that run at this moment have theirs, named after their process
        left = [name for name in left if not psutil.pid_exists(int(name.split("_")[1]))]
        return done.returncode, done.stdout + done.stderr, result, left
    folder = Path(folder)
    for _second in range(LONGEST_TRIAL):
        if (folder / "status").exists():
            break
        time.sleep(1)
    status, process = map(int, (folder / "status").read_text().split())
    left = [n for n in scratch_databases() if n.startswith(f"{PREFIX}{process}_")]
    return status, (folder / "log").read_text(), folder / "figures.json", left


def test_every_line_comes_out_with_finite_numbers(trial):
    status, told, result, left = trial
    assert status == 0, told
    figures = [Figure(**values) for values in json.loads(result.read_text())]
    assert len(figures) == len(LINES)
    for figure, line in zip(figures, LINES, strict=True):
        assert figure.what.startswith(line)
        assert math.isfinite(figure.value) and figure.value >= 0
        assert figure.what in told
    assert left == []


@pytest.mark.parametrize(
    "arguments, environ, code, complaint",
    [
        (["--customers", "0"], {}, 2, "'0' is no number of customers from 40 up"),
        (["--customers", "x"], {}, 2, "'x' is no number of customers from 40 up"),
        (["--quick"], {"PGHOST": "/nowhere"}, 1, "error: No database server:"),
        (["--quick"], {"SUITE_TEMPLATE": "no_such"}, 1, '"no_such" does not exist'),
    ],
)
def test_what_keeps_it_from_running_is_told_in_a_line(
    arguments, environ, code, complaint
):
    done = bench(*arguments, **environ)
    assert done.returncode == code
    assert complaint in done.stderr.splitlines()[-1]


def test_an_empty_database_has_nothing_installed(env):
    with Databases() as databases:
        assert not is_installed(databases.create("empty"), "base")
    assert is_installed(env.cr.dbname, "base")
    assert not is_installed(env.cr.dbname, "no_such_module")


def test_only_the_usual_sizes_are_kept_in_the_page():
    assert Plan().is_full
    assert not short_plan(FULL_CUSTOMERS).is_full
    assert str(short_plan(HUGE_CUSTOMERS).large) == (
        "1,000,000 customers with 10,000,000 orders"
    )


def test_the_page_keeps_its_words_and_gets_the_new_figures(tmp_path, monkeypatch):
    text = (ROOT / page.PAGE).read_text(encoding="utf-8")
    copy = tmp_path / "page.md"
    copy.write_text(text, encoding="utf-8")
    monkeypatch.setattr(page, "PAGE", copy)
    figures = [Figure("one thing", 2, seconds=3, bare=2)]
    for headline in ("first head", "second head"):
        page.update(headline, figures)
    new = copy.read_text(encoding="utf-8")
    assert "second head" in new and "first head" not in new
    assert as_markdown(figures) in new
    assert new.split("<!--")[0] == text.split("<!--")[0]
    assert new.split("-->")[-1] == text.split("-->")[-1]


@pytest.mark.parametrize(
    "figure, ratio, verdict",
    [
        (Figure("a", 2, seconds=3, bare=2), "1.50", "ok"),
        (Figure("a", 2, seconds=5, bare=2), "2.50", "MISSED"),
        (Figure("a", 1, "s", seconds=1.1), "", "MISSED"),
        (Figure("a", 60, "MB", memory=59.6), "", "ok"),
        (Figure("a", None, seconds=5, bare=2), "2.50", ""),
    ],
)
def test_the_verdict_follows_from_value_and_target(figure, ratio, verdict):
    cells = figure.cells()
    assert (cells[4], cells[6]) == (ratio, verdict)
    assert as_text([figure]).splitlines()[1].endswith(verdict)
