"""What is wrong with the user's input: where it is, what was expected, what to write instead."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

Severity = Literal["error", "note"]
SHOWN_PLACES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend (``error``) or to know (``note``) about a file of the user.

    Parameters
    ----------
    file
        Name of the file as the user wrote it in the study.
    place
        Line and column, sheet and cell, or key of the study file; empty for the whole file.
    message
        What was found and what was expected.
    remedy
        What to write instead.
    code
        Short stable name of the kind of problem, such as ``unknown-unit``.
    severity
        ``error`` stops the run, ``note`` is reported and kept.
    """

    file: str
    place: str
    message: str
    remedy: str
    code: str
    severity: Severity = "error"

    def __str__(self) -> str:
        where = f"{self.file}: {self.place}: " if self.place else f"{self.file}: "
        return f"{where}{self.message} {self.remedy}".rstrip()


def problem_at(file: str, place: str, message: str, remedy: str, code: str) -> Problem:
    """Return an error in the order in which people read it.

    >>> str(problem_at("a.csv", "line 2", "the dose is empty.", "Write it.", "no-dose"))
    'a.csv: line 2: the dose is empty. Write it.'
    """
    return Problem(file=file, place=place, message=message, remedy=remedy, code=code)


class InputError(Exception):
    """The user's input cannot be used as it stands; carries every problem found at once."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (
            (problems,) if isinstance(problems, Problem) else tuple(problems)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


def errors_first(problems: Iterable[Problem]) -> list[Problem]:
    """Put what stops the work before what is only to be known; the order is kept otherwise.

    >>> one = Problem(file="a", place="", message="m", remedy="", code="c", severity="note")
    >>> [problem.severity for problem in errors_first([one, replace(one, severity="error")])]
    ['error', 'note']
    """
    return sorted(problems, key=lambda problem: problem.severity != "error")


def grouped(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Say the same thing once, with the first places and how many more there are.

    >>> same = [Problem(file="a", place=f"line {i}", message="m", remedy="", code="c")
    ...         for i in range(5)]
    >>> [problem.place for problem in grouped(same)]
    ['line 0, line 1, line 2 and 2 more']
    """
    found: dict[Problem, list[str]] = {}
    for problem in problems:
        found.setdefault(replace(problem, place=""), []).append(problem.place)
    return tuple(
        replace(problem, place=_places([place for place in places if place]))
        for problem, places in found.items()
    )


def _places(places: list[str]) -> str:
    shown = ", ".join(places[:SHOWN_PLACES])
    more = len(places) - SHOWN_PLACES
    return f"{shown} and {more} more" if more > 0 else shown


def nearest(word: str, known: Iterable[str]) -> str:
    """Name the known word that the user most likely meant, as the end of a sentence.

    >>> nearest("treatmnet", ["treatment", "model"])
    "Did you mean 'treatment'?"
    >>> nearest("xyz", ["treatment", "model"])
    'Known: model, treatment.'
    """
    names = sorted(known)
    lowered = {name.casefold(): name for name in names}
    match = get_close_matches(word.casefold(), list(lowered), n=1, cutoff=0.6)
    if match:
        return f"Did you mean '{lowered[match[0]]}'?"
    return f"Known: {', '.join(names)}."
