"""What the terminal shows: problems, results, the walk back from a number."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exportin.app.guard import plain, say
from exportin.report.left_out import left_out
from exportin.report.names import Names, block_names, few, plural
from exportin.report.plates import plate_table
from exportin.report.tables import (
    Group,
    Listing,
    comparison_listing,
    within_listing,
    without_plates,
)
from exportin.results.formatting import format_cell, format_estimate, key_text
from exportin.results.phrases import interval_parts
from exportin.results.single import shown_rows
from exportin.study.leave_one_out import block_influence
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.tables.problems import Problem, errors_first, grouped

SHOWN_ROWS = 60


class Terminal(Console):
    """Leaves the answer to a reader that goes away (``| head``) to the one place that gives it."""

    def on_broken_pipe(self) -> None:
        """Pass it on."""
        raise BrokenPipeError


def print_problems(problems: Sequence[Problem], *, as_json: bool) -> None:
    """Print all problems, errors first, and how many there are."""
    problems = errors_first(problems)
    if as_json:
        typer.echo(json.dumps({"problems": [asdict(p) for p in problems]}, indent=1))
        return
    for problem in grouped(problems):
        mark = "error" if problem.severity == "error" else "note "
        say(f"{mark}  {problem}")
    errors = sum(problem.severity == "error" for problem in problems)
    notes = len(problems) - errors
    typer.echo(f"{errors} error(s), {notes} note(s)." if problems else "Nothing to mend.")


def _count(number: int, word: str) -> str:
    return f"{number} {plural(word, number)}"


def print_outcome(outcome: Outcome, folder: Path, *, as_json: bool) -> None:
    """Say what was computed and where the results lie."""
    computed = len(outcome.computed)
    if as_json:
        record = {"results": str(folder), "computed": list(outcome.computed)}
        typer.echo(json.dumps(record, indent=1))
        return
    for block in outcome.blocks:
        between = block.estimates.frame.filter(pl.col("unit_id").is_null())
        alone = between.filter(pl.col("n_units") == 1).height
        unit = block.experimental_unit or "unit"
        single = f"{_count(alone, 'estimate')} of one {unit}, " if alone else ""
        say(
            f"{block.name}: {_count(between.height - alone, 'pooled estimate')}, {single}"
            f"{_count(block.tests.frame.height, 'test')}, "
            f"{_count(len(block.flags.excluded()), 'row')} left out."
        )
    say(f"{computed} step(s) computed. Report: {folder / 'report.html'}")


def print_results(outcome: Outcome, block: str, *, as_json: bool) -> None:
    """Print estimates between units, or within where there is only one, and tests."""
    blocks = _chosen(outcome, block)
    if as_json:
        record = {
            found.name: {
                "estimates": found.estimates.frame.to_dicts(),
                "tests": found.tests.frame.to_dicts(),
                **({"within": found.within.frame.to_dicts()} if found.within.frame.height else {}),
            }
            for found in blocks
        }
        typer.echo(json.dumps(record, indent=1))
        return
    console = Terminal()
    for found in blocks:
        for table in _estimate_tables(found):
            console.print(table)
        for table in (*_test_tables(found), *_within_tables(found)):
            console.print(table)
        for table in _left_out_table(outcome, found):
            console.print(table)
        for line in _plate_lines(found):
            say(line)


def _chosen(outcome: Outcome, block: str) -> tuple[BlockOutcome, ...]:
    chosen = tuple(found for found in outcome.blocks if block in ("", found.name))
    if not chosen:
        from exportin.tables.problems import InputError, nearest

        remedy = nearest(block, [found.name for found in outcome.blocks])
        message = f"there is no block '{block}'."
        raise InputError(
            Problem(file="show", place="", message=message, remedy=remedy, code="unknown-block")
        )
    return chosen


def _estimate_tables(block: BlockOutcome) -> Iterator[Table]:
    """One table per quantity: numbers between units, or of single units where none is pooled."""
    frame, names = without_plates(block.estimates.frame), block_names(block)
    shown = shown_rows(frame, block.estimates.keys)
    for quantity in sorted(shown.get_column("quantity").unique(), key=_order(names)):
        part = shown.filter(pl.col("quantity") == quantity)
        keys = [k for k in block.estimates.keys if part.get_column(k).null_count() < part.height]
        extra = f"first {SHOWN_ROWS} of {part.height}" if part.height > SHOWN_ROWS else ""
        yield _table(
            f"{block.name}: {names.label(quantity)}",
            (*keys, "estimate", "n", "id"),
            (
                (
                    *[key_text(row[k]) for k in keys],
                    _estimate(row),
                    row["n_units"],
                    row["id"],
                )
                for row in part.head(SHOWN_ROWS).iter_rows(named=True)
            ),
            extra,
        )


def _plate_lines(block: BlockOutcome) -> Iterator[str]:
    """Count the plates and name the flagged ones; their numbers stand in files and report."""
    found = plate_table(block, block_names(block))
    if found is not None:
        flagged = found.flagged
        said = f"{len(flagged)} flagged: {few(flagged)}" if flagged else "none flagged"
        yield (
            f"{block.name}: {found.count} {plural('plate', found.count)}, {said}; Z' and the other "
            "numbers of each plate are in estimates.csv and the report."
        )


def _left_out_table(outcome: Outcome, block: BlockOutcome) -> Iterator[Table]:
    """Show the pooled numbers that hang on one unit, as the report lists them."""
    pooled = block.estimates.frame
    hanging = left_out(block_influence(outcome, block), block_names(block), pooled)
    if hanging is None or not hanging.rows:
        return
    unit = block.experimental_unit or "unit"
    end = (
        f"{len(hanging.rows)} of {hanging.judged} pooled numbers; no reason to leave one out; "
        "all are in leave_one_out.csv"
    )
    yield _table(
        f"{block.name}: numbers that hang on one {unit}",
        ("number", *hanging.keys, f"with every {unit}", "lowest", "highest", "in words"),
        (
            (row.label, *row.keys, row.value, row.lowest, row.highest, row.remark)
            for row in hanging.rows[:SHOWN_ROWS]
        ),
        end,
    )


def _order(names: Names) -> Callable[[str], tuple[int, str]]:
    return lambda quantity: (names.rank(quantity), quantity)


def _estimate(row: dict[str, Any]) -> str:
    technical = row["interval_level"] == "within" and any(interval_parts(row))
    return format_estimate(row) + (", technical" if technical else "")


def _test_tables(block: BlockOutcome) -> Iterator[Table]:
    """One table per question; the family stands under it once."""
    listing = comparison_listing(block, block_names(block))
    if listing is None:
        return
    for group in listing.groups:
        yield _test_table(block.name, listing, group)


def _within_tables(block: BlockOutcome) -> Iterator[Table]:
    """Technical tests stand in tables of their own, and say what they are."""
    listing, unit = within_listing(block, block_names(block)), block.experimental_unit or "unit"
    if listing is None:
        return
    for group in listing.groups:
        table = _test_table(f"{block.name}, within one {unit} (technical)", listing, group)
        said = f"wells are technical replicates: whether the two curves of that {unit} differ, "
        table.caption = f"{said}not whether the difference repeats; {table.caption}"
        yield table


def _test_table(name: str, listing: Listing, group: Group) -> Table:
    """Show one question; its family stands under it once."""
    question, _, family = group.note.partition("; ")
    counted = Counter(row["_test"] for row in group.rows if row["_test"])
    usual = counted.most_common(1)[0][0] if counted else ""
    if usual:
        family = "; ".join(part for part in (f"{usual} unless said", family) if part)
    return _table(
        f"{name}: {group.title}, {question}",
        (*listing.keys, "groups", "effect", "p", "adjusted", "id"),
        (
            (
                *[key_text(row[k]) for k in listing.keys],
                " vs ".join(name for name in (row["group_a"], row["group_b"]) if name),
                format_estimate(row) + ("" if row["_test"] == usual else f"; {row['_test']}"),
                format_cell(row, "p_value"),
                format_cell(row, "p_adjusted"),
                row["id"],
            )
            for row in group.rows
        ),
        family,
    )


def _table(title: str, header: Sequence[str], rows: Iterable[Sequence[Any]], end: str) -> Table:
    table = Table(title=Text(plain(title)), caption=end or None, title_justify="left")
    for name in header:
        table.add_column(Text(plain(name)), overflow="fold", no_wrap=name == "id")  # to be copied
    for row in rows:
        table.add_row(*[Text("" if cell is None else plain(str(cell))) for cell in row])
    return table


def print_r(outcome: Outcome, block: str) -> None:
    """Print, for every test, its data and the R call that gives the same number."""
    from exportin.inference.rcall import r_call
    from exportin.study.within import r_within

    for found in _chosen(outcome, block):
        for row in found.tests.frame.iter_rows(named=True):
            text = found.scripts.get(row["id"]) or r_call(found.estimates, row)
            for line in text.splitlines():
                say(line)
        for row in found.within.frame.iter_rows(named=True):
            for line in r_within(found, row).splitlines():
                say(line)
