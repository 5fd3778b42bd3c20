"""Families of tests in words: what was adjusted, how, and what the intervals cover."""

import re
from collections.abc import Sequence

from exportin.inference.methods import ADJUSTMENTS
from exportin.report.names import Names, plural
from exportin.results.formatting import LOG_SCALES, format_cell
from exportin.results.methods import Reference
from exportin.results.phrases import Row
from exportin.results.tables import Tests
from exportin.study.outcome import BlockOutcome

SIMULTANEOUS = ("Dunnett", "Tukey")
CALLED = {"Tukey": "the Tukey-Kramer procedure", "Dunnett": "Dunnett's procedure",
          "Benjamini-Hochberg": "the method of Benjamini and Hochberg (false discovery rate)",
          "Bonferroni": "Bonferroni's method", "Holm": "Holm's method",
          "Hochberg": "Hochberg's method"}  # fmt: skip
REPLACED = re.compile(r"; (\S+) needs exact values")
SAME_STRATUM = "intervals simultaneous within a stratum"
TESTED = re.compile(r"(\d+) tests")


def adjustment(family: str) -> str:
    """Return the adjustment with which a family begins; empty where nothing was adjusted.

    >>> adjustment("Holm over 4 tests (ec50 by arm)"), adjustment("one test (ec50 by arm)")
    ('Holm', '')
    """
    word = family.partition(" ")[0]
    return word if word in ADJUSTMENTS else ""


def coverage(family: str) -> str:
    """Say what the intervals of a family cover; empty where it is one test.

    >>> coverage("Holm over 4 tests (ec50 by arm)"), coverage("Dunnett over 2 tests (ec50 by arm)")
    ('intervals per comparison, not adjusted', 'simultaneous intervals')
    """
    if adjustment(family) in SIMULTANEOUS:
        return "" if "intervals simultaneous" in family else "simultaneous intervals"
    alone = family.startswith(("one test", "no test")) or not family
    return "" if alone else "intervals per comparison, not adjusted"


def family_sentences(block: BlockOutcome, names: Names) -> list[tuple[str, tuple[Reference, ...]]]:
    """Write one sentence per family of tests, with what it cites."""
    between = [_sentence(rows, names) for rows in _families(block.tests)]
    within = [_sentence(rows, names) for rows in _families(block.within)]
    where = f"Within one {block.experimental_unit or 'unit'} (technical), comparisons of"
    return [*between, *((text.replace("Comparisons of", where, 1), r) for text, r in within)]


def _families(tests: Tests) -> list[list[Row]]:
    """Sort tested rows by family."""
    families: dict[tuple[str, ...], list[Row]] = {}
    for row in tests.frame.to_dicts():
        if row["family"] and row["p_value"] is not None:
            key = (row["quantity"], row["family"], row["alternative"])
            families.setdefault(key, []).append(row)
    return list(families.values())


def _sentence(rows: Sequence[Row], names: Names) -> tuple[str, tuple[Reference, ...]]:
    family, quantity = rows[0]["family"], rows[0]["quantity"]
    inside, rule = _parts(family)
    about = names.words(REPLACED.sub("", inside), quantity) if inside else names.label(quantity)
    word = adjustment(family)
    p = f"{rows[0]['alternative']} p values"
    if rows[0]["alternative"] != "two-sided":
        p = f"one-sided p values ({rows[0]['alternative']})"
    if word:
        count = TESTED.search(family)
        size = int(count[1]) if count else len(rows)
        within = "within each stratum" in family
        text = f"{p} were adjusted by {CALLED[word]}"
        text += " within each stratum and Bonferroni's method over strata" if within else ""
        text += f" for {size} {plural('test', size)}"
    else:
        text = f"{p} were not adjusted"
        if family.startswith("one test"):
            text = f"one test, {p.replace('values', 'value')}, not adjusted"
    text = f"Comparisons of {about}: {text}"
    asked = REPLACED.search(family)
    if asked:
        text += (
            f" ({CALLED.get(asked[1], asked[1])} was asked for, but needs exact values, and some "
            "units gave only a bound)"
        )
    text += f"; {rule}" if rule else ""
    references = ADJUSTMENTS.get(word, ())
    if word and "within each stratum" in family:
        references = (*references, *ADJUSTMENTS["Bonferroni"])
    return text + _intervals(rows, word), references


def _parts(family: str) -> tuple[str, str]:
    """Return what a family is about, and the rule behind it that no other words tell.

    >>> _parts("one test (phases by arm (uM)); g1 is the primary part, not adjusted")
    ('phases by arm (uM)', 'g1 is the primary part, not adjusted')
    """
    start, depth = family.find("("), 0
    for at in range(start, len(family)) if start >= 0 else ():
        depth += {"(": 1, ")": -1}.get(family[at], 0)
        if depth == 0:
            said = [part for part in family[at + 1 :].split("; ") if part.strip()]
            return family[start + 1 : at], "; ".join(x for x in said if x != SAME_STRATUM)
    return family[start + 1 :].removesuffix(")") if start >= 0 else "", ""


def _intervals(rows: Sequence[Row], word: str) -> str:
    limited = [r for r in rows if r["conf_low"] is not None or r["conf_high"] is not None]
    if not limited:
        return ""
    levels = sorted({format_cell(r, "conf_level") for r in limited if r["conf_level"] is not None})
    sides = "two-sided" if limited[0]["alternative"] == "two-sided" else "one-sided"
    log = any(r["test"].endswith(tuple(f" on {scale}" for scale in LOG_SCALES)) for r in limited)
    if word in SIMULTANEOUS:
        inside = " within each stratum" if "within each stratum" in rows[0]["family"] else ""
        covers = f"cover all comparisons{inside} at once (simultaneous)"
    elif rows[0]["family"].startswith("one test"):
        covers = "hold for this comparison"
    else:
        covers = "hold for the single comparison and are not adjusted"
    scale = "; they were computed on logarithms and are given as ratios" if log else ""
    if len(limited) == 1 and rows[0]["family"].startswith("one test"):
        scale = ", computed on logarithms and given as a ratio" if log else ""
        return f"; the {levels[0]} interval of the effect is {sides}{scale}"
    return f"; the {' and '.join(levels)} intervals of the effects are {sides}, {covers}{scale}"
