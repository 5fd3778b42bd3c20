"""A question between groups, as the study file asks it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One question; its answers form one family per quantity.

    Parameters
    ----------
    quantity
        Name of what is compared.
    between
        Design key whose groups are compared.
    versus
        Reference group; None where all pairs or a trend are asked for.
    groups
        Only these groups, in this order; None means all, sorted.
    within
        One comparison per value of these keys.
    all_pairs, trend
        Every group against every other; slope over ordered groups.
    modifier, modifier_versus
        Second key of a difference of differences and its reference.
    pairing
        auto, unpaired, paired or blocked.
    unit
        What counts as one: None, the experiments (animals, patients) themselves; a design key
        such as "model", each line with its pooled number.
    test, adjust, alternative, effect, conf_level
        As in the study file.
    level
        between units; or within: two curves of one unit by their wells (`compare_within`).
    place
        Key of the study file, for messages.

    Examples
    --------
    >>> Contrast(quantity="ec50", between="treatment", versus="doxorubicin").adjust
    'holm'
    """

    quantity: str
    between: str
    versus: str | None = None
    groups: tuple[str, ...] | None = None
    within: tuple[str, ...] = ()
    all_pairs: bool = False
    trend: bool = False
    modifier: str | None = None
    modifier_versus: str | None = None
    unit: str | None = None
    pairing: str = "auto"
    test: str = "auto"
    adjust: str = "holm"
    alternative: str = "two-sided"
    effect: str = "auto"
    conf_level: float = 0.95
    level: str = "between"
    place: str = "compare"
