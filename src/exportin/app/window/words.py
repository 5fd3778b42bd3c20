"""Remedies in the words of the window: a page does what the command line has a flag for."""

from collections.abc import Iterable
from dataclasses import replace

from exportin.tables.problems import Problem

READ_HERE = (
    "Plate readers, qPCR, digital PCR, FCS, caliper sheets, Prism files and tables are read here. "
    "Export it once more from the instrument's software, as a table or text, or paste its numbers."
)
IN_PLACE = {
    "'exportin serve --max-mb N' allows larger files.": "Export parts of it.",
    "Write it into study.toml by hand: 'exportin schema' lists all keys.": (
        "It can only be written into study.toml by hand."
    ),
    "Exclude rows with 'exportin exclude'.": "Leave rows out by a click on them.",
    "or write it as Parquet for 'exportin fit'.": "or write it as Parquet.",
    " docs/formats.md says more.": "",
}


def in_window_words(problem: Problem) -> Problem:
    """Return a problem whose remedy is one that the window has.

    >>> from exportin.tables.problems import problem_at
    >>> told = "'exportin read --formats' lists what is read."
    >>> in_window_words(problem_at("a.pdf", "", "m", told, "no-file")).remedy == READ_HERE
    True
    """
    if problem.place.startswith("--"):
        problem = replace(problem, place=problem.place[2:])
    remedy = problem.remedy
    if "read --formats" in remedy:
        return replace(problem, remedy=READ_HERE)
    if problem.code == "lost-exclusion":
        return replace(problem, remedy=f"Undo what took the row away. {remedy}")
    for theirs, ours in IN_PLACE.items():
        remedy = remedy.replace(theirs, ours)
    return problem if remedy == problem.remedy else replace(problem, remedy=remedy)


def all_in_window_words(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems with the remedies that the window has."""
    return [in_window_words(problem) for problem in problems]
