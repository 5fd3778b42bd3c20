"""What a question about a composition may not ask, with what to write instead."""

from collections.abc import Sequence
from dataclasses import replace

from exportin.inference.contrast_checks import design_faults, fault, group_faults, raise_all
from exportin.inference.question import Contrast

WHOLE = ("joint", "likelihood")
KNOWN = ("auto", "parts", *WHOLE)


def composition_fault(
    ask: Contrast, parts: Sequence[str], primary: str = ""
) -> tuple[str, str] | None:
    """Say what of a question cannot be answered for a composition; fits an assay's ``fault``.

    Parameters
    ----------
    ask : Contrast
    parts : sequence of str
        Parts of the composition.
    primary : str
        Part named beforehand; the first where empty.

    Returns
    -------
    (message, remedy) or None

    Examples
    --------
    >>> ask = Contrast(quantity="phases", between="arm", test="joint", alternative="less")
    >>> composition_fault(ask, ("g1", "s", "g2m"))[0]
    'a whole composition has no direction, so its test is two-sided.'
    """
    whole = ask.test in WHOLE
    family = ask.adjust in ("dunnett", "tukey")
    rules = (
        (ask.test not in KNOWN, f"test = '{ask.test}' does not answer a composition.",
         'Write test = "parts", "joint" or "likelihood", or ask for one part by its own name.'),
        (len(parts) < 2, "a composition has two parts or more.", "Name all of its parts."),
        (bool(primary) and primary not in parts, f"the primary part '{primary}' is none of "
         f"{', '.join(parts)}.", "Name one of the parts."),
        (ask.test == "joint" and len(parts) < 3, "two parts are one number: there is nothing to "
         "test jointly.", 'Write test = "parts".'),
        (whole and ask.alternative != "two-sided",
         "a whole composition has no direction, so its test is two-sided."
         if ask.test == "joint" else "likelihood-ratio tests are two-sided.",
         "Leave alternative out."),
        (whole and ask.modifier is not None, f"test = '{ask.test}' does not answer a difference "
         "of differences.", 'Write test = "parts".'),
        (ask.test == "likelihood" and ask.trend, "the likelihood test compares pairs of groups.",
         'Write test = "parts" or "joint" for a trend.'),
        (whole and family, f"{ask.adjust} belongs to t tests between groups.",
         'Write adjust = "holm".'),
        (ask.unit is not None, "a composition is compared between experiments.",
         "Leave unit out."),
        (ask.effect == "difference", "parts are tested on logits; the difference in percentage "
         "points stands beside each odds ratio.", "Leave effect out."),
    )  # fmt: skip
    return next(((said, remedy) for wrong, said, remedy in rules if wrong), None)


def check_composition(
    ask: Contrast,
    parts: Sequence[str],
    primary: str,
    *,
    groups: Sequence[str] | None = None,
    known: Sequence[str] = (),
) -> None:
    """Refuse what `composition_fault` names, and groups that are not there.

    Raises
    ------
    InputError
        With place and remedy.

    Examples
    --------
    >>> ask = Contrast(quantity="phases", between="arm", versus="DMSO")
    >>> check_composition(ask, ("g1", "s", "g2m"), "g1")
    """
    said = composition_fault(ask, parts, primary)
    plain = replace(ask, test="auto", effect="auto")
    faults = [fault(ask, *said)] if said else design_faults(plain)
    if not faults and groups is not None:
        everyone = ask.test == "joint" and ask.modifier is None  # all groups at once is an answer
        faults = group_faults(replace(plain, test="anova") if everyone else plain, groups, known)
    raise_all(faults)
