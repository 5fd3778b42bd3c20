"""Doses of all wells in one unit: no thousand-fold mistakes between nM and uM."""

from collections.abc import Iterable, Iterator

import polars as pl

from exportin.knowledge.drugs import molar_masses
from exportin.tables.problems import Problem, nearest
from exportin.tables.units import convert, find_unit

SAME = 0.05  # doses that differ by less than 5 % beside a factor of 1000
MOLAR, MASS = "nM", "ng/mL"  # what results are given in unless the study says otherwise


def check_doses(frame: pl.DataFrame, unit: str) -> tuple[Problem, ...]:
    """Return what forbids bringing the doses of each treatment to one unit.

    ``frame`` needs role, treatment, dose, dose_unit, file and row_id.
    """
    out: list[Problem] = []
    dosed = frame.filter((pl.col("role") == "treated") & (pl.col("dose") > 0))
    bare = dosed.filter(pl.col("dose_unit").fill_null("").str.strip_chars() == "")
    if bare.height:
        row = bare.row(0, named=True)
        more = f" (and {bare.height - 1} more)" if bare.height > 1 else ""
        message = f"the dose {row['dose']:g} of row {row['row_id']} has no unit{more}."
        remedy = 'Add a column dose_unit, or constants = { dose_unit = "nM" } to the block.'
        return (_problem(row["file"], message, remedy, "no-unit"),)
    target = find_unit(unit) if unit else None
    if unit and target is None:
        remedy = nearest(unit, ("nM", "uM", "mM", "pM", "ng/mL", "ug/mL"))
        return (_problem("study.toml", f"the dose_unit '{unit}' is unknown.", remedy, "unit"),)
    pairs = dosed.select("treatment", "dose_unit", "file").unique().sort(pl.all())
    by_drug: dict[str, set[str]] = {}
    for drug, name, file in pairs.iter_rows():
        found = find_unit(name)
        if found is None:
            remedy = nearest(name, ("nM", "uM", "mM", "pM", "ng/mL", "ug/mL"))
            out.append(_problem(file, f"the unit '{name}' of {drug} is unknown.", remedy, "unit"))
            continue
        wanted = by_drug.setdefault(drug, {target.dimension} if target else set())
        wanted.add(found.dimension)
    out += [p for drug, kinds in by_drug.items() for p in _mixed(drug, kinds)]
    return tuple(out) if out else tuple(_thousandfold(dosed))


def _thousandfold(dosed: pl.DataFrame) -> Iterator[Problem]:
    """Note units of an experiment whose doses lie a thousandfold beside those of the others."""
    names = dosed.get_column("dose_unit").unique().to_list()
    sizes = {name: (unit.dimension, unit.factor) for name in names if (unit := find_unit(name))}
    kind = pl.col("dose_unit").replace_strict({n: d for n, (d, _) in sizes.items()}, default="")
    factor = pl.col("dose_unit").replace_strict({n: f for n, (_, f) in sizes.items()}, default=1.0)
    tops = (
        dosed.with_columns(kind.alias("__kind"), (pl.col("dose") * factor).alias("__dose"))
        .group_by("treatment", "__kind", "file", "unit_id")
        .agg(pl.col("__dose").max(), pl.col("dose").max().alias("top"), pl.col("dose_unit").first())
        .sort("treatment", "__kind", "file", "unit_id")
    )
    for _, group in tops.group_by("treatment", "__kind", maintain_order=True):
        usual = group.get_column("__dose").median()
        for row in group.iter_rows(named=True):
            if isinstance(usual, float) and any(
                abs(row["__dose"] / usual * step - 1) < SAME for step in (1000.0, 0.001)
            ):
                message = (
                    f"the doses of '{row['treatment']}' in {row['unit_id']} (up to {row['top']:g} "
                    f"{row['dose_unit']}) are a thousandfold beside those of the others."
                )
                yield Problem(
                    file=row["file"],
                    place="column dose_unit",
                    message=message,
                    remedy="Correct the unit if it is wrong (nM for uM); else nothing is to do.",
                    code="dose-thousandfold",
                    severity="note",
                )


def _mixed(drug: str, kinds: set[str]) -> list[Problem]:
    if len(kinds) == 1 or drug.casefold() in molar_masses():
        return []
    message = f"doses of '{drug}' are by mass and by amount; its molar mass is not known."
    remedy = "Give all its doses in one of them (nM, or ng/mL)."
    return [_problem("study.toml", message, remedy, "no-molar-mass")]


def with_doses(frame: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Add ``dose_out`` and ``unit_out``: every treatment in one unit.

    That is ``unit`` where the study gives one; else nM for molar doses and ng/mL for doses by
    mass. Rows without a dose have neither.
    """
    drugs, names, doses = (
        frame.get_column(name).to_list() for name in ("treatment", "dose_unit", "dose")
    )
    pairs = list(zip(drugs, names, strict=True))
    dosed = {pair for pair, dose in zip(pairs, doses, strict=True) if dose is not None and dose > 0}
    mixed = _needs_molar(dosed)
    factors: dict[tuple[str | None, str | None], tuple[float, str]] = {}
    for drug, name in dosed:
        found = find_unit(name)
        if found is None:
            raise ValueError(f"unchecked unit '{name}'")
        out = unit or (MOLAR if found.dimension == "molar" or drug in mixed else MASS)
        target = find_unit(out)
        if target is None:
            raise ValueError(f"unchecked unit '{out}'")
        factor = convert(1.0, found, target, molar_masses().get(str(drug).casefold()))
        factors[drug, name] = (factor, out)
    by = [factors.get(pair) for pair in pairs]
    factor_of = pl.Series([None if one is None else one[0] for one in by], dtype=pl.Float64)
    unit_out = pl.Series("unit_out", [None if one is None else one[1] for one in by], pl.String)
    return frame.hstack([unit_out, (frame.get_column("dose") * factor_of).alias("dose_out")])


def _needs_molar(pairs: Iterable[tuple[str, str]]) -> set[str]:
    """Drugs whose doses come both by mass and by amount: all become molar."""
    kinds: dict[str, set[str]] = {}
    for drug, name in pairs:
        found = find_unit(name)
        kinds.setdefault(drug, set()).add(found.dimension if found else "")
    return {drug for drug, found in kinds.items() if len(found) > 1}


def _problem(file: str, message: str, remedy: str, code: str) -> Problem:
    return Problem(file=file, place="", message=message, remedy=remedy, code=code)
