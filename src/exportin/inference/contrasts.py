"""Questions between groups, asked of estimates: the only way two results are compared."""

from dataclasses import replace

import polars as pl

from exportin.inference.comparable import check_units
from exportin.inference.contrast_checks import (
    check_effect,
    check_groups,
    check_names,
    check_pairing,
    check_test,
)
from exportin.inference.contrast_rows import family_rows
from exportin.inference.group_answers import find_answers
from exportin.inference.line_units import check_constant, unit_rows
from exportin.inference.modifier_answers import modified
from exportin.inference.question import Contrast
from exportin.inference.strata import label_like, labels, make_strata
from exportin.results.tables import Estimates, Tests

__all__ = ["Contrast", "compare_units"]


def compare_units(estimates: Estimates, contrast: Contrast) -> Tests:
    """Compare groups by the values of their units; one row per comparison.

    Only rows with a unit_id enter; technical intervals never do. With `contrast.unit` (say
    "model") each line's pooled number is one value and n counts lines. Ratios are made on
    logarithms. How units enter that are bounds: `unit_values`.

    Which test (test = "auto"): two independent groups, Welch's t; the same units in both groups,
    paired t; the same units in more groups, t from the blocked model group + unit with its
    residual df; bounds among pairs, the censored t test of differences or the exact sign test;
    bounds among independent groups, an exact permutation test of Gehan's scores; a measured
    property of lines (test = "kendall"), Kendall's tau with the Theil-Sen slope, with bounds; a
    trend, linear regression, or where experiments are in several groups one slope for each and a
    t test of the slopes (n = experiments); all groups at once (test = "kruskal-wallis"),
    Kruskal-Wallis, with bounds by Gehan's scores. With pairing = "auto", groups are blocked as
    soon as one experiment is in two of them; other units (animals, patients) must be said to be
    paired or unpaired.

    Holm, Hochberg, Bonferroni and BH span all rows of the question. Dunnett and Tukey are
    simultaneous within one stratum; over several strata their p values are multiplied by the
    number of strata (Bonferroni; Holm over strata would not control the error of single rows).
    Where a bound forbids Dunnett or Tukey, Holm over all rows takes their place.

    Parameters
    ----------
    estimates : Estimates
    contrast : Contrast

    Returns
    -------
    Tests
        group_b is the reference; effect is a minus b or a over b. Without `versus`, two groups
        are compared as second against first. n = 1 gives a row with status too_few.

    Raises
    ------
    InputError
        If a name is unknown, or the question does not say what to compare.

    Examples
    --------
    >>> what = {"block": "b", "assay": "a", "quantity": "ec50", "scale": "log10", "method": "m",
    ...         "experimental_unit": "experiment"}
    >>> said = {"drug": [20.0, 19.0, 22.0], "vehicle": [10.0, 10.5, 9.9]}
    >>> rows = [what | {"arm": arm, "unit_id": f"E{i}", "value": v}
    ...         for arm, values in said.items() for i, v in enumerate(values)]
    >>> ask = Contrast(quantity="ec50", between="arm", versus="vehicle")
    >>> row = compare_units(Estimates.build(rows), ask).frame.row(0, named=True)
    >>> row["effect_kind"], round(row["effect"], 3), row["pairing"]
    ('ratio of ec50', 2.004, 'paired')
    """
    check_test(contrast)
    check_names(estimates, contrast)
    frame = unit_rows(estimates.frame, contrast.unit).filter(
        pl.col("quantity") == contrast.quantity, pl.col(contrast.between).is_not_null()
    )
    check_constant(contrast, frame)
    known = labels(frame, contrast.between)
    groups = [label_like(group, known) for group in contrast.groups or known]
    if contrast.versus is not None:
        contrast = replace(contrast, versus=label_like(contrast.versus, known))
    check_groups(contrast, groups, known)
    check_pairing(contrast, frame, groups)
    check_units(contrast, frame, groups)
    check_effect(contrast, frame.item(0, "scale"))
    scale = working_scale(frame.item(0, "scale"), contrast.effect)
    strata = list(make_strata(frame, contrast, groups, scale))
    if contrast.modifier is None:
        found = find_answers(strata, contrast, groups)
    else:
        found = modified(strata, contrast, groups, labels(frame, contrast.modifier))
    return Tests.build(family_rows(found, contrast, frame, scale))


def working_scale(scale: str, effect: str) -> str:
    """Scale on which groups are compared.

    Examples
    --------
    >>> working_scale("log10", "auto"), working_scale("linear", "ratio")
    ('log10', 'log10')
    """
    if effect == "difference":
        return "linear"
    return "log10" if effect == "ratio" and scale in ("linear", "logit") else scale
