"""Numbers that a program wrote into XML: a decimal point, unless a comma shows up."""

from collections.abc import Callable, Sequence

from exportin.tables.numbers import NumberFormat, decide_decimal
from exportin.tables.problems import Problem


def machine_format(
    texts: Sequence[str], declared: str, *, file: str, place: Callable[[int], str]
) -> tuple[NumberFormat, tuple[Problem, ...]]:
    """Return how numbers are written, and what had to be assumed.

    Programs write a point and no thousands; one that follows the country's settings writes a
    comma, which is then decided for the whole file.

    Raises
    ------
    InputError
        Both marks are used, or a comma may be a decimal or a thousand.

    >>> machine_format(["1.000", "20"], "", file="a.xml", place=str)[0].parse("1.000")
    1.0
    """
    if not declared and not any("," in text for text in texts):
        return NumberFormat(".", groups=False), ()
    mark, notes = decide_decimal(texts, declared, file=file, place=place)
    return NumberFormat(mark, groups=False), notes
