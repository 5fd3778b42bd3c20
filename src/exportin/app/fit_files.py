"""Tables of wells in files, of any size, to tables of curves in files."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from exportin.curves.table_fits import fit_curves
from exportin.study.export import csv_bytes
from exportin.tables.cells import read_sheets
from exportin.tables.missing import EMPTY
from exportin.tables.numbercolumn import limited, read_numbers, settle_format
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, nearest, problem_at
from exportin.tables.sheet import Sheet

ROWS_AT_ONCE = 3_000_000
"""Wells held at a time: some 400 MB with their curves; larger Parquet files are read in parts."""
MAX_TEXT_MB = 500
INFINITE = ("inf", "infinity")
_FOLDS = 4096


def fit_file(
    table: Path, *, curve: Sequence[str], dose: str, response: str, out: Path, **options: Any
) -> pl.DataFrame:
    """Read a table (CSV, TSV, .xlsx or Parquet), fit its curves, write CSV or Parquet.

    A Parquet file of more than `ROWS_AT_ONCE` rows is worked through in parts, each with all
    wells of its curves, so that memory does not grow with the file.

    Raises
    ------
    InputError
        Where the table or a name cannot be used; nothing is written then.
    """
    _check_out(table, out)
    what: dict[str, Any] = {"curve": list(curve), "dose": dose, "response": response, **options}
    try:
        if table.suffix.casefold() in (".parquet", ".pq"):
            parts = [fit_curves(part, **what) for part in _parquet(table, curve, dose, response)]
            found = pl.concat(parts).sort(list(curve)) if len(parts) > 1 else parts[0]
        else:
            found = fit_curves(_text(table, curve, dose, response), **what)
    except InputError as error:
        raise InputError([replace(p, file=str(table)) for p in error.problems]) from None
    _write(found, out)
    return found


def vehicle_word(text: str) -> float | str:
    """Return the number that ``--vehicle`` says, or its word; what is neither is refused later.

    >>> vehicle_word("100"), vehicle_word("dose0")
    (100.0, 'dose0')
    """
    try:
        return float(text)
    except ValueError:
        return text.strip().casefold()


def _check_out(table: Path, out: Path) -> None:
    if out.suffix.casefold() not in (".csv", ".parquet"):
        message = f"cannot tell how to write '{out.name}'."
        raise InputError(_problem(str(out), message, "End its name in .csv or .parquet.", "ending"))
    if out.is_dir():
        message = "this is a folder."
        raise InputError(_problem(str(out), message, "Name a file in it.", "folder"))
    if out.resolve() == table.resolve():
        message = "this is the table itself; it is never overwritten."
        raise InputError(_problem(str(out), message, "Name another file.", "same-file"))
    if not out.parent.is_dir():
        message = "its folder does not exist."
        raise InputError(_problem(str(out), message, "Make the folder, or name another.", "folder"))


def _write(found: pl.DataFrame, out: Path) -> None:
    part = out.with_name(out.name + ".part")
    if out.suffix.casefold() == ".parquet":
        found.write_parquet(part)
    else:
        vocabulary = [name for name in found.columns if name.endswith(("bound", "status", "open"))]
        part.write_bytes(csv_bytes(found, exempt=vocabulary))
    part.replace(out)


def _parquet(table: Path, curve: Sequence[str], dose: str, response: str) -> Iterator[pl.DataFrame]:
    """Give the needed columns, whole or in parts that keep curves together."""
    names = list(dict.fromkeys((*curve, dose, response)))
    try:
        lazy = pl.scan_parquet(table, glob=False)
        known = lazy.collect_schema().names()
        rows = lazy.select(pl.len()).collect().item()
    except pl.exceptions.ComputeError:
        message = "the file is no Parquet table, or a damaged one."
        raise InputError(_problem(str(table), message, "Write it again.", "no-parquet")) from None
    if absent := [name for name in names if name not in known]:
        raise InputError(
            [
                _problem(
                    str(table), f"there is no column '{name}'.", nearest(name, known), "no-column"
                )
                for name in absent
            ]
        )
    parts = -(-rows // ROWS_AT_ONCE)
    if parts <= 1:
        yield lazy.select(names).collect()
        return
    fold = pl.struct(curve).hash(seed=0) % _FOLDS * parts // _FOLDS
    for part in range(parts):
        yield lazy.select(names).filter(fold == part).collect(engine="streaming")


def _text(table: Path, curve: Sequence[str], dose: str, response: str) -> pl.DataFrame:
    """Read the needed columns of a text file or workbook; decimal commas are understood."""
    if table.stat().st_size > MAX_TEXT_MB * 1e6:
        message = f"the file is larger than {MAX_TEXT_MB} MB."
        raise InputError(_problem(str(table), message, "Write it as Parquet.", "too-large"))
    source = Source(name=table.name, data=table.read_bytes())
    sheet = read_sheets(source).sheets[0]
    if any(problem.severity == "error" for problem in sheet.problems):
        raise InputError(sheet.problems)
    filled = [at for at in range(len(sheet.rows)) if not sheet.is_blank(at)]
    header = sheet.rows[filled[0]] if filled else ()
    names = list(dict.fromkeys((*curve, dose, response)))
    problems = [
        _problem(table.name, f"there is no column '{name}'.", nearest(name, header), "no-column")
        for name in names
        if name not in header
    ]
    problems += [
        _problem(table.name, f"two columns are called '{name}'.", "Rename one.", "twin-column")
        for name in names
        if header.count(name) > 1
    ]
    if problems:
        raise InputError(problems)
    columns: dict[str, Any] = {}
    for name in names:
        at = header.index(name)
        numeric = name in (dose, response)
        texts = [sheet.cell(row, at) for row in filled[1:]]
        columns[name] = (
            _numbers(sheet, texts, (filled, at, name), table.name, is_dose=name == dose)
            if numeric
            else _names(texts)
        )
    return pl.DataFrame(columns, schema={n: _type(n, (dose, response)) for n in names})


def _type(name: str, numeric: tuple[str, str]) -> Any:
    return pl.Float64 if name in numeric else pl.String


def _names(texts: list[str]) -> list[str | None]:
    return [text or None for text in texts]


def _numbers(
    sheet: Sheet, texts: list[str], where: tuple[list[int], int, str], file: str, *, is_dose: bool
) -> tuple[float | None, ...]:
    filled, at, name = where

    def place(i: int) -> str:
        return sheet.place(filled[i + 1], at, name)

    form, _ = settle_format(texts, "", file=file, place=place, delimiter=sheet.delimiter)
    found = read_numbers(texts, form, file=file, place=place)
    if found.problems:
        raise InputError(found.problems)
    if is_dose and (wrong := list(_no_doses(found.causes, name, file, place))):
        raise InputError(limited(wrong, file))
    return found.values


def _no_doses(
    causes: Sequence[str], name: str, file: str, place: Callable[[int], str]
) -> Iterator[Problem]:
    """Name the words that stand where a dose should; empty cells are found with the table."""
    for at, cause in enumerate(causes):
        if cause.strip("+-").casefold() in INFINITE:
            message, remedy = f"the {name} is '{cause}', which is infinite.", "Write the dose."
        elif cause and cause != EMPTY:
            message, remedy = f"the {name} is '{cause}'.", "Write the dose; 0 for vehicle."
        else:
            continue
        yield problem_at(file, place(at), message, remedy, "no-dose")


def _problem(file: str, message: str, remedy: str, code: str) -> Problem:
    return Problem(file=file, place="", message=message, remedy=remedy, code=code)
