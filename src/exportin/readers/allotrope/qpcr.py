"""qPCR in ASM: one quantification cycle per well and target."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from exportin.contract.reader import Request
from exportin.readers.allotrope.document import Document, Measurement, errors, fault, number, plain
from exportin.readers.allotrope.wells import measured_at, unread_keys, well_of
from exportin.tables.kinds import MEASURED_AT, CycleThresholds
from exportin.tables.names import clean
from exportin.tables.numbercolumn import NumberColumn, missing_note
from exportin.tables.origin import Source
from exportin.tables.pcr import pcr_frame, refuse_twice, settle_cycles, targets_or_dyes
from exportin.tables.problems import InputError, Problem
from exportin.tables.workbook import cell_text

CYCLE = ("cycle threshold result (qpcr)", "cycle threshold result")
THRESHOLD = ("cycle threshold value setting (qpcr)", "cycle threshold value setting")
NO_CYCLE = "no cycle threshold"
ROLES = {
    "unknown sample role": "unknown",
    "sample role": "unknown",
    "standard sample role": "standard",
    "calibration sample role": "standard",
    "negative control sample role": "negative",
    "positive control sample role": "positive",
}
USED = (
    *CYCLE, *THRESHOLD, "location identifier", "well location identifier", "sample identifier",
    "target dna description", "reporter dye setting", "sample role type", "measurement time",
    "experimental data identifier", "group identifier", "measurement identifier", "task",
    "$asm.manifest", "omit", "tm1", "quantity", "error", "error feature",
)  # fmt: skip
PROMISED = [column.name for column in CycleThresholds.columns]


def read_qpcr(
    source: Source, document: Document, request: Request
) -> tuple[pl.DataFrame, tuple[Problem, ...], tuple[str, ...]]:
    """Return rows, notes and the names of what was not read."""
    file, items = source.name, document.measurements
    if request.channel:
        message = f"There is no channel '{request.channel}' in a qPCR run."
        raise InputError(fault(file, "", message, "Remove 'channel'.", "unknown-channel"))
    found = [cycle_of(one, file) for one in items]
    texts = ["" if value is None else cell_text(value) for value, _ in found]
    column = settle_cycles(
        NumberColumn(values=tuple(v for v, _ in found), causes=tuple(c for _, c in found)),
        texts, lambda index: items[index].place, file,
    )  # fmt: skip
    wells = [well_of(one, file) for one in items]
    dyes = [one.text("reporter dye setting") for one in items]
    names = [clean(one.text("target dna description")) for one in items]
    targets, named = targets_or_dyes(names, dyes, file)
    refuse_twice(list(zip(wells, targets, strict=True)), lambda index: items[index].place, file)
    times, noted = measured_at(items, file)
    frame = pcr_frame(
        file,
        {
            "sample_id": [clean(one.text("sample identifier")) for one in items],
            "well": wells,
            "target": targets,
            "value": column.values,
            "cause": column.causes,
            "task": [task_of(one) for one in items],
            "dye": dyes,
            "quantity": [extra_number(one, ("quantity",), file) for one in items],
            "threshold": [extra_number(one, THRESHOLD, file) for one in items],
            "melt_temperature": [extra_number(one, ("tm1",), file) for one in items],
            "group": [clean(one.text("group identifier")) for one in items],
            "instrument_flag": [flags_of(one.flat) for one in items],
            "run": [one.text("experimental data identifier") for one in items],
            MEASURED_AT: times,
        },
        promised=PROMISED,
    )
    names_of = dict.fromkeys(str(e.get("calculated data name", "")) for e in document.calculated)
    left = [f"calculated '{name}'" for name in names_of]
    notes = (*missing_note(column.causes, file), *named, *noted)
    return frame, notes, (*left, *unread_keys(document, (*USED, *flag_keys(document))))


def cycle_of(one: Measurement, file: str) -> tuple[float | None, str]:
    """Return the cycle; where there is none or an error stands for it, the words for that."""
    said = [text for feature, text in errors(one) if feature in CYCLE]
    if said:
        return None, clean(said[0]) or "error"
    given = one.get(*CYCLE)
    return (None, NO_CYCLE) if given is None else number(given, file, f"{one.place} > {CYCLE[0]}")


def extra_number(one: Measurement, names: tuple[str, ...], file: str) -> float | None:
    """Return a further number of a well, none where an error stands for it."""
    given = one.get(*names)
    if given is None or any(feature in names for feature, _ in errors(one)):
        return None
    return number(given, file, f"{one.place} > {names[0]}")[0]


def task_of(one: Measurement) -> str:
    """Return what a well was for; a role that may be several things stays as it is."""
    role = one.text("sample role type")
    return one.text("task") or ROLES.get(role.casefold(), role)


def flags_of(flat: Mapping[str, Any]) -> str:
    """Return the flags of the instrument's software that are up."""
    up = ["Omit"] if plain(flat.get("omit")) is True else []
    return ", ".join(
        up + [name.upper() for name, value in flat.items() if value == "Y" and name not in USED]
    )


def flag_keys(document: Document) -> set[str]:
    """Name the keys that are flags: Y or N in every well."""
    seen: dict[str, set[str]] = {}
    for one in document.measurements:
        for name, value in one.flat.items():
            if isinstance(value, str):
                seen.setdefault(name, set()).add(value)
    return {name for name, values in seen.items() if values <= {"Y", "N"}}
