"""Counts of digital PCR: whole, and adding up as the file itself says."""

from collections.abc import Callable, Sequence

from exportin.tables.numbercolumn import limited
from exportin.tables.problems import InputError, Problem

Counts = Sequence[float | None]


def check_partitions(
    file: str,
    line: Callable[[int], str],
    *,
    accepted: Counts,
    positive: Counts,
    negative: Counts = (),
) -> None:
    """Refuse counts that are not whole, exceed the partitions, or do not add up.

    Raises
    ------
    InputError
        With every row at fault.

    >>> check_partitions("a.csv", str, accepted=[20000], positive=[12], negative=[19988])
    """
    wrong = [
        (index, why)
        for index, counts in enumerate(zip(accepted, positive, strict=True))
        if (why := fault(*counts, negative[index] if negative else None))
    ]
    problems = [
        Problem(
            file=file,
            place=line(index),
            message=why,
            remedy="The file was edited or its numbers lost a mark: export it again.",
            code="partition-counts",
        )
        for index, why in wrong
    ]
    if problems:
        raise InputError(limited(problems, file))


def fault(accepted: float | None, positive: float | None, negative: float | None) -> str:
    """Return what is wrong with the counts of one row; empty where nothing is.

    >>> fault(10, 11, None), fault(10, 4, 6)
    ('11 positive of 10 partitions cannot be.', '')
    """
    for count in (accepted, positive, negative):
        if count is not None and (count < 0 or count != int(count)):
            return f"{count:g} is no count of partitions."
    if accepted is None or positive is None:
        return ""
    if positive > accepted:
        return f"{positive:g} positive of {accepted:g} partitions cannot be."
    if negative is not None and positive + negative != accepted:
        total = f"{positive:g} positive and {negative:g} negative"
        return f"{total} partitions are not the {accepted:g} valid ones."
    return ""
