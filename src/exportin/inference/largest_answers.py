"""The largest inhibition over days as an answer to a question between arms."""

from dataclasses import replace

from exportin.inference.answer import Answer
from exportin.inference.between import open_side
from exportin.inference.cage_tests import LEAST, SUMS, UNIT, too_few
from exportin.inference.largest_effect import LargestEffect
from exportin.inference.question import Contrast
from exportin.results.formatting import key_text

TEST = "permutation of animals, maximum over days"


def largest_by_cages(
    found: LargestEffect, pair: tuple[str, str], ask: Contrast, n: tuple[int, int]
) -> Answer:
    """Write the test that dealt whole cages; ``n`` cages, and no limits, which count animals."""
    answer = replace(
        largest_answer(found, pair, ask), test=TEST.replace("animals", "whole cages"), unit=UNIT,
        method=SUMS, n_a=n[0], n_b=n[1], low=None, high=None, conf_open="both",
    )  # fmt: skip
    if min(n) >= LEAST:
        return answer
    return replace(answer, p_value=None, status="too_few", message=too_few(*n, pair))


def largest_answer(found: LargestEffect, pair: tuple[str, str], ask: Contrast) -> Answer:
    """Write the permutation test of the maximum; one-sided by nature (a maximum is large).

    The effect is in percent. ``message`` says what maximum the same animals give without an
    effect, and the smallest p that so few animals can reach.
    """
    percent = [None if v is None else 100.0 * v for v in (found.value, found.low, found.high)]
    said = found.message
    if found.null_95 is not None and found.null_mean is not None and found.smallest_p is not None:
        said = (
            f"one-sided; without an effect these animals give {100 * found.null_mean:.0f} % on "
            f"average and up to {100 * found.null_95:.0f} % in 19 of 20 allocations; smallest "
            f"attainable p {found.smallest_p:.2g}"
        )
    tested = found.status == "ok"
    day = "" if found.day is None else f" (day {key_text(found.day)})"
    return Answer(
        test=TEST,
        method="largest_effect_exact" if found.exact else "largest_effect_drawn",
        measure="share",
        kind=f"max TVI in %{day}",
        group_a=pair[0],
        group_b=pair[1],
        alternative="greater",
        conf_level=ask.conf_level,
        effect=percent[0],
        low=percent[1],
        high=percent[2],
        conf_open=open_side(percent[1], percent[2]),
        p_value=found.p_value if tested else None,
        smallest_p=found.smallest_p,
        n_a=found.n_treated,
        n_b=found.n_control,
        status=found.status,
        message=said,
    )
