"""R programs that remake tests between an arm and its control: t test of a day, largest effect."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from exportin.inference.rtext import r_column, r_number

Array = NDArray[np.float64]
_PRINT = 'cat(sprintf("p %.15g\\neffect %.15g\\n", p, effect))'


def r_t_test(treated: Array, control: Array, row: Mapping[str, Any]) -> str:
    """Write Student's t test of raw volumes.

    Examples
    --------
    >>> text = r_t_test(np.array([1.0, 2.0]), np.array([3.0, 5.0]), {"verdict": "v"})
    >>> text.splitlines()[3]
    'fit <- t.test(a, b, var.equal = TRUE)'
    """
    return "\n".join(
        [
            *_head(row),
            f"a <- {r_column(treated.tolist(), r_number)}",
            f"b <- {r_column(control.tolist(), r_number)}",
            "fit <- t.test(a, b, var.equal = TRUE)",
            "p <- fit$p.value; effect <- mean(a) - mean(b)",
            _PRINT,
            "",
        ]
    )


def r_largest(
    treated: Array,
    control: Array,
    days: Sequence[float],
    row: Mapping[str, Any],
    cages: Sequence[str] | None = None,
) -> str:
    """Write the permutation test of the largest inhibition; every way of dealing the animals.

    Where there are too many ways for that, 20,000 are drawn and p agrees within its error. With
    ``cages`` (of the treated, then of the control) whole cages are dealt.
    """
    names = [str(name) for name in (cages or range(len(treated) + len(control)))]
    places = {name: i + 1 for i, name in enumerate(dict.fromkeys(names))}
    n = len(dict.fromkeys(names[: len(treated)]))
    volumes = np.vstack([treated, control])
    return "\n".join(
        [
            *_head(row),
            f"days <- {r_column(list(days), r_number)}",
            f"v <- matrix({r_column(volumes.ravel().tolist(), r_number)}, ncol = length(days), "
            "byrow = TRUE)",
            f"unit <- {r_column([places[name] for name in names], str)}",
            f"n <- {n}; total <- max(unit)",
            "largest <- function(at) max(1 - colMeans(v[unit %in% at, , drop = FALSE]) / "
            "colMeans(v[!(unit %in% at), , drop = FALSE]))",
            "seen <- largest(1:n)",
            "ways <- choose(total, n)",
            "if (ways <= 20000) {",
            "  null <- combn(total, n, largest); p <- mean(null >= seen - 1e-12 * abs(seen))",
            "} else {",
            "  set.seed(1); null <- replicate(20000, largest(sample(total, n)))",
            "  p <- (sum(null >= seen) + 1) / (length(null) + 1)",
            "}",
            "effect <- 100 * seen",
            _PRINT,
            "",
        ]
    )


def _head(row: Mapping[str, Any]) -> list[str]:
    said = " ".join(str(row["verdict"]).split())
    return [f"# {said}"]
