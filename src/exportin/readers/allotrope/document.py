"""The measurements of an ASM file, found by the names of their keys."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exportin.tables.kinds import CycleThresholds, WellReadings
from exportin.tables.missing import EMPTY, missing_cause
from exportin.tables.numbercolumn import is_absurd
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.strictjson import parse_json
from exportin.tables.table import Table

MANIFEST = "$asm.manifest"
NAME = re.compile(r"([a-z-]+)\.(?:manifest|schema)(?:\.json)?$")
TECHNIQUES: Mapping[str, type[Table]] = {"plate-reader": WellReadings, "qpcr": CycleThresholds}
MEASUREMENTS = "measurement document"
CALCULATED = "calculated data document"
NOTHING = ("", "n/a")  # what converters write where the instrument's file said nothing


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement document with its own keys and those around it, by lower-case name."""

    place: str
    own: Mapping[str, Any]
    flat: Mapping[str, Any]

    def get(self, *names: str) -> Any:
        """Return the value of the first name that is there, ``None`` without."""
        return next((self.flat[name] for name in names if name in self.flat), None)

    def text(self, *names: str) -> str:
        """Return a text; what stands for nothing is empty."""
        found = plain(self.get(*names))
        text = "" if found is None else str(found).strip()
        return "" if text.casefold() in NOTHING else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What an ASM file holds."""

    technique: str
    measurements: tuple[Measurement, ...]
    calculated: tuple[Mapping[str, Any], ...]
    keys: tuple[str, ...]


def read_document(source: Source) -> Document:
    """Return the measurements of a file whose technique we know.

    Raises
    ------
    InputError
        It is no ASM, of a technique that is not read, or holds no measurement.
    """
    tree = parse_json(source)
    manifest = tree.get(MANIFEST) if isinstance(tree, dict) else None
    match = NAME.search(manifest) if isinstance(manifest, str) else None
    if match is None:
        message = f"'{MANIFEST}' does not name a manifest."
        raise InputError(fault(source.name, "", message, "Convert the raw file again."))
    technique = match[1]
    if technique not in TECHNIQUES:
        message = f"The file holds '{technique}', which is not read."
        remedy = f"Read are: {', '.join(TECHNIQUES)}. Use the instrument's own export instead."
        raise InputError(fault(source.name, MANIFEST, message, remedy, "unknown-technique"))
    found = tuple(measurements(tree, {}, ""))
    if not found:
        message = "There is no 'measurement document' in this file."
        raise InputError(fault(source.name, "", message, "Convert the raw file again."))
    return Document(
        technique=technique,
        measurements=found,
        calculated=tuple(calculated(tree)),
        keys=tuple(dict.fromkeys(names(tree))),
    )


def measurements(node: Any, around: Mapping[str, Any], place: str) -> Iterator[Measurement]:
    """Give every measurement with the plain keys of all that it stands in."""
    if isinstance(node, list):
        for at, item in enumerate(node):
            yield from measurements(item, around, f"{place}[{at + 1}]")
        return
    if not isinstance(node, dict):
        return
    here = dict(around) | {k.casefold(): v for k, v in node.items() if is_plain(v)}
    here |= own_sections(node)
    for key, value in node.items():
        inner = f"{place} > {key}" if place else key
        if key.casefold() == MEASUREMENTS and isinstance(value, list | dict):
            for at, one in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(one, dict):
                    flat = here | flattened(one)
                    yield Measurement(f"{inner}[{at + 1}]", one, flat)
        elif CALCULATED not in key and "calculated data" not in key:
            yield from measurements(value, here, inner)


def own_sections(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain keys of a sample section beside the measurements (older models)."""
    out: dict[str, Any] = {}
    for key, value in node.items():
        if key.casefold() == "sample document" and isinstance(value, dict):
            out |= {k.casefold(): v for k, v in value.items() if is_plain(v)}
    return out


def flattened(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return all plain keys of a measurement, at whatever depth; the first of a name counts."""
    out: dict[str, Any] = {}
    level: list[Mapping[str, Any]] = [node]
    while level:
        deeper: list[Mapping[str, Any]] = []
        for part in level:
            for key, value in part.items():
                name = key.casefold()
                if is_plain(value):
                    out.setdefault(name, value)
                elif "data cube" in name or name.startswith("error "):
                    continue
                elif isinstance(value, dict):
                    deeper.append(value)
                elif isinstance(value, list):
                    deeper += [item for item in value if isinstance(item, dict)]
        level = deeper
    return out


def calculated(node: Any) -> Iterator[Mapping[str, Any]]:
    """Give every calculated result."""
    if isinstance(node, list):
        for item in node:
            yield from calculated(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == CALCULATED and isinstance(value, list):
                yield from (item for item in value if isinstance(item, dict))
            else:
                yield from calculated(value)


def names(node: Any) -> Iterator[str]:
    """Give the names of all keys that hold something to read."""
    if isinstance(node, list):
        for item in node:
            yield from names(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == CALCULATED or "calculated data" in key:
                continue
            if is_plain(value) or "data cube" in key:
                yield key
            else:
                yield from names(value)


def is_plain(value: Any) -> bool:
    """Whether a value is a text, a number or a number with its unit.

    A unit alone is taken for one too: who reads it as a number refuses it, and no value is
    lost unsaid.
    """
    if isinstance(value, dict):
        if value.keys() == {"unit"}:
            return True
        return "value" in value and not isinstance(value["value"], dict | list)
    return not isinstance(value, list)


def plain(value: Any) -> Any:
    """Return a value without its unit."""
    return value["value"] if isinstance(value, dict) and "value" in value else value


def unit_of(value: Any) -> str:
    """Return the unit of a value, empty if it states none."""
    unit = value.get("unit", "") if isinstance(value, dict) else ""
    return unit if isinstance(unit, str) and unit != "(unitless)" else ""


def number(value: Any, file: str, place: str) -> tuple[float | None, str]:
    """Return a value and why it is missing; refuse what is neither.

    >>> number({"value": 2, "unit": "nm"}, "a", ""), number("NaN", "a", "")
    ((2.0, ''), (None, 'NaN'))
    """
    found = plain(value)
    if found is None:
        return None, EMPTY
    if isinstance(found, str):
        cause = missing_cause(found.strip().removeprefix("+"))
        if cause is not None:
            return None, cause
    if isinstance(found, bool) or not isinstance(found, int | float):
        message = f"'{str(found)[:40]}' is not a number."
        remedy = "Write a number, or a word such as NaN for none."
        raise InputError(fault(file, place, message, remedy, "not-a-number"))
    if is_absurd(found):
        message = f"'{found!s:.40}' is no size that can be measured."
        raise InputError(fault(file, place, message, "Write 1e-30 to 1e+30.", "absurd-number"))
    return float(found), ""


def errors(measurement: Measurement) -> list[tuple[str, str]]:
    """Return what the file says is wrong with a measurement: feature in lower case and words."""
    out = []
    stack: list[Any] = [measurement.own]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == "error document" and isinstance(value, list):
                    out += [
                        (str(e.get("error feature", "")).casefold(), str(e.get("error", "")))
                        for e in value
                        if isinstance(e, dict)
                    ]
                else:
                    stack.append(value)
    return out


def fault(file: str, place: str, message: str, remedy: str, code: str = "not-asm") -> Problem:
    """Return an error at a place of the file."""
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)


def note(file: str, message: str, remedy: str, code: str) -> Problem:
    """Return something to know about the file."""
    return Problem(file=file, place="", message=message, remedy=remedy, code=code, severity="note")
