"""The exact test of an allocation: its log, the results, and who could have been where."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from exportin.design.allocation_files import LOG
from exportin.design.animals import NAMES
from exportin.inference.allocation import Procedure
from exportin.inference.rerandomization import (
    RerandomizationResult,
    Side,
    rerandomization_test,
)
from exportin.tables.cells import read_sheets
from exportin.tables.headed import number_columns, read_headed
from exportin.tables.names import clean
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, nearest, problem_at

Log = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Retest:
    """One arm against another: the test, and the units that had no value."""

    arm: str
    other: str
    result: RerandomizationResult
    units: tuple[int, int]
    missing: tuple[str, ...]


def read_log(path: Path) -> Log:
    """Read the log of an allocation, from its folder or the file itself.

    Raises
    ------
    InputError
        If there is none, or it is not one.
    """
    file = path / LOG if path.is_dir() else path
    try:
        log = json.loads(file.read_bytes())
        _procedure(log)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
        message = "this is no log of an allocation, is not there, or was changed."
        remedy = f"Name the folder that 'exportin design allocate' wrote ({LOG} in it)."
        raise InputError(problem_at(str(file), "", message, remedy, "no-log")) from None
    return dict(log)


def _procedure(log: Log) -> tuple[Procedure, np.ndarray]:
    """Return the procedure and the arm of every unit."""
    units, how = log["units"], log["procedure"]
    arms = [str(arm) for arm in log["options"]["arms"]]
    found = Procedure(
        blocks=np.array([int(unit["block"]) for unit in units]),
        table=np.array(how["table"], dtype=np.int64),
        covariates=np.array([unit["covariates"] for unit in units], dtype=float).reshape(
            len(units), -1
        ),
        criterion=how["criterion"],
        bound=float("inf") if how["bound"] is None else float(how["bound"]),
    )
    return found, np.array([arms.index(unit["arm"]) for unit in units])


def retest(
    log: Log,
    values: Mapping[str, float],
    *,
    pairs: Sequence[tuple[str, str]] = (),
    alternative: Side = "two-sided",
    seed: int = 1,
) -> tuple[Retest, ...]:
    """Test values of animals (or units) by the procedure that allocated them.

    Parameters
    ----------
    values
        By animal or by unit; the value of a cage is the mean of its animals.
    pairs
        Arm and the one it is compared with; empty: every arm with the control.

    Raises
    ------
    InputError
        If a name is not in the log, or the allocation in it is not one that it describes.
    """
    how, arm = _procedure(log)
    arms = [str(name) for name in log["options"]["arms"]]
    wanted = pairs or [(name, arms[0]) for name in arms[1:]]
    for name in (one for pair in wanted for one in pair):
        if name not in arms:
            message = f"'{name}' is no arm of this allocation."
            raise InputError(problem_at("--arms", "", message, nearest(name, arms), "no-arm"))
    numbers, names = _unit_values(log, values), [str(unit["unit"]) for unit in log["units"]]
    out = []
    for first, second in wanted:
        places = arms.index(first), arms.index(second)
        try:
            found = rerandomization_test(
                numbers, arm, how, places, alternative=alternative,
                generator=np.random.default_rng([seed, *places]),
            )  # fmt: skip
        except ValueError as error:
            message = f"the allocation in the log cannot be tested: {error}."
            remedy = "Use the log as it was written."
            raise InputError(problem_at(LOG, "", message, remedy, "bad-log")) from None
        known = np.isfinite(numbers)
        gone = [n for n, a, k in zip(names, arm, known, strict=True) if a in places and not k]
        sizes = tuple(int((known & (arm == place)).sum()) for place in places)
        out.append(Retest(arm=first, other=second, result=found, units=(sizes[0], sizes[1]),
                          missing=tuple(gone)))  # fmt: skip
    return tuple(out)


def _unit_values(log: Log, values: Mapping[str, float]) -> np.ndarray:
    known: set[str] = set()
    out = []
    for unit in log["units"]:
        known |= {str(unit["unit"]), *map(str, unit["animals"])}
        if unit["unit"] in values:
            out.append(values[unit["unit"]])
            continue
        own = [values[name] for name in unit["animals"] if name in values]
        out.append(fmean(own) if own else float("nan"))
    others = sorted(set(values) - known)
    if others:
        message = f"'{others[0]}' was not allocated ({len(others)} such names)."
        remedy = "Leave out rows of animals that were not allocated."
        raise InputError(problem_at("values", "", message, remedy, "unknown-animal"))
    return np.array(out)


def read_values(path: Path, column: str) -> dict[str, float]:
    """Read a number per animal: a column of any table, or a quantity of ``estimates.csv``.

    Raises
    ------
    InputError
        If there is no such column or quantity, or an animal has two numbers.
    """
    source = Source(name=path.name, data=path.read_bytes())
    sheet = read_sheets(source).sheets[0]
    if sheet.problems:
        raise InputError(sheet.problems)
    table = read_headed(sheet, source.name, 0, ragged=True)
    quantity, unit, value = (table.find(name) for name in ("quantity", "unit_id", "value"))
    if quantity is not None and unit is not None and value is not None:
        kept = [i for i, (q, u) in enumerate(zip(table.texts(quantity), table.texts(unit),
                                                 strict=True)) if q == column and u]  # fmt: skip
        if not kept:
            known = {q for q, u in zip(table.texts(quantity), table.texts(unit), strict=True) if u}
            message = f"there is no number of single animals called '{column}'."
            raise InputError(
                problem_at(source.name, "", message, nearest(column, known), "no-quantity")
            )
        table, name, col = table.only(kept), unit, value
    else:
        found = table.find(column)
        if found is None:
            message = f"there is no column '{column}'."
            remedy = nearest(column, table.titles.values())
            raise InputError(problem_at(source.name, "", message, remedy, "no-column"))
        name, col = table.need(*NAMES, "unit_id"), found
    numbers, _ = number_columns(table, [col], "")
    out: dict[str, float] = {}
    for i, (animal, number) in enumerate(
        zip(table.texts(name), numbers[col].values, strict=True)
    ):  # fmt: skip
        key = clean(animal)
        if key in out:
            message = f"'{key}' has two values."
            remedy = "Keep one number per animal, such as its growth rate."
            raise InputError(
                problem_at(source.name, table.place(i, name), message, remedy, "two-values")
            )
        if key and number is not None:
            out[key] = number
    return out
