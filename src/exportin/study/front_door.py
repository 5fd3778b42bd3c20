"""Reads one raw file without a study: what it is, what it holds, what was not read."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import polars as pl

from exportin.contract.reader import Reader, Request
from exportin.study.discover import load_readers
from exportin.study.suggest import Suggestion, suggest_columns, suggest_layout
from exportin.study.suggest_animals import suggest_animal_columns, suggest_animals
from exportin.study.suggest_events import suggest_events
from exportin.tables.cells import read_sheets
from exportin.tables.events import Events
from exportin.tables.kinds import TumorLog
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem, nearest, problem_at
from exportin.tables.sheet import Sheet
from exportin.tables.table import Table

TABLE = "table"
"""What the kind of a long table is called as long as nobody said which column is the value."""
MAX_MB = 500
NOT_READ = "docs/formats.md"
UNNAMED = ("no-value-column", "no-animal-column", "no-day-column", "no-size-column")
"""What a reader says of a table whose columns the study file has to name."""
OPENING_ROWS = 30
OPENINGS = {
    "bmg_mars": ("Test run no", "Testlauf", "Raw Data (", "Rohdaten ("),
    "perkin_elmer_envision": ("Plate information", "Background information"),
    "revvity_kaleido": ("EnSight Results", "Kaleido"),
    "softmax_pro": ("##BLOCKS=", "SoftMax Pro"),
    "gen5": ("Gen5", "Procedure Details", "BioTek"),
    "tecan_workbook": ("Tecan i-control", "Application: Spark", "Tecan", "i-control"),
    "thermo_skanit": ("SkanIt", "Skanit"),
    "quantstudio": ("Block Type", "Instrument Type", "QuantStudio", "StepOne"),
    "cfx_maestro": ("Cq Std. Dev", "Starting Quantity (SQ)"),
}
"""Words near the top of an export by which a person would know the instrument."""
GENERAL = 50
"""Readers of this rank and above take plain grids and tables of any instrument."""
TELLING = ("transposed-grid", "duplicate-column", "bad-quotes", "zip-bomb", "unsafe-archive")
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"GIF8", b"%PDF")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A file that was read.

    Parameters
    ----------
    source
        Its bytes and name.
    reader
        Who read it.
    kind
        Raw kind of the rows; `TABLE` for a long table that needs the study file to be understood.
    others
        Further raw kinds that the same file can give.
    rows
        The table.
    notes
        What was repaired or is worth telling.
    unread
        Keys of the file that were not used.
    suggestion
        What the study file may say of it.
    table
        The typed table, with what lies beside its rows; ``None`` for a long table.
    """

    source: Source
    reader: Reader
    kind: str
    others: tuple[str, ...]
    rows: pl.DataFrame
    notes: tuple[Problem, ...]
    unread: tuple[str, ...]
    suggestion: Suggestion
    table: Table | None = None


def open_source(path: Path, name: str = "") -> Source:
    """Take the bytes of a file under the name that messages use.

    Raises
    ------
    InputError
        If there is no such file, or it is far larger than any instrument writes.
    """
    shown = name or str(path)
    if path.is_dir():
        raise InputError(problem_at(shown, "", "this is a folder.", "Name a file.", "no-file"))
    if not path.is_file():
        beside = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        like = nearest(path.name, beside)
        remedy = like if like.startswith("Did") else f"Looked for in: {path.parent.resolve()}"
        raise InputError(problem_at(shown, "", "there is no such file.", remedy, "no-file"))
    size = path.stat().st_size / 1e6
    if size > MAX_MB:
        message = f"the file has {size:.0f} MB; files up to {MAX_MB} MB are read."
        remedy = "Export parts of it, or write it as Parquet for 'exportin fit'."
        raise InputError(problem_at(shown, "", message, remedy, "too-large"))
    return Source(name=shown, data=path.read_bytes())


def read_file(
    source: Source,
    *,
    kind: str = "",
    reader: str = "",
    channel: str = "",
    sheet: str = "",
    decimal: str = "",
) -> Recognised:
    """Read a file as the raw kind asked for, or the first that its format gives.

    Raises
    ------
    InputError
        If no reader recognizes it, or the one that does refuses it.
    """
    chosen = named_reader(reader, source) if reader else recognise(source)
    kinds = [one for one in chosen.kinds if kind in ("", one.kind)]
    if not kinds:
        message = f"'{chosen.name}' gives no raw kind '{kind}'."
        remedy = nearest(kind, [one.kind for one in chosen.kinds])
        raise InputError(problem_at(source.name, "", message, remedy, "unknown-kind"))
    request = Request(kind=kinds[0], channel=channel, sheet=sheet, decimal=decimal)
    refused: InputError | None = None
    for one in kinds:
        try:
            table = chosen.read(source, replace(request, kind=one))
        except InputError as error:
            refused = refused or error
            continue
        return Recognised(
            source=source, reader=chosen, kind=one.kind, others=_but(chosen, one.kind),
            rows=table.frame, notes=table.notes, unread=table.unread, table=table,
            suggestion=_suggestion(source, table),
        )  # fmt: skip
    if refused is None:
        raise AssertionError("a reader without kinds")
    if not all(problem.code in UNNAMED for problem in refused.problems):
        raise refused
    return _bare_table(source, chosen, _but(chosen, kinds[0].kind), sheet)


def _suggestion(source: Source, table: Table) -> Suggestion:
    if isinstance(table, TumorLog):
        return suggest_animals(source, table)
    if isinstance(table, Events):
        return suggest_events(source, table)
    return suggest_layout(source, table)


def _but(reader: Reader, kind: str) -> tuple[str, ...]:
    return tuple(one.kind for one in reader.kinds if one.kind != kind)


def _bare_table(source: Source, reader: Reader, others: tuple[str, ...], wanted: str) -> Recognised:
    """Show a long table as it stands: its columns still have to be told apart."""
    book = read_sheets(source)
    sheet = next((one for one in book.sheets if wanted in ("", one.name)), book.sheets[0])
    rows = _rows_of(sheet)
    suggest = suggest_animal_columns if TumorLog in reader.kinds else suggest_columns
    return Recognised(
        source=source, reader=reader, kind=TABLE, others=others, rows=rows, notes=book.notes,
        unread=(), suggestion=suggest(source, rows),
    )  # fmt: skip


def _rows_of(sheet: Sheet) -> pl.DataFrame:
    filled = [row for row in sheet.rows if any(row)]
    names = list(filled[0])
    columns = {
        name: [row[at] if at < len(row) and row[at] else None for row in filled[1:]]
        for at, name in enumerate(names)
        if name
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def recognise(source: Source) -> Reader:
    """Return the first reader that claims the file.

    Raises
    ------
    InputError
        If none does: says what the file looks like and what to do.
    """
    for reader in load_readers():
        if reader.sniff(source):
            return reader
    raise InputError(_telling(source) or unread_file(source, load_readers()))


def _telling(source: Source) -> tuple[Problem, ...]:
    """Return why a general reader refuses the file, where that tells what is wrong with it."""
    for reader in load_readers():
        if reader.rank < GENERAL:
            continue
        try:
            reader.read(source, Request(kind=reader.kinds[0]))
        except InputError as error:
            if any(problem.code in TELLING for problem in error.problems):
                return error.problems
    return ()


def named_reader(name: str, source: Source) -> Reader:
    """Return a reader by its name."""
    known = {reader.name: reader for reader in load_readers()}
    if name not in known:
        message = f"there is no reader '{name}'."
        raise InputError(problem_at(source.name, "", message, nearest(name, known), "no-reader"))
    return known[name]


def unread_file(source: Source, readers: Sequence[Reader]) -> tuple[Problem, ...]:
    """Say what a file that nobody claims looks like, and what to do."""
    opening = _opening(source)
    for reader in readers:
        if any(word in opening for word in OPENINGS.get(reader.name, ())):
            return _looks_like_but(source, reader)
    message = f"no reader recognizes this file ({looks_like(source)})."
    known = any(source.suffix in reader.suffixes for reader in readers)
    remedy = (
        f"{'' if known else 'No format that is read here ends in ' + repr(source.suffix) + '. '}"
        "'exportin read --formats' lists what is read, --reader NAME tells why one refuses; "
        f"{NOT_READ} says more."
    )
    return (problem_at(source.name, "", message, remedy, "unread-file"),)


def _looks_like_but(source: Source, reader: Reader) -> tuple[Problem, ...]:
    """Name the format a file opens like, with the reader's own reasons for refusing it."""
    message = f"this looks like {reader.title}, but is not the export that is read."
    remedy = f"Known limits: {' '.join(reader.limits)}" if reader.limits else ""
    remedy += f" {NOT_READ} says more."
    head = problem_at(source.name, "", message, remedy.strip(), "unread-export")
    try:
        reader.read(source, Request(kind=reader.kinds[0]))
    except InputError as error:
        return (head, *error.problems[:3])
    return (head,)


def _opening(source: Source) -> str:
    """Return the first words of a text or workbook; empty where it is neither."""
    try:
        sheets = read_sheets(source).sheets
    except InputError:
        return ""
    rows = [row for sheet in sheets[:3] for row in sheet.rows[:OPENING_ROWS]]
    return "\n".join(" ".join(filter(None, row)) for row in rows)


def looks_like(source: Source) -> str:
    r"""Describe the bytes of a file in a few words.

    >>> looks_like(Source(name="a.bin", data=b"")), looks_like(Source(name="a.txt", data=b"hi\n"))
    ('it is empty', "text that begins 'hi'")
    """
    data = source.data
    if not data:
        return "it is empty"
    if data.startswith(PICTURES):
        return "it is a picture or a PDF"
    if data.startswith(b"PK") and not is_workbook_inside(data):
        return _archive(data)
    if data.startswith(b"FCS"):
        return "flow cytometry events, FCS"
    try:
        sheet = read_sheets(source).sheets[0]
    except InputError as error:
        return f"no table: {error.problems[0].message.rstrip('.')}"
    first = next((cell for row in sheet.rows for cell in row if cell), "")
    where = "text" if sheet.is_text else f"a workbook whose sheet '{sheet.name}'"
    return (
        f"{where} that begins {first[:40]!r}" if sheet.is_text else f"{where} begins {first[:40]!r}"
    )


def is_workbook_inside(data: bytes) -> bool:
    """Whether an archive names the parts of a workbook."""
    return b"xl/workbook.xml" in data


def _archive(data: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return "a damaged zip archive or workbook"
    return f"a zip archive with {len(names)} files: {', '.join(names[:3])[:80]}"
