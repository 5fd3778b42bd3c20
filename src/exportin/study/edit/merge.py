"""Two people change one table: cells that one of them changed are kept, and a clash is said."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from exportin.tables.problems import InputError, Problem, problem_at

CODE = "changed-since"
Row = dict[str, str]
Rows = Sequence[Mapping[str, str]]
Key = Callable[[Mapping[str, str]], Hashable]


def merged(file: str, before: Rows, mine: Rows, now: Rows, *, key: Key, name: str) -> list[Row]:
    """Return a table with my changes and those that were saved since I opened it.

    Parameters
    ----------
    file
        For messages.
    before, mine, now
        The table as it was opened, as it is to be saved, and as it stands in the file.
    key
        What a row is about (a well, a sample); a row that is not there has only empty cells.
    name
        Column that names a row in messages.

    Raises
    ------
    InputError
        If both changed one cell to different texts.

    >>> rows = [{"well": "A01", "dose": "1"}, {"well": "A02", "dose": "2"}]
    >>> one, two = [rows[0] | {"dose": "5"}, rows[1]], [rows[0], rows[1] | {"dose": "9"}]
    >>> merged("a.csv", rows, one, two, key=lambda row: row["well"], name="well")
    [{'well': 'A01', 'dose': '5'}, {'well': 'A02', 'dose': '9'}]
    """
    old, new, there = ({key(row): row for row in rows} for rows in (before, mine, now))
    problems: list[Problem] = []
    out = []
    for at in dict.fromkeys([*new, *there]):
        rows = old.get(at, {}), new.get(at, {}), there.get(at, {})
        if at not in new and rows[2] == rows[0]:
            continue  # I took the row out, and nobody touched it
        if at not in there and at in old and rows[1] == rows[0]:
            continue  # it was taken out meanwhile, and I did not touch it
        shown = (rows[1] or rows[2]).get(name, "")
        out.append(dict(_cells(file, f"{name} {shown}", rows, problems)))
    if problems:
        raise InputError(problems)
    return out


def _cells(
    file: str,
    place: str,
    rows: tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str]],
    problems: list[Problem],
) -> Iterator[tuple[str, str]]:
    for column in dict.fromkeys(name for row in (rows[1], rows[2]) for name in row):
        was, mine, now = (row.get(column, "") for row in rows)
        if mine not in (was, now) and now != was:
            message = (
                f"{column} was changed in another window since you opened it: it is "
                f"'{now}' now, was '{was}', and yours is '{mine}'."
            )
            remedy = "Keep yours or take the saved table."
            problems.append(problem_at(file, place, message, remedy, CODE))
        yield column, now if mine == was else mine
