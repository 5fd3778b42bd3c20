"""One reading per well: which of several reads of a plate a block works on."""

from collections.abc import Mapping, Sequence

import polars as pl

from exportin.tables.problems import Problem, nearest, problem_at
from exportin.tables.table import Column

FIRST, LAST = "first", "last"
NUMBERS_A_READ = ("time_s", "cycle", "repeat", "scan_x", "scan_y", "wavelength_nm")
"""Columns that readers give where a plate was read more than once: one of them tells which read."""
WELL = ("file", "sample_id", "channel", "well")
SHOWN = 6
Chosen = str | float


def choose_reads(
    frame: pl.DataFrame, wanted: Mapping[str, Chosen], block: str, problems: list[Problem]
) -> pl.DataFrame:
    """Keep one read of every plate, controls and all; ``wanted`` is a value, 'first' or 'last'."""
    place = f"[block.{block}.reads]"
    whole, before = frame, len(problems)
    for name, value in wanted.items():
        if name not in frame.columns or not frame.schema[name].is_numeric():
            numbers = [n for n in frame.columns if frame.schema[n].is_numeric() and n != "value"]
            message = f"there is no column of numbers '{name}' to choose reads by."
            remedy = nearest(name, numbers) if numbers else "Take the line out."
            problems.append(problem_at("study.toml", place, message, remedy, "no-read"))
            continue
        column = pl.col(name)
        if value in (FIRST, LAST):
            plate = [key for key in WELL[:3] if key in frame.columns]
            edge = (column.min() if value == FIRST else column.max()).over(plate)
            frame = frame.filter((column == edge) | column.is_null())
            continue
        number = _number(value)
        known = sorted(frame.get_column(name).drop_nulls().unique())
        if number is None or number not in known:
            message = f"no read has {name} = {value}."
            remedy = f'Write "{FIRST}", "{LAST}" or one of {_some(known)}.'
            problems.append(problem_at("study.toml", place, message, remedy, "no-read"))
            continue
        frame = frame.filter((column == number) | column.is_null())
    if len(problems) == before:
        problems.extend(_lost_wells(whole, frame, wanted, place))
    return frame


def _lost_wells(
    whole: pl.DataFrame, kept: pl.DataFrame, wanted: Mapping[str, Chosen], place: str
) -> tuple[Problem, ...]:
    """Refuse a choice that leaves wells without any read: they would be missing in silence."""
    keys = [name for name in WELL if name in whole.columns]
    if not wanted or "well" not in keys:
        return ()
    lost = whole.filter(pl.col("well").is_not_null()).join(
        kept, on=keys, how="anti", nulls_equal=True
    )
    if lost.is_empty():
        return ()
    row = lost.row(0, named=True)
    plate = row.get("sample_id") or row["file"]
    mine = lost.filter(pl.col("sample_id") == plate) if "sample_id" in keys else lost
    wells = mine.get_column("well").n_unique()
    told = ", ".join(f"{name} = {value}" for name, value in wanted.items())
    message = (
        f"{wells} wells of plate '{plate}' have no read with {told}, {row['well']} among them."
    )
    others = [n for n in NUMBERS_A_READ if n in whole.columns and n not in wanted]
    hint = f" Or choose by {others[0]}: wells of one read may each have a time." if others else ""
    remedy = f"Choose a read that every well has.{hint}"
    return (problem_at("study.toml", place, message, remedy, "read-lost"),)


def several_reads(frame: pl.DataFrame, inputs: Sequence[Column], block: str) -> tuple[Problem, ...]:
    """Refuse wells that stand there more than once: reads of one well are no replicates."""
    asked = {column.name for column in inputs}
    same = _same_well(frame)
    if same.is_empty() or asked & set(NUMBERS_A_READ):
        return ()
    row = same.row(0, named=True)
    told = _differing(same)
    message = f"well {row['well']} of plate '{row['sample_id']}' was read {same.height} times"
    if not told:
        message += ", and nothing tells the reads apart."
        remedy = "Keep one reading per well, or give each reading a plate name of its own."
        return (problem_at(row["file"], "", message, remedy, "several-reads"),)
    listed = "; ".join(
        f"{n}: {_some(sorted(same.get_column(n).drop_nulls().unique()))}" for n in told
    )
    message += f" ({listed}). Reads of one well are no replicates."
    example = ", ".join(f'{name} = "{LAST}"' for name in told)
    remedy = f'Choose one read: [block.{block}] reads = {{ {example} }}; or "{FIRST}", or a number.'
    return (problem_at(row["file"], "", message, remedy, "several-reads"),)


def reads_apart(frame: pl.DataFrame) -> tuple[str, ...]:
    """Name the columns that tell several reads of one well apart; none where each was read once."""
    return tuple(_differing(_same_well(frame)))


def _same_well(frame: pl.DataFrame) -> pl.DataFrame:
    """Return all rows of the first well that stands there more than once."""
    keys = [name for name in WELL if name in frame.columns]
    if "well" not in keys or "sample_id" not in keys:
        return frame.clear()
    again = frame.filter(pl.col("well").is_not_null()).filter(pl.struct(keys).is_duplicated())
    if again.is_empty():
        return again
    row = again.row(0, named=True)
    return again.filter(*(pl.col(name) == row[name] for name in keys if row[name] is not None))


def _differing(same: pl.DataFrame) -> list[str]:
    names = [name for name in NUMBERS_A_READ if name in same.columns]
    return [name for name in names if same.get_column(name).n_unique() > 1]


def _number(value: Chosen) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _some(numbers: Sequence[float]) -> str:
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return ", ".join(f"{number:g}" for number in numbers[:SHOWN]) + more
