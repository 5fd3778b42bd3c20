"""A study as one workbook: numbers, tests, flags, exclusions, raw rows, figures, provenance."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import polars as pl

from exportin.contract.view import View
from exportin.contract.view_json import view_from_json
from exportin.report.exports.xlsx import MOST_ROWS, Cell, SheetTable, in_pieces, workbook_bytes
from exportin.report.names import block_names, heading
from exportin.results.formatting import format_estimate
from exportin.results.schema import ResultTable
from exportin.results.tables import Estimates, Tests
from exportin.study.frames import get_frame
from exportin.study.ledger import Entry
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.study.run import STORE
from exportin.study.store import Store

FIRST = {
    "estimates": ("block", "quantity"),
    "tests": ("block", "quantity", "group_a", "group_b"),
}
NUMBERS = {
    "estimates": ("value", "bound", "units", "conf_low", "conf_high", "conf_open", "conf_level"),
    "tests": ("effect", "bound", "units", "effect_kind", "conf_low", "conf_high", "conf_open",
              "conf_level", "p_value", "p_adjusted"),
}  # fmt: skip
IN_UNITS = {
    "value": "Value (in units)", "effect": "Effect (in units)",
    "conf_low": "Lower limit (in units)", "conf_high": "Upper limit (in units)",
    "conf_open": "Open side of the interval", "conf_level": "Level of the interval (1 = 100 %)",
    "std_error": "Standard error (on scale)", "model_low": "Lowest over models (in units)",
    "model_high": "Highest over models (in units)", "bound": "Bound (= < >)",
    "unit_id": "Unit", "n_units": "Units (n)", "n_rows": "Raw rows (n)",
    "n_flagged": "Raw rows left out (n)", "id": "Result id", "p_value": "p value",
    "p_adjusted": "p value, adjusted", "n_a": "Units in group a (n)", "n_b": "Units in group b (n)",
}  # fmt: skip
PLAIN = "As reported"
MEANINGS = (
    (
        "Numbers",
        f"Are numbers of 15 digits; the column '{PLAIN}' says them as the report does.",
    ),
    ("Bounds", "A number with the bound < or > is no estimate: the true value lies beyond it."),
    ("Empty limits", "A limit that is empty is open: the data do not bound that side."),
    ("Result id", "Names a number for good: exportin why DIR ID walks it back to the raw rows."),
    ("Text", "Text is text: no cell of this workbook is a formula, whatever it begins with."),
)
STRUCK = "struck out: left out of every number"


def study_workbook(outcome: Outcome, *, most_rows: int = MOST_ROWS) -> bytes:
    """Write everything a study found as an Excel workbook.

    Parameters
    ----------
    outcome : Outcome
        Results of a run; figures are taken from the views of its blocks.
    most_rows : int
        Rows of a sheet; a longer table goes on in the next sheet.

    Returns
    -------
    bytes
        An .xlsx file, byte-identical for the same outcome.

    Raises
    ------
    InputError
        xlsxwriter is not installed.
    """
    tables = [
        estimates_sheet(outcome),
        tests_sheet(outcome),
        flags_sheet(outcome),
        exclusions_sheet(outcome.ledger),
        *(sheet for block in outcome.blocks for sheet in rows_sheet(outcome, block)),
        *(sheet for block in outcome.blocks for sheet in figure_sheets(block)),
        provenance_sheet(outcome),
    ]
    title = outcome.study.file.study.title
    first = readme_sheet(outcome, tables, most_rows)
    return workbook_bytes([first, *tables], title=title, most_rows=most_rows)


def readme_sheet(outcome: Outcome, tables: Sequence[SheetTable], most_rows: int) -> SheetTable:
    """Say what is what."""
    itself = SheetTable(name="README", about="", heads=(), rows=())
    pieces = in_pieces([itself, *tables], most_rows)[1:]
    rows: list[tuple[Cell, ...]] = [(name, len(one.rows), one.about) for name, one in pieces]
    rows += [
        ("Note", None, f"'{t.name}' has {len(t.rows)} rows, more than a sheet holds: it goes on in "
                       "the sheets after it.") for t in tables if len(t.rows) >= most_rows
    ]  # fmt: skip
    rows += [
        (None, None, None),
        ("Study", None, outcome.study.file.study.title),
        ("Made by", None, f"exportin {outcome.versions.get('exportin', '')}".strip()),
        *((name, None, words) for name, words in MEANINGS),
    ]
    heads = ("Sheet", "Rows", "What it holds")
    return SheetTable(name="README", about="", heads=heads, rows=rows, linked=True)


def estimates_sheet(outcome: Outcome) -> SheetTable:
    """Return all numbers, with the words of the report beside them."""
    table = Estimates.concat([block.estimates for block in outcome.blocks])
    heads, rows = result_rows(outcome, table, words=True)
    return SheetTable(name="Estimates", about="Every number: of single units and between units.",
                      heads=heads, rows=rows)  # fmt: skip


def tests_sheet(outcome: Outcome) -> SheetTable:
    """Return all comparisons, between units and within one."""
    heads, rows = result_rows(outcome, outcome.tests(), words=False)
    about = "Every comparison with its effect; 'Interval level' says within: technical, one unit."
    return SheetTable(name="Tests", about=about, heads=heads, rows=rows)


def result_rows(
    outcome: Outcome, table: Tests | Estimates, *, words: bool
) -> tuple[tuple[str, ...], list[tuple[Cell, ...]]]:
    """Return header and rows of a result table, what people look for first."""
    order = column_order(table)
    labels = {block.name: block_names(block) for block in outcome.blocks}
    heads = [IN_UNITS.get(name, heading(name)) for name in order]
    at = order.index(NUMBERS[table.kind][0])
    rows: list[tuple[Cell, ...]] = []
    for row in table.frame.iter_rows(named=True):
        cells = [cell_of(row[name]) for name in order]
        names = labels.get(row["block"])
        cells[order.index("quantity")] = names.label(row["quantity"]) if names else row["quantity"]
        if words:
            cells.insert(at, format_estimate(row))
        rows.append((*cells, row["quantity"]))
    if words:
        heads.insert(at, PLAIN)
    return (*heads, "Name of the quantity"), rows


def column_order(table: ResultTable) -> list[str]:
    """Return columns: what it is of, the number, how it was made, its id."""
    first = [*FIRST[table.kind], *table.keys]
    first += [n for n in ("unit_id", *NUMBERS[table.kind]) if n in table.frame.columns]
    rest = [n for n in table.frame.columns if n not in first and n != "id"]
    return [*first, *rest, "id"]


def flags_sheet(outcome: Outcome) -> SheetTable:
    """Return what rules, files and people said of rows."""
    rows: list[tuple[Cell, ...]] = [
        (block.name, f["row_id"], f["rule"], f["severity"], f["message"], f["by"])
        for block in outcome.blocks
        for f in block.flags.frame.iter_rows(named=True)
    ]
    struck = {i for i, row in enumerate(rows) if row[3] == "exclude"}
    heads = ("Block", "Row", "Rule", "Severity", "Message", "By")
    about = f"Every flag; those of severity exclude are {STRUCK}."
    return SheetTable(name="Flags", about=about, heads=heads, rows=rows, struck=struck)


def exclusions_sheet(ledger: Sequence[Entry]) -> SheetTable:
    """Return the ledger, a row per row that was left out or taken back."""
    rows: list[tuple[Cell, ...]] = []
    struck = set()
    for entry in ledger:
        for row in entry.rows:
            state = state_of(entry, row, ledger)
            if state == "in force":
                struck.add(len(rows))
            what = (entry.number, entry.action, state, entry.block, row)
            rows.append((*what, entry.reason, entry.by, entry.at, entry.digest))
    heads = ("Line", "Action", "State", "Block", "Row", "Reason", "By", "At (UTC)",
             "Digest of the line")  # fmt: skip
    about = f"The ledger of exclusions. In force: {STRUCK}. Those taken back say by which line."
    return SheetTable(name="Exclusions", about=about, heads=heads, rows=rows, struck=struck)


def state_of(entry: Entry, row: str, ledger: Sequence[Entry]) -> str:
    """Say whether an exclusion of a row still holds."""
    if entry.action != "exclude":
        return "takes back"
    later = (e for e in ledger if e.number > entry.number and e.block == entry.block
             and row in e.rows)  # fmt: skip
    after = next(later, None)
    if after is None:
        return "in force"
    word = "taken back" if after.action == "undo" else "said again"
    return f"{word} by line {after.number}"


def rows_sheet(outcome: Outcome, block: BlockOutcome) -> Iterator[SheetTable]:
    """Return the joined raw rows of a block with what was said of each."""
    if not block.rows:
        return
    frame = get_frame(Store(outcome.study.folder / STORE), block.rows)
    if "row_id" not in frame.columns:
        return
    said: dict[str, list[str]] = {}
    for flag in block.flags.frame.drop_nulls("row_id").iter_rows(named=True):
        said.setdefault(flag["row_id"], []).append(f"{flag['rule']}: {flag['message']}")
    out = block.flags.excluded()
    kept = [n for n, kind in frame.schema.items() if n != "row_id" and not kind.is_nested()]
    ids = frame.get_column("row_id").to_list()
    rows = [
        (name, "left out" if name in out else None, "; ".join(said.get(name, ())) or None,
         *(cell_of(cell) for cell in row))
        for name, row in zip(ids, frame.select(kept).iter_rows(), strict=True)
    ]  # fmt: skip
    struck = {i for i, name in enumerate(ids) if name in out}
    heads = ("row_id", "State", "Flags", *(with_unit(frame, name) for name in kept))
    about = f"Raw rows of the block {block.name}, joined to the design; {STRUCK}."
    yield SheetTable(name=f"{block.name} rows", about=about, heads=heads, rows=rows, struck=struck,
                     legible=(1, 2))  # fmt: skip


def with_unit(frame: pl.DataFrame, name: str) -> str:
    """Head a column, with its unit where all rows have the same."""
    beside = f"{name}_unit"
    if beside not in frame.columns:
        return name
    units = [u for u in frame.get_column(beside).drop_nulls().unique().to_list() if u]
    return f"{name} ({units[0]})" if len(units) == 1 else name


def figure_sheets(block: BlockOutcome) -> Iterator[SheetTable]:
    """Return the numbers behind each figure of a block."""
    for figure, data in block.views.items():
        view = view_from_json(data)
        heads, rows, struck = view_rows(view)
        about = f"Numbers behind the figure '{view.title}' of {block.name}."
        name = f"{block.name} {figure}"
        yield SheetTable(name=name, about=about, heads=heads, rows=rows, struck=struck)


def view_rows(view: View) -> tuple[tuple[str, ...], list[tuple[Cell, ...]], set[int]]:
    """Return every number that a figure draws, numbers as numbers."""
    marks = [(panel, mark) for panel in view.panels for mark in panel.marks]
    columns = list(dict.fromkeys(name for _, mark in marks for name in mark.frame.columns))
    rows: list[tuple[Cell, ...]] = []
    struck = set()
    for panel, mark in marks:
        for row in mark.frame.iter_rows(named=True):
            if row.get("hollow"):
                struck.add(len(rows))
            cells = (cell_of(row.get(name)) for name in columns)
            rows.append((panel.title, mark.kind, mark.label, *cells))
    return ("panel", "mark", "layer", *(axis_head(view, n) for n in columns)), rows, struck


def axis_head(view: View, name: str) -> str:
    """Head a column of a figure with its axis, where all panels have the same."""
    if name not in {"x", "y", "value"}:
        return name
    axes = {(a.label, a.unit) for a in (getattr(panel, name) for panel in view.panels) if a}
    if len(axes) != 1:
        return name
    label, unit = axes.pop()
    words = f"{label} ({unit})" if unit else label
    return f"{name}: {words}" if words.strip() else name


def provenance_sheet(outcome: Outcome) -> SheetTable:
    """Return what the numbers depend on: files, settings, versions, seed."""
    study = outcome.study
    rows: list[tuple[Cell, ...]] = [
        ("study", "title", study.file.study.title),
        ("study", "seed", study.file.study.seed),
        ("study", "study.toml (sha256, line ends as \\n)", sha256(study.text.encode()).hexdigest()),
        ("study", "exclusions (lines)", len(outcome.ledger)),
        ("study", "last line of exclusions (digest)",
         outcome.ledger[-1].digest if outcome.ledger else None),
        *(("version", name, version) for name, version in outcome.versions.items()),
    ]  # fmt: skip
    for block in outcome.blocks:
        rows += [
            (f"block {block.name}", "assay", block.assay),
            (f"block {block.name}", "experimental unit", block.experimental_unit),
            (f"block {block.name}", "readers", ", ".join(block.readers)),
        ]
        rows += [(f"block {block.name}: file (sha256)", n, d) for n, d in block.files.items()]
        rows += [(f"block {block.name}: setting", name, cell_of(value))
                 for name, value in block.settings.items()]  # fmt: skip
        rows += [(f"block {block.name}: rows", name, n) for name, n in block.counts.items()]
    about = "Files with their digests, settings, versions and the seed behind every number."
    return SheetTable(name="Provenance", about=about, heads=("What", "Name", "Value"), rows=rows)


def cell_of(value: Any) -> Cell:
    """Return a value as a cell; what is neither number nor text is written as text."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list | tuple | dict):
        return str(value) if value else None
    return str(value)
