"""What a question names must exist; every fault says where it stands and what to write."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from exportin.inference.question import Contrast
from exportin.results.quantities import shared_quantities
from exportin.results.tables import Estimates
from exportin.tables.problems import InputError, Problem, nearest

UNPAIRED_ONLY = ("welch", "mann-whitney", "kruskal-wallis")
SHARED_UNITS = ("experiment",)  # names of these hold across groups
OVERALL = ("anova", "kruskal-wallis", "kendall")
BY_ROWS = (  # no tests of one number per unit
    "mixed-model", "log-rank", "permutation", "parts", "joint", "likelihood",
)  # fmt: skip


def check_names(estimates: Estimates, ask: Contrast) -> None:
    """Refuse a quantity or key that the estimates do not have.

    Raises
    ------
    InputError
        With every fault and the nearest known name.

    Examples
    --------
    >>> check_names(Estimates.empty(), Contrast(quantity="ec50", between="treatment"))
    Traceback (most recent call last):
    ...
    exportin.tables.problems.InputError: study.toml: compare: ...
    """
    raise_all(
        [
            *quantity_faults(ask, estimates.frame.get_column("quantity").unique()),
            *key_faults(ask, estimates.keys),
        ]
    )


def quantity_faults(ask: Contrast, known: Iterable[str]) -> list[Problem]:
    """Give the fault of a quantity that is not there.

    Examples
    --------
    >>> ask = Contrast(quantity="IC50", between="arm")
    >>> quantity_faults(ask, ["ec50", "ic50_absolute"])[0].remedy
    "Did you mean 'ic50_absolute'?"
    """
    names = set(known)
    if ask.quantity in names:
        return []
    shared = shared_quantities()
    labels = {name: shared[name].label if name in shared else "" for name in names}
    message = f"there is no quantity '{ask.quantity}'."
    return [fault(ask, message, near_quantity(ask.quantity, labels))]


def key_faults(ask: Contrast, keys: Sequence[str]) -> list[Problem]:
    """Give a fault for every key that is not there.

    Examples
    --------
    >>> [p.remedy for p in key_faults(Contrast(quantity="q", between="armm"), ["arm"])]
    ["Did you mean 'arm'?"]
    """
    asked = {"between": [ask.between], "within": list(ask.within)}
    asked["modifier"] = [ask.modifier] if ask.modifier else []
    asked["unit"] = [ask.unit] if ask.unit else []
    return [
        fault(ask, f"{field} names '{name}', which is no key here.", near(name, keys))
        for field, names in asked.items()
        for name in names
        if name not in keys
    ]


def check_pairing(ask: Contrast, frame: pl.DataFrame, groups: Sequence[str]) -> None:
    """Refuse to guess whether animal 1 of one arm is animal 1 of the other.

    Experiments carry one name through all their groups; animals and patients are often numbered
    anew in each arm, and pairing them would give a wrong p value.

    Raises
    ------
    InputError
        If pairing is left to us and a unit that is no experiment stands in two groups.
    """
    if ask.pairing != "auto" or ask.test in UNPAIRED_ONLY:
        return
    kept = frame.filter(
        pl.col(ask.between).cast(pl.String).is_in(groups)
        & ~pl.col("experimental_unit").is_in(SHARED_UNITS)
    )
    cell = [ask.between, *([ask.modifier] if ask.modifier else [])]
    twice = (
        kept.group_by([*ask.within, "unit_id"], maintain_order=True)
        .agg(pl.struct(cell).n_unique().alias("cells"), pl.col("experimental_unit").first())
        .filter(pl.col("cells") > 1)
    )
    if twice.height:
        row = twice.row(0, named=True)
        message = (
            f"{row['experimental_unit']} '{row['unit_id']}' stands in more than one "
            f"{' or '.join(cell)}: the same one, or numbered anew in each group?"
        )
        remedy = 'Write pairing = "paired" (the same) or pairing = "unpaired" (numbered anew).'
        raise InputError(fault(ask, message, remedy))


def check_groups(ask: Contrast, groups: Sequence[str], known: Sequence[str]) -> None:
    """Refuse groups that are not there, and a question that does not say what to compare.

    Raises
    ------
    InputError
        With place and remedy.

    Examples
    --------
    >>> check_groups(Contrast(quantity="q", between="arm", versus="b"), ["a", "b"], ["a", "b"])
    """
    raise_all(group_faults(ask, groups, known))


def group_faults(ask: Contrast, groups: Sequence[str], known: Sequence[str]) -> list[Problem]:
    """Give every fault of the groups that a question names.

    Examples
    --------
    >>> ask = Contrast(quantity="q", between="arm", versus="c")
    >>> [p.message for p in group_faults(ask, ["a", "x"], ["a", "b"])]
    ["there is no arm 'x'.", "versus = 'c' is none of the groups of arm."]
    """
    out = [
        fault(ask, f"there is no {ask.between} '{name}'.", near(name, known))
        for name in groups
        if name not in known
    ]
    if ask.versus is not None and ask.versus not in groups:
        said = f"versus = '{ask.versus}' is none of the groups of {ask.between}."
        out.append(fault(ask, said, near(ask.versus, groups)))
    if len(groups) < 2:
        only = ", ".join(f"'{group}'" for group in groups) or "none"
        message = f"{ask.between} has fewer than two groups here: {only}."
        out.append(fault(ask, message, "Compare a key with two groups or more."))
    plain = not (ask.versus or ask.all_pairs or ask.trend or ask.test in OVERALL)
    if plain and ask.test != "two-way-anova" and len(groups) > 2:
        message = f"{ask.between} has {len(groups)} groups, and it is not said which to compare."
        remedy = f'Write versus = "{groups[0]}" or all_pairs = true or trend = true.'
        out.append(fault(ask, message, remedy))
    return out


def check_test(ask: Contrast) -> None:
    """Refuse combinations that make no sense, such as Tukey against one control.

    Raises
    ------
    InputError
        With place and remedy.

    Examples
    --------
    >>> check_test(Contrast(quantity="q", between="arm", versus="b", adjust="dunnett"))
    """
    raise_all(design_faults(ask))


def design_faults(ask: Contrast) -> list[Problem]:
    """Give every combination that makes no sense; needs no data.

    Examples
    --------
    >>> [p.message for p in design_faults(Contrast(quantity="q", between="arm", adjust="dunnett"))]
    ['Dunnett compares with one control, and versus is missing.']
    """
    rules = (
        (ask.test in BY_ROWS,
         f"test = '{ask.test}' does not answer {ask.quantity}: it is one number per unit.",
         'Write test = "auto".'),
        (ask.adjust == "dunnett" and ask.versus is None,
         "Dunnett compares with one control, and versus is missing.",
         'Write versus = "...", or adjust = "tukey" with all_pairs = true.'),
        (ask.adjust == "tukey" and ask.versus is not None,
         "Tukey compares all pairs, but versus names one control.",
         'Write adjust = "dunnett", or all_pairs = true without versus.'),
        (ask.adjust in ("dunnett", "tukey") and (ask.test not in ("auto", "t") or ask.trend
                                                 or ask.modifier is not None),
         f"{ask.adjust} belongs to t tests between groups.", 'Write adjust = "holm".'),
        (ask.adjust == "tukey" and ask.alternative != "two-sided",
         "Tukey's test is two-sided.", 'Write alternative = "two-sided" or adjust = "holm".'),
        (ask.pairing in ("paired", "blocked") and ask.test in UNPAIRED_ONLY,
         f"test = '{ask.test}' is for independent groups, but pairing = '{ask.pairing}'.",
         'Write test = "auto" or "wilcoxon", or pairing = "unpaired".'),
        (ask.pairing == "unpaired" and ask.test == "wilcoxon",
         "test = 'wilcoxon' (signed ranks) is for pairs, but pairing = 'unpaired'.",
         'Write test = "mann-whitney".'),
        (ask.test == "two-way-anova" and ask.modifier is None,
         "test = 'two-way-anova' needs a second factor.", 'Write modifier = "...".'),
        (ask.modifier is not None and ask.test not in ("auto", "t", "welch", "two-way-anova"),
         f"test = '{ask.test}' does not answer a difference of differences.",
         'Write test = "auto" or "two-way-anova".'),
        (ask.trend and ask.test not in ("auto", "t"),
         f"test = '{ask.test}' does not answer a trend.", 'Write test = "auto".'),
        (ask.unit is not None and ask.unit in (ask.between, ask.modifier),
         f"unit = '{ask.unit}' is also what is compared: each group would be one unit.",
         'Compare a property that several units share, e.g. between = "subtype".'),
        (ask.unit is not None and ask.unit in ask.within,
         f"unit = '{ask.unit}' stands in within too: each comparison would have one unit.",
         f"Take '{ask.unit}' out of within."),
        (ask.unit is not None and ask.pairing in ("paired", "blocked"),
         f"each {ask.unit} stands in one group, so pairing = '{ask.pairing}' has no pairs.",
         'Leave pairing out, or leave unit out and compare experiments.'),
        (ask.test == "kendall" and ask.unit is None,
         "test = 'kendall' asks about a measured property of lines, and unit is missing.",
         'Write unit = "model".'),
        (ask.test == "kendall" and (ask.versus is not None or ask.all_pairs or ask.trend),
         "test = 'kendall' takes all values of the property together.",
         "Leave versus, all_pairs and trend out."),
        (ask.versus is not None and ask.all_pairs,
         "versus and all_pairs contradict each other.", "Keep one of them."),
    )  # fmt: skip
    return [fault(ask, message, remedy) for wrong, message, remedy in rules if wrong]


def check_effect(ask: Contrast, scale: str) -> None:
    """Refuse a difference of fractions: tested on logits, their effect is an odds ratio.

    A t test of raw fractions would take one spread for 2 % and for 50 %.

    Raises
    ------
    InputError
        With place and remedy.

    Examples
    --------
    >>> check_effect(Contrast(quantity="ec50", between="arm", effect="difference"), "log10")
    """
    if ask.effect == "difference" and scale == "logit":
        message = f"{ask.quantity} is a fraction: it is tested on logits, and has an odds ratio."
        remedy = (
            "Leave effect out. Percentage points stand beside each odds ratio where all parts are "
            'asked for at once (quantity = "phases" of a cell cycle, "quadrants" of cell death).'
        )
        raise InputError(fault(ask, message, remedy))


def raise_all(faults: Sequence[Problem]) -> None:
    """Raise what was found, if anything.

    Examples
    --------
    >>> raise_all([])
    """
    if faults:
        raise InputError(faults)


def near_quantity(word: str, labels: Mapping[str, str]) -> str:
    """Name the quantity most likely meant, by its name or by how people call it.

    Parameters
    ----------
    word : str
    labels : mapping
        Name of each known quantity and what people call it.

    Examples
    --------
    >>> near_quantity("ic50", {"ec50": "EC50 (relative)", "ic50_absolute": "IC50 (absolute)"})
    "Did you mean 'ic50_absolute'?"
    """
    wanted = word.strip().casefold()
    for name, label in labels.items():
        spoken = label.casefold()
        if wanted in (name.casefold(), spoken, spoken.split(" (")[0]):
            return f"Did you mean '{name}'?"
    return near(word, set(labels))


def near(word: str, known: Sequence[str] | set[str]) -> str:
    """Name the nearest known word, or say that there is none.

    Examples
    --------
    >>> near("ec5", {"ec50"})
    "Did you mean 'ec50'?"
    """
    return nearest(word, known) if known else "There are none here."


def fault(ask: Contrast, message: str, remedy: str) -> Problem:
    """Return a problem of this question.

    Examples
    --------
    >>> fault(Contrast(quantity="q", between="arm"), "x.", "y.").code
    'compare'
    """
    return Problem(
        file="study.toml", place=ask.place, message=message, remedy=remedy, code="compare"
    )
