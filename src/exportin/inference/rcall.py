"""The data set and the R call that give the same number as a row of Tests."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from exportin.inference.cells import Cell, make_cell
from exportin.inference.line_units import unit_rows, unit_said
from exportin.inference.rscripts import SCRIPTS
from exportin.inference.rtext import r_column, r_number, r_text
from exportin.inference.strata import label, labels
from exportin.results.tables import Estimates

SCALES = ("log10", "ln", "logit")


class Question(NamedTuple):
    """What a row of Tests asked, read back from its words."""

    between: str
    modifier: str | None
    groups: tuple[str, ...]


def r_call(estimates: Estimates, test_row: Mapping[str, Any]) -> str:
    """Write the R program that gives p and effect of one comparison.

    It prints ``p`` and ``effect`` (natural units) with 15 digits. Base R is enough except for
    Dunnett (package multcomp). Family-wise adjustments of Holm, Hochberg, Bonferroni and BH are
    not remade: they need the whole family.

    Parameters
    ----------
    estimates : Estimates
        The estimates that were compared.
    test_row : mapping
        One row of Tests, as a dict.

    Returns
    -------
    str
        R text to run with Rscript or to paste; where the row has no p value, a comment.

    Raises
    ------
    ValueError
        If the estimates do not hold the groups of the row.

    Examples
    --------
    >>> from exportin.inference.contrasts import Contrast, compare_units
    >>> what = {"block": "b", "assay": "a", "quantity": "value", "method": "m",
    ...         "experimental_unit": "mouse"}
    >>> rows = [what | {"arm": arm, "unit_id": f"{arm}{i}", "value": float(i + len(arm))}
    ...         for arm in ("drug", "vehicle") for i in range(3)]
    >>> made = Estimates.build(rows)
    >>> tests = compare_units(made, Contrast(quantity="value", between="arm", versus="vehicle"))
    >>> print(r_call(made, tests.frame.row(0, named=True)).splitlines()[-3])
    fit <- t.test(value ~ group, data = d, alternative = "two.sided")
    """
    said = " ".join(test_row["verdict"].split())  # a name with a line break stays a remark
    head = [f"# {test_row['quantity']}: {said}", f"# method: {test_row['method']}"]
    if test_row["p_value"] is None:
        return "\n".join([*head, "# no test was made, so there is nothing to compute", ""])
    method = test_row["method"]
    if method not in SCRIPTS:
        raise ValueError(f"there is no R call for method '{method}'")
    frame = _rows(estimates, test_row)
    ask = read_question(frame, test_row, estimates.keys)
    scale = next((s for s in SCALES if test_row["test"].endswith(f" on {s}")), "linear")
    data = _data(frame, ask, test_row, scale)
    script = SCRIPTS[method](test_row)
    moved = scale if test_row["effect_kind"].split()[0] not in ("partial", "epsilon") else "linear"
    back = {"linear": "effect", "log10": "10^effect"}.get(moved, "exp(effect)")
    tail = f'cat(sprintf("p %.15g\\neffect %.15g\\n", p, {back}))'
    return "\n".join([*head, data, *script, tail, ""])


def _rows(estimates: Estimates, row: Mapping[str, Any]) -> pl.DataFrame:
    """Return unit rows of the quantity in the row's stratum."""
    frame = unit_rows(estimates.frame, unit_said(row["family"])).filter(
        pl.col("quantity") == row["quantity"],
        pl.col("block") == row["block"], pl.col("assay") == row["assay"],
    )  # fmt: skip
    for key in estimates.keys:
        if row.get(key) is not None:
            frame = frame.filter(pl.col(key) == row[key])
    return frame


def read_question(frame: pl.DataFrame, row: Mapping[str, Any], keys: Sequence[str]) -> Question:
    """Read `quantity by between [and modifier] [within ...] [among a, b]` of the family.

    Examples
    --------
    >>> frame = pl.DataFrame({"arm": ["x", "y"]})
    >>> row = {"quantity": "ec50", "family": "one test (ec50 by arm)"}
    >>> read_question(frame, row, ("arm",)).groups
    ('x', 'y')
    """
    words = row["family"].split(f"({row['quantity']} by ", 1)[-1]
    for between in sorted(keys, key=len, reverse=True):
        if not words.startswith(between):
            continue
        rest = words.removeprefix(between)
        named = rest.removeprefix(" and ") if rest.startswith(" and ") else ""
        by_length = sorted(keys, key=len, reverse=True)
        modifier = next((k for k in by_length if named.startswith(k)), None)
        known = labels(frame, between)
        listed = rest.split(" among ", 1)[1] if " among " in rest else ""
        groups = [g for g in known if _named_in(g, listed)] if listed else known
        if " among " in rest:
            groups.sort(key=listed.index)
        return Question(between, modifier, tuple(groups))
    raise ValueError(f"the family '{row['family']}' names no key of the estimates")


def _named_in(group: str, listed: str) -> bool:
    ends = (", ", ")", ";")
    return any(f", {group}{end}" in f", {listed}" for end in ends)


def _data(frame: pl.DataFrame, ask: Question, row: Mapping[str, Any], scale: str) -> str:
    """Write the data frame d: value, group, unit, and censor and modifier where they matter."""
    frame = frame.filter(pl.col(ask.between).is_not_null()).sort("unit_id")
    keys = [ask.between, *([ask.modifier] if ask.modifier else [])]
    cells: dict[tuple[str, ...], Cell] = {}
    for group, part in sorted(frame.drop_nulls(keys).partition_by(keys, as_dict=True).items()):
        name = tuple(label(value) for value in group)
        if name[0] in ask.groups and _wanted(name, row, ask):
            cells[name] = make_cell(part.to_dicts(), scale)
    lines = [(v, code, name, u) for name, c in cells.items() for u, (v, code) in c.known.items()]
    columns: dict[str, str] = {
        "value": r_column([v for v, *_ in lines], r_number),
        "group": r_column([name[0] for *_, name, _ in lines], r_text),
        "unit": r_column([u for *_, u in lines], r_text),
    }
    if ask.modifier:
        columns["modifier"] = r_column([name[1] for *_, name, _ in lines], r_text)
    if any(code for _, code, *_ in lines):
        columns["censor"] = r_column([float(code) for _, code, *_ in lines], r_number)
    body = ",\n  ".join(f"{name} = {text}" for name, text in columns.items())
    unit = {"linear": "", "log10": "  # log10", "ln": "  # ln", "logit": "  # logit"}[scale]
    order = ", ".join(r_text(group) for group in _order(ask, row))
    return f"d <- data.frame({unit}\n  {body})\nd$group <- factor(d$group, levels = c({order}))"


def _wanted(name: tuple[str, ...], row: Mapping[str, Any], ask: Question) -> bool:
    """Whether a cell belongs to the test: pairs need their two groups, models need all."""
    whole = ("blocked_contrast", "dunnett", "dunnett_simulated", "tukey", "one_way_anova",
             "blocked_anova", "kruskal_wallis", "linear_trend", "trend_of_slopes",
             "two_way_anova_type3", "kendall_bounds", "gehan_overall")  # fmt: skip
    if row["method"] in whole:
        return True
    if ask.modifier is None:
        return name[0] in (row["group_a"], row["group_b"])
    levels = [row[side].split(" in ", 1)[-1] for side in ("group_a", "group_b")]
    pair = row["group_a"].split(" in ", 1)[0].split(" vs ", 1)
    return name[1] in levels and name[0] in pair


def _order(ask: Question, row: Mapping[str, Any]) -> list[str]:
    """Levels: group a first for pairs, the reference first for models."""
    groups = list(ask.groups)
    if row["group_b"] is None:
        return groups
    if ask.modifier is not None:
        return row["group_a"].split(" in ", 1)[0].split(" vs ", 1)  # type: ignore[no-any-return]
    a, b = row["group_a"], row["group_b"]
    if row["method"].startswith(("dunnett", "blocked_contrast", "tukey")):
        return [b, *(g for g in groups if g != b)]
    return [a, b]
