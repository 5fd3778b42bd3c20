"""What all files of a PCR machine share: cycles that can be, tasks of wells, rows told apart."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from exportin.tables.numbercolumn import NumberColumn, limited
from exportin.tables.problems import InputError, Problem

MAX_CYCLES = 100  # no run has more; a larger Cq is a lost decimal mark
NO_CYCLE = (0.0, -1.0)  # software writes these where a reaction never crossed (RDML: -1)
TASKS = {
    "unknown": ("unknown", "unkn", "u", "sample"),
    "standard": ("standard", "std", "s"),
    "ntc": ("ntc", "no template control", "non template control", "ntp"),
    "no_rt": ("nrt", "no rt", "no rt control", "nort"),
    "positive": ("pos", "positive", "pos ctrl", "positive control", "pc"),
    "negative": ("neg", "negative", "neg ctrl", "negative control", "nac"),
}
TASK_OF = {word: task for task, words in TASKS.items() for word in words}


def task_name(text: str) -> str:
    """Return the task of a well in our words; a word we do not know stays as it is.

    >>> task_name("Unkn-12"), task_name("NTC"), task_name("IPC"), task_name("")
    ('unknown', 'ntc', 'IPC', '')
    """
    key = re.sub(r"[-_ ]?[0-9]+$", "", text.strip()).replace("_", " ").casefold()
    return TASK_OF.get(key, text.strip())


def settle_cycles(
    column: NumberColumn, texts: Sequence[str], place: Callable[[int], str], file: str
) -> NumberColumn:
    """Make quantification cycles of 0 and -1 missing with that as cause; refuse impossible ones.

    Raises
    ------
    InputError
        A cycle below zero or above 100.

    >>> column = NumberColumn(values=(20.5, -1.0), causes=("", ""))
    >>> settle_cycles(column, ["20.5", "-1.0"], str, "a.csv").causes
    ('', '-1.0')
    """
    wrong = [
        Problem(
            file=file,
            place=place(index),
            message=f"'{texts[index]}' is no cycle of a PCR: expected 0 to {MAX_CYCLES}.",
            remedy="If a decimal mark was lost, export the file again.",
            code="no-cycle",
        )
        for index, value in enumerate(column.values)
        if value is not None and value not in NO_CYCLE and not 0 <= value <= MAX_CYCLES
    ]
    if wrong:
        raise InputError(limited(wrong, file))
    values, causes = list(column.values), list(column.causes)
    for index, value in enumerate(column.values):
        if value in NO_CYCLE:
            values[index], causes[index] = None, texts[index]
    return replace(column, values=tuple(values), causes=tuple(causes))


def targets_or_dyes(
    targets: Sequence[str], dyes: Sequence[str], file: str
) -> tuple[list[str], tuple[Problem, ...]]:
    """Name the dye where the file names no target, so that two dyes of a well stay apart.

    >>> targets_or_dyes(["", "MYC"], ["FAM", "VIC"], "a.csv")[0]
    ['FAM', 'MYC']
    """
    if all(targets) or not any(dyes):
        return list(targets), ()
    note = Problem(
        file=file,
        place="",
        message="Not every well names its target; the dye stands for it.",
        remedy="Name the targets in the instrument's software if it matters.",
        code="target-from-dye",
        severity="note",
    )
    return [target or dye for target, dye in zip(targets, dyes, strict=True)], (note,)


def refuse_twice(keys: Sequence[tuple[str, ...]], line: Callable[[int], str], file: str) -> None:
    """Refuse rows of the same well and target.

    Raises
    ------
    InputError
        With every row that stands there again.
    """
    first: dict[tuple[str, ...], int] = {}
    found = [
        Problem(
            file=file,
            place=line(index),
            message=(
                f"{', '.join(filter(None, key))} stands here for the second time "
                f"(first: {line(first[key])})."
            ),
            remedy="Keep one row for each well and target, or export each plate by itself.",
            code="duplicate-well",
        )
        for index, key in enumerate(keys)
        if first.setdefault(key, index) != index
    ]
    if found:
        raise InputError(limited(found, file))


def pcr_frame(
    file: str, columns: Mapping[str, Sequence[object]], *, promised: Sequence[str]
) -> pl.DataFrame:
    """Return typed columns with the promised ones first; empty extra columns are left out.

    Texts become String and numbers Float64; ``file`` and ``row_id`` (file#target:well) are added.

    >>> frame = pcr_frame("a.csv", {"well": ["A01"], "target": ["MYC"], "value": [20.5]},
    ...                   promised=["row_id", "file", "well", "target", "value"])
    >>> frame["row_id"][0]
    'a.csv#MYC:A01'
    """
    made: dict[str, pl.Series] = {}
    for name, values in columns.items():
        number = all(value is None or isinstance(value, int | float) for value in values)
        dtype = pl.Float64 if number and name != "well" else pl.String
        series = pl.Series(name, values, dtype=dtype, strict=False)
        if name in promised or any(value not in (None, "") for value in values):
            made[name] = series
    frame = pl.DataFrame(made).with_columns(pl.lit(file).alias("file"))
    if "row_id" not in made:
        row_id = pl.concat_str(pl.lit(f"{file}#"), "target", pl.lit(":"), "well")
        frame = frame.with_columns(row_id.alias("row_id"))
    return frame.select([*promised, *(name for name in frame.columns if name not in promised)])
