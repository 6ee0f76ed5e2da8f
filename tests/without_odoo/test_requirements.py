"""The table in docs/requirements.md is complete and names only tests that exist."""

import ast
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "requirements.md"
IDS = [f"S{n:03}" for n in range(1, 150)] + [f"M{n}" for n in range(1, 16)]
STATES = {"done", "partly", "open"}


class Row(NamedTuple):
    """A line of the table; ``tests`` are node ids such as ``file::class::test``."""

    id: str
    chinese: str
    requirement: str
    state: str
    tests: list


def _rows():
    rows = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if re.match(r"\| (S\d|M\d)", line):
            *cells, tests = (cell.strip() for cell in line.strip("| ").split(" | "))
            rows.append(Row(*cells, re.findall(r"`([^`]+)`", tests)))
    return rows


def _missing_parts():
    """Ids of the section that says what partly done requirements lack."""
    text = TABLE.read_text(encoding="utf-8")
    section = text.partition("\n## What is missing\n")[2]
    return re.findall(r"^- \*\*([SM]\d+)\*\*", section, re.MULTILINE)


@lru_cache
def _tests_in(path):
    """Names of a file's tests: ``{"test_x", "TestY::test_z"}``."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            functions = (
                item for item in node.body if isinstance(item, ast.FunctionDef)
            )
            found.update(f"{node.name}::{item.name}" for item in functions)
    return {name for name in found if name.rpartition("::")[2].startswith("test_")}


def _exists(test):
    file, _, name = test.partition("::")
    path = ROOT / file
    return path.is_file() and name in _tests_in(path)


def test_every_requirement_is_in_the_table_once_and_in_order():
    assert [row.id for row in _rows()] == IDS


def test_every_requirement_has_words_and_a_state():
    assert [row.id for row in _rows() if not row.requirement or not row.chinese] == []
    assert {row.id: row.state for row in _rows() if row.state not in STATES} == {}


def test_only_what_a_test_proves_is_ticked():
    ticked_without_test = [r.id for r in _rows() if r.state != "open" and not r.tests]
    open_with_test = [r.id for r in _rows() if r.state == "open" and r.tests]
    assert (ticked_without_test, open_with_test) == ([], [])


def test_every_test_of_the_table_exists():
    named = {test: row.id for row in _rows() for test in row.tests}
    assert named
    assert {test: id_ for test, id_ in named.items() if not _exists(test)} == {}


def test_what_is_partly_done_says_what_is_missing():
    assert _missing_parts() == [row.id for row in _rows() if row.state == "partly"]


def test_every_test_of_the_reliability_cases_exists():
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:custom_addons|tests)/[^`]+\.py::[^`]+)`", text)
    assert named
    assert [test for test in named if not _exists(test)] == []
