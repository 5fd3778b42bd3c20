"""Doses as people type and paste them: what can be read in two ways is refused, never guessed."""

import re
from collections.abc import Mapping, Sequence

from exportin.tables.numbers import MINUS, SPACES, decimal_evidence, parse_number
from exportin.tables.problems import Problem, problem_at

FIELD = re.compile(r"dose(_[2-9])?$")
PLAIN = re.compile(r"(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?$")
THREE = re.compile(r"([1-9][0-9]{0,2})([.,])([0-9]{3})$")
THOUSANDS = re.compile(rf"[1-9][0-9]{{0,2}}(?:[., '{SPACES}][0-9]{{3}})+(?:[.,][0-9]+)?$")
WITH_UNIT = re.compile(r"[0-9.,]+\s*[^\W\d_%/]")


def is_dose(field: str) -> bool:
    """Whether a column of a layout holds doses.

    >>> is_dose("dose"), is_dose("dose_2"), is_dose("dose_unit")
    (True, True, False)
    """
    return bool(FIELD.match(field))


def decimal_mark(texts: Sequence[str]) -> str:
    """Return the decimal mark that cells written together prove; empty if none or both.

    >>> decimal_mark(["50", "12,5", "3,125"]), decimal_mark(["1,000", "10"])
    (',', '')
    """
    proved = {found for text in texts for found in [decimal_evidence(text)] if found in (".", ",")}
    return proved.pop() if len(proved) == 1 else ""


def dose_text(text: str, mark: str = "") -> tuple[str, tuple[str, str, str]]:
    """Return a dose with a decimal point, or why it is none: message, remedy, code.

    ``mark`` is the decimal mark that the cells around it prove. Three digits behind a mark are a
    thousand to one reader and three decimals to another.

    >>> dose_text("0,5")[0], dose_text("3,125", ",")[0], dose_text("15.625")[0]
    ('0.5', '3.125', '15.625')
    >>> dose_text("1,000")[1][1], dose_text("2.000")[1][1]
    ('Write 1000 or 1.0.', 'Write 2000 or 2.0.')
    """
    said = text.strip().replace(MINUS, "-")
    if not said:
        return "", ("", "", "")
    three = THREE.match(said)
    if three and _is_doubtful(three[2], three[3], mark):
        whole, part = three[1], three[3]
        message = f"the dose '{text}' can be read in two ways."
        remedy = f"Write {whole}{part} or {whole}.{part.rstrip('0') or '0'}."
        return "", (message, remedy, "ambiguous-dose")
    if not three and THOUSANDS.match(said):
        message = f"the dose '{text}' has marks between its thousands."
        return "", (message, "Write the number without them.", "ambiguous-dose")
    if said.startswith("-"):
        return "", (f"the dose '{text}' is below zero.", "Write zero or more.", "not-number")
    if not PLAIN.match(said):
        remedy = "Write a number such as 0.5 or 1000."
        if WITH_UNIT.match(said):
            remedy = "Write the number alone; its unit stands in dose_unit."
        return "", (f"the dose '{text}' is no number.", remedy, "not-number")
    return said.replace(",", "."), ("", "", "")


def _is_doubtful(used: str, digits: str, mark: str) -> bool:
    """Whether three digits behind a mark may be thousands: 15.625 is what a dilution gives."""
    if digits == "000":
        return True
    return used != mark and (used == "," or bool(mark) or digits.endswith("0"))


def read_doses(file: str, cells: Sequence[tuple[str, str]]) -> tuple[list[str], list[Problem]]:
    """Return doses with a decimal point, and each cell that is none by its place (``well B02``).

    >>> read_doses("pasted cells", [("well A01", "0,5"), ("well A02", "abc")])[0]
    ['0.5', '']
    """
    mark = decimal_mark([text for _, text in cells])
    numbers, problems = [], []
    for place, text in cells:
        number, fault = dose_text(text, mark)
        numbers.append(number)
        if fault[0]:
            problems.append(problem_at(file, place, *fault))
    return numbers, problems


def with_doses(
    file: str,
    rows: Sequence[dict[str, str]],
    before: Sequence[Mapping[str, str]],
    of: str = "well",
) -> tuple[list[dict[str, str]], list[Problem]]:
    """Return rows of a layout whose doses have a decimal point, and each cell that is no dose.

    ``of`` is the column that says what a row is about. A cell that stands so in the
    file (``before``) means what a run reads there.

    >>> with_doses("a.csv", [{"well": "A01", "dose": "1,000"}], [])[1][0].remedy
    'Write 1000 or 1.0.'
    >>> with_doses("a.csv", [{"well": "A01", "dose": "1,5"}], [])[0]
    [{'well': 'A01', 'dose': '1.5'}]
    """
    there = {
        (row.get("sample_id", ""), row.get(of, ""), name): text
        for row in before
        for name, text in row.items()
        if text and is_dose(name)
    }
    mark = decimal_mark([*there.values()])
    out = [dict(row) for row in rows]
    new: list[tuple[int, str]] = []
    for at, row in enumerate(out):
        for name, text in row.items():
            if not text or not is_dose(name):
                continue
            if there.get((row.get("sample_id", ""), row.get(of, ""), name)) != text:
                new.append((at, name))
            elif mark == ",":
                row[name] = _pointed(text)
    cells = [(f"{of} {out[at].get(of, '')}", out[at][name]) for at, name in new]
    numbers, problems = read_doses(file, cells)
    for (at, name), number in zip(new, numbers, strict=True):
        out[at][name] = number
    return out, problems


def _pointed(text: str) -> str:
    """Write a number with a decimal comma with a point; others stay."""
    number = parse_number(text, ",")
    return text if number is None else repr(number).removesuffix(".0")
