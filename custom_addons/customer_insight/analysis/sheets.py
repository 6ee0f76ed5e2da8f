"""Blocks as sections of a spreadsheet, so that the file holds what the screen shows."""

from ..report.section import Cell, Chart, Column, Section

_WIDTHS = {
    "text": 26,
    "money": 18,
    "percent": 12,
    "integer": 12,
    "decimal": 12,
    "mark": 12,
}


def block_sections(blocks, heading):
    """Turn the blocks of an analysis into sections, those without rows left out.

    :param blocks: blocks as made by :mod:`.blocks`
    :param heading: lines above the table of each sheet
    :return: list of :class:`~..report.section.Section`
    """
    makers = {
        "advice": _advice_section,
        "chart": _chart_section,
        "heatmap": _heatmap_section,
        "table": _table_section,
        "figures": _figures_section,
        "journey": _journey_section,
    }
    return [
        makers[block["type"]](block, heading, f"block_{number}")
        for number, block in enumerate(blocks)
        if block["type"] in makers
    ]


def _column(title, kind):
    return Column(title, kind, _WIDTHS.get(kind, 14))


def _chart_section(block, heading, name):
    series = block["series"]
    drawn = "line" if any(one["shape"] == "line" for one in series) else "column"
    kinds = {one["kind"] for one in series}
    same_unit = tuple(
        number
        for number, one in enumerate(series, 1)
        if len(kinds) == 1 or one["axis"] == "left"
    )
    return Section(
        name=name,
        title=block["title"],
        columns=[_column("", "text")]
        + [_column(one["label"], one["kind"]) for one in series],
        rows=[
            (str(label), *(one["values"][number] for one in series))
            for number, label in enumerate(block["labels"])
        ],
        heading=(block["title"], *heading),
        chart=Chart(drawn, block["title"], 0, same_unit),
    )


def _heatmap_section(block, heading, name):
    return Section(
        name=name,
        title=block["title"],
        columns=[_column(block["corner"], "text"), _column("n", "integer")]
        + [_column(str(title), "any") for title in block["columns"]],
        rows=[
            (
                row["label"],
                row["n"],
                *(_heat_cell(cell, block["kind"]) for cell in row["cells"]),
            )
            for row in block["rows"]
        ],
        heading=(block["title"], *heading),
    )


def _heat_cell(cell, kind):
    if not cell or cell["value"] is None:
        return None
    return Cell(kind, cell["value"], bool(cell.get("weak") or cell.get("partial")))


def _table_section(block, heading, name):
    return Section(
        name=name,
        title=block["title"],
        columns=[_column(one["title"], one["kind"]) for one in block["columns"]],
        rows=[tuple(row["cells"]) for row in block["rows"]],
        heading=(block["title"], *heading),
    )


def _advice_section(block, heading, name):
    return Section(
        name=name,
        title=block["title"],
        columns=[Column("", "note", 80), Column("", "note", 60)],
        rows=[(item["found"], item["plan"]) for item in block["items"]],
        heading=(block["title"], *heading),
    )


def _figures_section(block, heading, name):
    return Section(
        name=name,
        title=block.get("title") or heading[0],
        columns=[_column("", "text"), _column("", "any"), _column("", "text")],
        rows=[
            (
                item["label"],
                None
                if item["value"] is None
                else Cell(item["kind"], item["value"], False),
                item["note"],
            )
            for item in block["items"]
        ],
        heading=heading,
    )


def _journey_section(block, heading, name):
    """Two columns per stage: how many touches, and the note.

    Below them what customers said: the mean as a share of the scale, and how many.
    """
    columns = [_column("", "text")]
    for stage in block["columns"]:
        columns += [_column(stage["label"], "any"), Column("", "note", 24)]
    return Section(
        name=name,
        title=block["title"],
        columns=columns,
        rows=[
            (
                row["label"],
                *(
                    value
                    for cell in row["cells"]
                    for value in (
                        Cell("integer", cell["value"]),
                        cell["note"] or None,
                    )
                ),
            )
            for row in block["rows"]
        ]
        + _said_rows(block),
        heading=(block["title"], *heading),
    )


def _said_rows(block):
    """The row of satisfaction, where customers are asked at all."""
    if not block["has_answers"]:
        return []
    values = []
    for stage in block["columns"]:
        said = stage["satisfaction"]
        values.append(said and Cell("percent", said["value"], said["weak"]))
        values.append(f"n = {said['n']}" if said else None)
    return [(block["said_label"], *values)]
