"""What the usual tests of xenograft papers would have said, and why they differ."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from exportin.inference.answer import Answer, answer_of
from exportin.inference.cells import Stratum
from exportin.inference.contrast_rows import family_rows
from exportin.inference.question import Contrast
from exportin.inference.row_answers import Keys, Pair
from exportin.inference.two_sample import student_t
from exportin.results.formatting import key_text
from exportin.results.tables import Tests

Array = NDArray[np.float64]
WHY_BEST_DAY = (
    "as published; the day was chosen for its effect, and p takes no account of that, nor of the "
    "skewness of volumes"
)
WHY_LAST_DAY = (
    "as published; it compares the animals still there on one day and leaves out all other visits"
)
FAMILY = "as published, not adjusted"


def published_answer(
    treated: Array, control: Array, pair: Pair, ask: Contrast, *, day: float, why: str
) -> Answer:
    """Compare raw volumes of one day by Student's t test, as papers do.

    Parameters
    ----------
    treated, control : (n,) float
        Volumes of the animals there on that day, mm3.
    pair, ask
        Groups and question.
    day
        The day.
    why
        Sentence on why it differs from the test beside it.
    """
    done = answer_of(student_t(treated.tolist(), control.tolist(), conf_level=ask.conf_level))
    said = "; ".join(text for text in (why, done.message) if text)
    return replace(
        done,
        test=f"as published: t test of raw volumes on day {key_text(day)}",
        method="published_t_test",
        group_a=pair[0],
        group_b=pair[1],
        message=said,
    )


def published_rows(
    found: Sequence[tuple[Keys, Answer]],
    ask: Contrast,
    *,
    experimental_unit: str,
) -> Tests:
    """Write published answers as a family of their own, without adjustment."""
    if not found:
        return Tests.empty()
    frame = pl.DataFrame(
        {"value": [1.0], "units": ["mm3"], "experimental_unit": [experimental_unit]}
    )
    plain = replace(ask, adjust="none", quantity=ask.quantity)
    strata = [(Stratum(keys, {}), answer) for keys, answer in found]
    rows = family_rows(strata, plain, frame, "linear")
    return Tests.build([row | {"family": FAMILY} for row in rows])
