"""Numbers of different units are never compared."""

from collections.abc import Sequence

import polars as pl

from exportin.inference.question import Contrast
from exportin.tables.problems import InputError, Problem


def check_units(ask: Contrast, frame: pl.DataFrame, groups: Sequence[str]) -> None:
    """Refuse to compare a dose in nM with one in ng/mL; their ratio means nothing.

    Raises
    ------
    InputError
        If the groups of a question come in more than one unit.

    Examples
    --------
    >>> frame = pl.DataFrame({"arm": ["a", "b"], "units": ["nM", "ng/mL"], "value": [1.0, 2.0]})
    >>> check_units(Contrast(quantity="ec50", between="arm"), frame, ["a", "b"])
    Traceback (most recent call last):
    ...
    exportin.tables.problems.InputError: study.toml: compare: ec50 of 'a' is in nM, ...
    """
    known = frame.filter(
        pl.col(ask.between).cast(pl.String).is_in(groups) & pl.col("value").is_not_null()
    )
    pairs = known.select(pl.col(ask.between).cast(pl.String), "units").unique().sort(pl.all())
    first = pairs.row(0) if pairs.height else ("", "")
    for group, units in pairs.iter_rows():
        if units != first[1]:
            message = f"{ask.quantity} of '{first[0]}' is in {first[1]}, of '{group}' in {units}."
            remedy = (
                "Give both in one kind of unit, say dose_unit in the block (drugs whose molar mass "
                "is known are converted), or leave one out with groups = [...]."
            )
            raise InputError(
                Problem(
                    file="study.toml",
                    place=ask.place,
                    message=message,
                    remedy=remedy,
                    code="different-units",
                )
            )
