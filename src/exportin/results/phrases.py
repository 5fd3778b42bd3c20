"""What is said of a row, as words and numbers still to be looked up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exportin.results.status import SENTENCES
from exportin.tables.units import UNITS

Row = Mapping[str, Any]
ABSENT = {
    "no_response": "no response",
    "no_events": "no event",
    "not_identifiable": "not identifiable",
}

_OPEN = {"low": "not bounded below", "high": "not bounded above", "both": "not bounded"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A number to be looked up: the name of its column."""

    column: str


Part = str | Cell


def main_column(row: Row) -> str:
    """Return the column that holds the row's own number: value, or the effect of a test."""
    return "effect" if "effect" in row else "value"


def unit_name(units: str) -> str:
    """Write a unit as printed: micro as a letter of its own.

    >>> unit_name("uM"), unit_name("mm3"), unit_name("")
    ('µM', 'mm³', '')
    """
    if units in UNITS:
        return units.replace("u", "µ", 1)
    return {"mm3": "mm³", "mm2": "mm²"}.get(units, units)


def value_parts(row: Row) -> Iterator[Part]:
    """Say the number itself with its bound and unit, or why there is none."""
    column = main_column(row)
    if row[column] is None:
        yield ABSENT.get(row["status"], "not estimated")
        return
    if row["bound"] != "=":
        yield f"{row['bound']} "
    yield Cell(column)
    if row["units"] == "%" and column == "effect" and not _is_mean(row):
        yield " percentage points"
    elif row["units"]:
        yield f"{'' if row['units'] == '%' else ' '}{unit_name(row['units'])}"


def _is_mean(row: Row) -> bool:
    """Say whether an effect is a mean over models, in percent, and no difference."""
    return str(row.get("effect_kind", "")).startswith("mean of ")


def open_words(row: Row) -> str:
    """Say of a number of one unit which side is open, so that it does not read as known."""
    known = row["bound"] != "=" or row[main_column(row)] is None
    if known or row.get("interval_level") != "within":
        return ""
    return _OPEN.get(row["conf_open"], "")


def interval_parts(row: Row) -> Iterator[Part]:
    """Say the interval: ``52 to 84``, ``at least 52``, ``not bounded``; nothing if none.

    A limit that only repeats the bound is not said again; one that differs from it is told as
    where the interval begins or ends, so that "> 4000" and "at least 2970" do not stand together.
    """
    limits = [x for x in (row["conf_low"], row["conf_high"]) if x is not None]
    if row["bound"] != "=" and limits == [row[main_column(row)]]:
        return
    low, high = row["conf_low"] is not None, row["conf_high"] is not None
    if low and high:
        yield from (Cell("conf_low"), " to ", Cell("conf_high"))
    elif low and row["bound"] != "=":
        yield from ("from ", Cell("conf_low"), " upwards")
    elif high and row["bound"] != "=":
        yield from ("from ", Cell("conf_high"), " downwards")
    elif low:
        yield from ("at least ", Cell("conf_low"))
    elif high:
        yield from ("at most ", Cell("conf_high"))
    elif row["conf_open"] != "none" and row["bound"] == "=" and row[main_column(row)] is not None:
        yield _OPEN[row["conf_open"]]


def model_parts(row: Row) -> Iterator[Part]:
    """Say how far the models that fit disagree; nothing where only one was tried."""
    if row["model_low"] is not None and row["model_high"] is not None:
        yield from (Cell("model_low"), " to ", Cell("model_high"), " over the models that fit")


def status_text(row: Row) -> str:
    """Give the sentence of a status that is not ok, in terms of doses where units say so."""
    status = row["status"]
    if status == "at_bound" and main_column(row) == "effect":
        return ""  # the verdict says how far the bounds reach
    if status == "ok" or (status == "no_response" and row[main_column(row)] is None):
        return ""  # the words in place of the number say it all
    if status == "at_bound" and row["units"] in UNITS:  # no other status speaks of tested doses
        return _beyond(row) or SENTENCES[status]
    return SENTENCES[status]


def _beyond(row: Row) -> str:
    """Say of a dose that only a bound of it is known, and where its interval is wider than that."""
    value, low, high = row["value"], row.get("conf_low"), row.get("conf_high")
    if row["bound"] == ">":
        wider = low is not None and low < value
        within = "The estimate lies above the doses tested, its interval begins within them."
        return within if wider else "Not reached within the doses tested."
    if row["bound"] == "<":
        wider = high is not None and high > value
        within = "The estimate lies below the doses tested, its interval ends within them."
        return within if wider else "Below the doses tested."
    return ""
