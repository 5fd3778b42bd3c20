"""Parts of a composition one by one: odds ratios, differences in points, and trends."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.answer import Answer
from exportin.inference.cells import Stratum, resolve_pairing, shared_units
from exportin.inference.composition_limits import AT_LIMIT, limit_answers
from exportin.inference.contrast_rows import family_rows, family_words
from exportin.inference.contrasts import working_scale
from exportin.inference.group_answers import Found
from exportin.inference.modifier_answers import modified
from exportin.inference.question import Contrast
from exportin.inference.strata import labels, make_strata
from exportin.inference.verdicts import counts
from exportin.results.formatting import format_cell, plain
from exportin.results.phrases import interval_parts

Row = dict[str, Any]
SHIFT = "difference in percentage points"
BEYOND = {"=": "", "<": "less than ", ">": "more than "}
ONLY_ZERO = "a fraction is 0 or 1, and the number of events that would place it is not known"


def part_found(moved: pl.DataFrame, part: str, ask: Contrast, groups: Sequence[str]) -> Found:
    """Answer the question of one part on logits, without an adjustment yet.

    Parts are answered as any quantity with the scale logit.
    """
    frame = moved.filter(pl.col("quantity") == part).drop("half")
    one = replace(ask, quantity=part, test="auto", effect="auto")
    strata = list(make_strata(frame, one, groups, working_scale("logit", "auto")))
    if one.modifier is not None:
        found = modified(strata, one, groups, labels(frame, one.modifier))
    else:
        found = limit_answers(strata, one, groups)
    return [(s, _placed(answer, s)) for s, answer in found]


def _placed(answer: Answer, stratum: Stratum) -> Answer:
    """Say of an impossible logit that it is a fraction of 0 or 1."""
    if answer.status == "not_identifiable" and any(c.off for c in stratum.cells.values()):
        return replace(answer, message=ONLY_ZERO)
    return answer


def part_rows_of(
    found: Sequence[tuple[str, Stratum, Answer]],
    ask: Contrast,
    frame: pl.DataFrame,
    *,
    rule: str,
    halves: pl.DataFrame,
) -> list[Row]:
    """Adjust answers of parts as one family and write them as rows, the rule behind the family."""
    plain_found = [(stratum, answer) for _, stratum, answer in found]
    rows = family_rows(plain_found, ask, frame, "logit")
    done = []
    for row, (part, stratum, _) in zip(rows, found, strict=True):
        half = _moved(halves, part, stratum)
        method = f"{row['method']}+composition_parts" + ("+half_event" if half else "")
        said = f"{part}: {row['verdict']}"
        said += "; one half event was added to every tube, as some part is empty" if half else ""
        done.append(row | {
            "part": part, "family": f"{row['family']}; {rule}", "method": method, "verdict": said,
            "effect_kind": row["effect_kind"].replace(f" of {ask.quantity}", f" of {part}"),
        })  # fmt: skip
    return done


def _moved(halves: pl.DataFrame, part: str, stratum: Stratum) -> bool:
    here = halves.filter(pl.col("quantity") == part)
    for key, value in stratum.keys.items():
        if key in here.columns and value is not None:
            here = here.filter(pl.col(key) == value)
    return bool(here.get_column("half").any())


def point_rows(
    frame: pl.DataFrame, part: str, ask: Contrast, groups: Sequence[str]
) -> list[tuple[tuple[str, ...], Row]]:
    """Differences of mean fractions in percentage points, without a p value of their own.

    They come from the same model as the odds ratio beside them: group + experiment over all groups
    where experiments hold several of more than two groups, pairs of two, else Welch's.

    Parameters
    ----------
    frame : DataFrame
        Fractions as measured.
    part, ask, groups
        Part and question.

    Returns
    -------
    list of (place, row)
        ``place`` names stratum and groups, as of the odds ratio that the row belongs to.
    """
    mine = frame.filter(pl.col("quantity") == part)
    one = replace(ask, quantity=part, test="auto", adjust="none")
    unit = str(mine.item(0, "experimental_unit"))
    done = []
    for stratum in make_strata(mine, one, groups, "linear"):
        cells = [stratum.cell(g) for g in groups if (g,) in stratum.cells]
        if one.trend and resolve_pairing(cells, ask.pairing) == "unpaired":
            continue
        done += [
            (place_of(stratum.keys, a), _point_row(stratum, a, part, ask, unit))
            for _, a in limit_answers([stratum], one, groups)
            if one.trend or all((g,) in stratum.cells for g in (a.group_a, a.group_b or ""))
        ]
    return done


def place_of(keys: Mapping[str, Any], answer: Answer) -> tuple[str, ...]:
    """Name stratum and groups of an answer."""
    return (*(str(value) for value in keys.values()), answer.group_a, str(answer.group_b))


def _point_row(stratum: Stratum, answer: Answer, part: str, ask: Contrast, unit: str) -> Row:
    kind = f"{SHIFT} of {part}"
    if answer.measure == "slope":
        kind += f" per {'step' if ask.groups else 'unit'} of {ask.between}"
    effect, low, high = (None if v is None else 100.0 * v
                         for v in (answer.effect, answer.low, answer.high))  # fmt: skip
    usable = answer.status in ("ok", "too_few", "at_bound")
    method = "difference_of_fractions" + (f"+{AT_LIMIT}" if answer.bound != "=" else "")
    row: Row = {
        **stratum.keys, "part": part, "quantity": ask.quantity, "units": "%",
        "group_a": answer.group_a, "group_b": answer.group_b, "test": "Difference of fractions",
        "alternative": answer.alternative, "effect": effect if usable else None,
        "pairing": answer.pairing,
        "effect_kind": kind, "bound": answer.bound if usable else "=",
        "conf_low": low if usable else None,
        "conf_high": high if usable else None,
        "conf_open": answer.conf_open if low is not None or high is not None else "both",
        "conf_level": answer.conf_level, "n_a": answer.n_a,
        "n_b": None if answer.group_b is None else answer.n_b,
        "method": method, "family": f"no test ({family_words(ask)})",
        "status": answer.status if usable else "not_identifiable",
    }  # fmt: skip
    return row | {"verdict": _point_verdict(row, answer, stratum, unit)}


def _point_verdict(row: Row, answer: Answer, stratum: Stratum, unit: str) -> str:
    if row["effect"] is None:
        return f"{row['part']}: not estimable: {answer.message[:1].lower()}{answer.message[1:]}"
    limits = plain(row, interval_parts(row)) if row["conf_open"] != "both" else "no interval"
    size = f"{BEYOND[row['bound']]}{format_cell(row, 'effect')} percentage points"
    size += f" ({limits})" if limits else ""
    if answer.group_b is None:
        step = row["effect_kind"].rpartition(" per ")[2].split(" of ")[0]
        return f"{row['part']}: {size} per {step} of {row['group_a']}, {counts(answer, unit)}"
    means = _means(stratum, answer)
    said = f"{row['part']}: {answer.group_a} minus {answer.group_b}: {size}, {means}, "
    return said + counts(answer, unit) + (f"; {answer.message}" if row["bound"] != "=" else "")


def _means(stratum: Stratum, answer: Answer) -> str:
    """Say the means; those of a model with gaps do not differ by what the measured ones do."""
    cells = [stratum.cell(g) for g in (str(answer.group_b), answer.group_a)]
    units = shared_units(cells) if answer.pairing == "paired" else None
    codes = [set(cell.censor(units).tolist()) for cell in cells]
    side = ["less than " if -1 in c else "more than " if 1 in c else "" for c in codes]
    b, a = (
        f"{word}{100.0 * float(np.mean(cell.values(units))):.3g}"
        for word, cell in zip(side, cells, strict=True)
    )
    gaps = answer.pairing == "blocked" and set(cells[0].known) != set(cells[1].known)
    return f"measured means {b} and {a} %" if gaps else f"from {b} to {a} %"
