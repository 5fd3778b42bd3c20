"""Arms compared where every cage holds one arm: the cage is what is independent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from exportin.inference.answer import Answer, answer_of
from exportin.inference.question import Contrast
from exportin.inference.rtext import r_column, r_number
from exportin.inference.two_sample import welch_t
from exportin.results.methods import Method, Reference

LEAST = 2  # cages an arm needs: animals of one cage say nothing of other cages
UNIT = "cage"
SUMS = "cages_dealt"
TEST = "Welch t test of cage means"

METHODS = (
    Method(
        name="cage_means",
        sentence="Every cage held animals of one arm, so the cage is the unit: growth rates of "
        "animals were averaged within cages and the means of cages compared by Welch's t test.",
        references=(
            Reference(
                key="lazic2018",
                text="Lazic SE, Clarke-Williams CJ, Munafo MR. What exactly is 'N' in cell culture "
                "and animal experiments? PLoS Biol 2018;16:e2005282.",
                doi="10.1371/journal.pbio.2005282",
            ),
        ),
    ),
    Method(
        name=SUMS,
        sentence="Every cage held animals of one arm, so whole cages, not animals, were dealt to "
        "the two arms; intervals that would count animals were left out.",
    ),
)

Values = Float[np.ndarray, " n"]
Codes = Int[np.ndarray, " n"]
PerCage = Float[np.ndarray, " c"]
OfCage = Int[np.ndarray, " c"]


def cage_means(values: Sequence[float | None], cages: Sequence[str]) -> dict[str, float]:
    """Average the animals of each cage; a cage without a number is not there.

    >>> cage_means([1.0, 3.0, None, 5.0], ["a", "a", "b", "c"])
    {'a': 2.0, 'c': 5.0}
    """
    held: dict[str, list[float]] = {}
    for value, cage in zip(values, cages, strict=True):
        if value is not None:
            held.setdefault(cage, []).append(value)
    return {cage: float(np.mean(found)) for cage, found in held.items()}


def cage_means_answer(
    a: Mapping[str, float], b: Mapping[str, float], pair: tuple[str, str], ask: Contrast, kind: str
) -> Answer:
    """Compare the means of cages of two arms by Welch's t test.

    Parameters
    ----------
    a, b
        Mean of each cage of the two arms.
    pair, ask
        Names of the arms and the question.
    kind
        What the effect is.

    Examples
    --------
    >>> ask = Contrast(quantity="growth_rate", between="arm")
    >>> one = {"1": 0.10, "2": 0.11, "3": 0.12}
    >>> found = cage_means_answer(one, {"4": 0.05, "5": 0.07}, ("v", "d"), ask, "difference")
    >>> found.n_a, found.n_b, round(found.effect, 3), found.unit
    (3, 2, 0.05, 'cage')
    """
    side: Any = ask.alternative
    made = welch_t(list(a.values()), list(b.values()), alternative=side,
                   conf_level=ask.conf_level)  # fmt: skip
    answer = replace(
        answer_of(made, "rate", method="cage_means"), test=TEST, kind=kind, unit=UNIT,
        group_a=pair[0], group_b=pair[1],
    )  # fmt: skip
    if answer.p_value is None:
        return replace(answer, status="too_few", message=too_few(len(a), len(b), pair))
    said = "; ".join(part for part in ("every cage holds one arm", answer.message) if part)
    return replace(answer, message=said)


def too_few(n_a: int, n_b: int, pair: tuple[str, str]) -> str:
    """Say why there is no p value.

    >>> too_few(1, 3, ("drug", "vehicle"))
    'every cage holds one arm, and drug has fewer than 2 cages: animals of one cage are no sample'
    """
    lone = [name for name, n in zip(pair, (n_a, n_b), strict=True) if n < LEAST]
    return (
        f"every cage holds one arm, and {' and '.join(lone)} has fewer than {LEAST} cages: "
        "animals of one cage are no sample"
    )


def cage_sums(score: Values, cage: Sequence[str], chosen: Codes) -> tuple[PerCage, OfCage]:
    """Sum of the scores of each cage, and whether its animals are those chosen.

    >>> sums, mine = cage_sums(np.array([1.0, 2, 4]), ["x", "x", "y"], np.array([1, 1, 0]))
    >>> sums.tolist(), mine.tolist()
    ([3.0, 4.0], [1, 0])
    """
    names, at = np.unique(np.asarray(cage, dtype=str), return_inverse=True)
    sums = np.bincount(at, weights=score, minlength=names.size)
    mine = np.zeros(names.size, dtype=np.int64)
    mine[at] = chosen
    return sums, mine


def r_cage_means(a: Mapping[str, float], b: Mapping[str, float], row: Mapping[str, Any]) -> str:
    """Write Welch's t test of the means of cages."""
    side = row.get("alternative") or "two-sided"
    said = {"two-sided": "two.sided"}.get(side, side)
    return "\n".join(
        [
            f"# {' '.join(str(row['verdict']).split())}",
            f"a <- {r_column(list(a.values()), r_number)}  # means of cages",
            f"b <- {r_column(list(b.values()), r_number)}",
            f'fit <- t.test(a, b, alternative = "{said}")',
            "p <- fit$p.value; effect <- mean(a) - mean(b)",
            'cat(sprintf("p %.15g\\neffect %.15g\\n", p, effect))',
            "",
        ]
    )


def r_cage_sums(sums: PerCage, chosen: OfCage, row: Mapping[str, Any]) -> str:
    """Write the two-sided permutation test of the scores of cages."""
    return "\n".join(
        [
            f"# {' '.join(str(row['verdict']).split())}",
            f"score <- {r_column(sums.tolist(), r_number)}  # log-rank scores, summed over a cage",
            f"chosen <- {r_column(chosen.tolist(), str)}",
            "sums <- combn(length(score), sum(chosen), function(at) sum(score[at]))",
            "seen <- sum(score[chosen == 1])",
            "p <- min(1, 2 * min(mean(sums <= seen + 1e-9), mean(sums >= seen - 1e-9)))",
            'cat(sprintf("p %.15g\\n", p))',
            "",
        ]
    )
