"""One plain sentence per comparison, as a pharmacologist would say it."""

from math import floor, log10

from exportin.inference.answer import Answer

ALPHA = 0.05
"""At or above this adjusted p the sentence says "no difference shown" (Fisher's convention)."""
NOT_SHOWN = {"slope": "no trend shown", "interaction": "no change of the effect shown"}


def digits(value: float, n: int = 3) -> str:
    """Write a number with so many significant digits.

    Examples
    --------
    >>> digits(1.8), digits(0.001234), digits(12345.6), digits(2.5e-9)
    ('1.8', '0.00123', '12346', '2.5e-09')
    """
    if value == 0.0:
        return "0"
    power = floor(log10(abs(value)))
    if not -5 < power < 7:
        return f"{value:.{n}g}"
    text = f"{value:.{max(n - 1 - power, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def verdict(
    answer: Answer,
    shown: tuple[float | None, float | None, float | None],
    *,
    ratio: bool,
    units: str,
    unit: str,
    adjust: str,
) -> str:
    """Say what was found: effect, interval, p and how many units.

    Parameters
    ----------
    answer : Answer
    shown : (effect, low, high)
        In natural units.
    ratio : bool
        Whether the effect is a ratio.
    units : str
        Unit of a difference.
    unit : str
        What is independent: experiment, animal.
    adjust : str
        Name of the adjustment, empty for none.

    Examples
    --------
    >>> answer = Answer(test="t", method="paired_t", group_a="selinexor", group_b="doxorubicin",
    ...                 pairing="paired", p_value=0.02, p_adjusted=0.04, n_a=3, n_b=3)
    >>> verdict(answer, (1.8, 1.2, 2.7), ratio=True, units="", unit="experiment", adjust="Holm")
    'selinexor 1.8 times doxorubicin (1.2 to 2.7), p = 0.02 (Holm 0.04), 3 paired experiments'
    """
    size = _size(answer, shown[0], ratio=ratio, units=units)
    limits = _limits(shown[1], shown[2]) if size else ""
    n = counts(answer, unit)
    note = answer.message.rstrip(".")
    if answer.left_out:
        note = f"{note}; {answer.left_out} {unit}{'s' if answer.left_out > 1 else ''} left out"
    note = note.lstrip("; ")
    end = f"; {note}" if note else ""
    if answer.p_value is None:
        return f"not estimable: {note[:1].lower()}{note[1:]}" + (f" ({size}, {n})" if size else "")
    p = f"p = {digits(answer.p_value, 2)}"
    if adjust and answer.p_adjusted is not None:
        p += f" ({adjust} {digits(answer.p_adjusted, 2)})"
    final = answer.p_value if answer.p_adjusted is None else answer.p_adjusted
    first = "" if final < ALPHA else NOT_SHOWN.get(answer.measure, "no difference shown") + ": "
    return f"{first}{size}{limits}, {p}, {n}{end}"


def counts(answer: Answer, unit: str) -> str:
    """Write how many units stand behind a comparison.

    Examples
    --------
    >>> counts(Answer(test="t", method="welch_t", group_b="b", n_a=4, n_b=5), "animal")
    '4 and 5 animals'
    """
    if answer.pairing == "paired" and answer.n_a == answer.n_b:
        return f"{answer.n_a} paired {_plural(unit, answer.n_a)}"
    how = "blocked " if answer.pairing == "blocked" else ""
    if answer.group_b is None:
        return f"{answer.n_a} values" if how else f"{answer.n_a} {_plural(unit, answer.n_a)}"
    if how and answer.n_a == answer.n_b:
        return f"{answer.n_a} {how}{_plural(unit, answer.n_a)}"
    return f"{answer.n_a} and {answer.n_b} {how}{_plural(unit, max(answer.n_a, answer.n_b))}"


def _plural(unit: str, n: int) -> str:
    return unit if n == 1 else f"{unit}s"


def _limits(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    left = "open" if low is None else digits(low)
    return f" ({left} to {'open' if high is None else digits(high)})"


def _size(answer: Answer, effect: float | None, *, ratio: bool, units: str) -> str:
    """Effect in words: a is x times b, or a minus b is x."""
    if effect is None:
        return ""
    beyond = {"=": "", ">": "more than ", "<": "less than "}[answer.bound]
    number = f"{beyond}{digits(effect)}"
    a, b = answer.group_a, answer.group_b
    if answer.measure == "share":
        return f"{a}: {answer.kind} {number}"
    if answer.measure == "slope":
        per = "times per step" if ratio else f"{units} per step".strip()
        return f"{a}: {number} {per}"
    if answer.measure == "interaction":
        what = f"{number} times" if ratio else f"by {number} {units}".strip()
        return f"{a}: effect {what} that of {b}" if ratio else f"{a}: effect larger {what} than {b}"
    if ratio:
        return f"{a} {number} times {b}"
    return f"{a} minus {b}: {number} {units}".strip()
