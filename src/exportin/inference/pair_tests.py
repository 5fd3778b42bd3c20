"""Two groups: which test answers, given pairing and bounds."""

from dataclasses import replace

from exportin.inference.answer import Answer, Ask, answer_of
from exportin.inference.between import MIN_UNITS
from exportin.inference.bounded import bounded_pairs
from exportin.inference.cells import Cell, all_units, lost_units, shared_units
from exportin.inference.gehan import bounded_groups
from exportin.inference.outcome import TestResult
from exportin.inference.ranks import mann_whitney, signed_rank
from exportin.inference.two_sample import paired_t, student_t, welch_t

UNPAIRED = {"auto": welch_t, "welch": welch_t, "t": student_t, "mann-whitney": mann_whitney}


def compare_pair(a: Cell, b: Cell, ask: Ask) -> Answer:
    """Compare two groups of units; a minus b on the working scale.

    Examples
    --------
    >>> a = Cell({"E1": (2.0, 0), "E2": (2.2, 0), "E3": (2.1, 0)})
    >>> b = Cell({"E1": (1.0, 0), "E2": (1.1, 0), "E3": (1.2, 0)})
    >>> compare_pair(a, b, Ask(pairing="paired")).method
    'paired_t'
    """
    paired = ask.pairing != "unpaired"
    stopped = unusable(a, b)
    if stopped is None:
        answer = _paired(a, b, ask) if paired else _unpaired(a, b, ask)
    else:
        test = "Paired t test" if paired else "Welch t test"
        answer = replace(stopped, test=test, method="paired_t" if paired else "welch_t",
                         n_a=a.n, n_b=b.n)  # fmt: skip
    gone = lost_units([a, b])
    if paired:
        gone |= set(all_units([a, b])) - set(shared_units([a, b]))
    return replace(answer, left_out=len(gone) + answer.left_out, alternative=ask.alternative,
                   pairing="paired" if paired else "unpaired")  # fmt: skip


def unusable(*cells: Cell) -> Answer | None:
    """Say why these cells cannot be compared at all; None where they can.

    Examples
    --------
    >>> unusable(Cell({}, silent=2), Cell({"E1": (1.0, 0)})).status
    'no_response'
    """
    blank = Answer(test="", method="", conf_open="none")
    if any(cell.off for cell in cells):
        text = (
            "A value is zero or negative, so it has no logarithm (or, as a fraction, 0 or 1, so it "
            "has no logit)."
        )
        return replace(blank, status="not_identifiable", message=text)
    silent = sum(cell.silent for cell in cells)
    if silent:
        every = any(cell.silent and not cell.n for cell in cells)
        text = f"Units without a response: {silent}; this number does not exist there."
        status = "no_response" if every else "not_identifiable"
        return replace(blank, status=status, message=text)
    return None


def _paired(a: Cell, b: Cell, ask: Ask) -> Answer:
    units = shared_units([a, b])
    x, y = (Cell({u: cell.known[u] for u in units}) for cell in (a, b))
    if not (x.exact and y.exact):
        return bounded_pairs(x, y, ask)
    test = signed_rank if ask.test == "wilcoxon" and x.n >= MIN_UNITS else paired_t
    result = test(x.values(), y.values(), alternative=ask.alternative, conf_level=ask.conf_level)
    return _answer(result)


def _unpaired(a: Cell, b: Cell, ask: Ask) -> Answer:
    if not (a.exact and b.exact):
        return bounded_groups(a, b, ask)
    few = min(a.n, b.n) < MIN_UNITS  # Student would borrow the other's spread, ranks reach no level
    test = welch_t if few else UNPAIRED[ask.test]
    return _answer(test(a.values(), b.values(), alternative=ask.alternative,
                        conf_level=ask.conf_level))  # fmt: skip


def _answer(result: TestResult) -> Answer:
    rank = result.method.startswith(("mann_whitney", "signed_rank"))
    return answer_of(result, "rank shift" if rank else "shift")
