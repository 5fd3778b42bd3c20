"""Text to rows: which delimiter separates the cells, and quoted cells."""

import csv
import io
import re
from collections import Counter

from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.sheet import Sheet

DELIMITERS = ("\t", ";", ",")  # on equal evidence the earlier wins: commas may be decimals
SAMPLED_LINES = 2000
DECLARED = re.compile(r'^"?sep=([\t;,|])"?[\t;, ]*\n')


def split_text(source: Source, text: str) -> Sheet:
    r"""Cut text into rows of cells; ragged rows stay ragged and empty lines stay rows.

    >>> from exportin.tables.origin import Source
    >>> split_text(Source(name="a.csv", data=b""), "a;b\n1,5;2\n").rows
    (('a', 'b'), ('1,5', '2'))
    """
    declared = DECLARED.match(text)  # Excel's own "sep=;" line
    delimiter = declared.group(1) if declared else find_delimiter(text)
    rows, lines = parse_rows(source, text, delimiter)
    if declared:
        rows[0] = ()
    ends_open = not text.endswith("\n") and any(rows[-1])
    while rows and not any(rows[-1]):
        rows.pop()
    return Sheet(
        name="",
        rows=tuple(rows),
        lines=tuple(lines[: len(rows)]),
        delimiter=delimiter,
        ends_open=ends_open,
    )


def parse_rows(
    source: Source, text: str, delimiter: str
) -> tuple[list[tuple[str, ...]], list[int]]:
    """Return the rows and the line each begins on."""
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    begin = 1
    # strict: an unclosed quote would swallow the rest of the file as one cell
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            rows.append(tuple(cell.strip() for cell in row))
            lines.append(begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        raise InputError(bad_quotes(source, begin, str(error))) from error
    return rows, lines


def bad_quotes(source: Source, line: int, why: str) -> Problem:
    """Return the problem of a quoted cell that does not end as it should."""
    return Problem(
        file=source.name,
        place=f"line {line}",
        message=f"A quoted cell that begins here does not end properly ({why}).",
        remedy='Close the quote, or write a quote inside a quoted cell twice ("").',
        code="bad-quotes",
    )


def find_delimiter(text: str) -> str:
    r"""Name the delimiter: the one whose count is the same on most lines.

    With a decimal comma the commas of a semicolon table vary from line to line and are
    absent from its header; semicolons inside names do the same in a comma table.

    >>> find_delimiter("drug;dose;value\nA;0,5;1,25\nB;10;0,5\n")
    ';'
    """
    bare = re.sub(r'"[^"]*"', "", text[:2_000_000])
    lines = [line for line in bare.split("\n")[:SAMPLED_LINES] if line.strip()]
    scores = {mark: evenness(lines, mark) for mark in DELIMITERS}
    best = max(scores.values())
    if best == 0:
        return ","
    return next(mark for mark in DELIMITERS if scores[mark] == best)


def evenness(lines: list[str], mark: str) -> float:
    """Return the share of delimited lines that hold ``mark`` the most usual number of times."""
    counts = [line.count(mark) for line in lines if any(other in line for other in DELIMITERS)]
    usual = Counter(count for count in counts if count).most_common(1)
    return usual[0][1] / len(counts) if usual else 0.0
