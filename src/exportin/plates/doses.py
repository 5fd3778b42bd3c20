"""Doses of all wells in one unit: no thousand-fold mistakes between nM and uM."""

import polars as pl

from exportin.knowledge.drugs import molar_masses
from exportin.tables.problems import Problem, nearest
from exportin.tables.units import convert, find_unit

MOLAR, MASS = "nM", "ng/mL"  # what results are given in unless the study says otherwise


def check_doses(frame: pl.DataFrame, unit: str) -> tuple[Problem, ...]:
    """Return what forbids bringing the doses of each treatment to one unit.

    ``frame`` needs role, treatment, dose, dose_unit, file and row_id.
    """
    out: list[Problem] = []
    dosed = frame.filter((pl.col("role") == "treated") & (pl.col("dose") > 0))
    bare = dosed.filter(pl.col("dose_unit").is_null())
    if bare.height:
        row = bare.row(0, named=True)
        message = f"the dose {row['dose']:g} of row {row['row_id']} has no unit."
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
    return (*out, *(p for drug, kinds in by_drug.items() for p in _mixed(drug, kinds)))


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
    combos = (
        frame.filter(pl.col("dose") > 0).select("treatment", "dose_unit").unique().sort(pl.all())
    )
    mixed = _needs_molar(combos)
    factors = []
    for drug, name in combos.iter_rows():
        found = find_unit(name)
        if found is None:
            raise ValueError(f"unchecked unit '{name}'")
        out = unit or (MOLAR if found.dimension == "molar" or drug in mixed else MASS)
        target = find_unit(out)
        if target is None:
            raise ValueError(f"unchecked unit '{out}'")
        factor = convert(1.0, found, target, molar_masses().get(str(drug).casefold()))
        factors.append((drug, name, factor, out))
    schema = {
        "treatment": pl.String,
        "dose_unit": pl.String,
        "__factor": pl.Float64,
        "unit_out": pl.String,
    }
    plan = pl.DataFrame(factors, schema=schema, orient="row")
    joined = frame.join(plan, on=["treatment", "dose_unit"], how="left", maintain_order="left")
    return joined.with_columns((pl.col("dose") * pl.col("__factor")).alias("dose_out")).drop(
        "__factor"
    )


def _needs_molar(combos: pl.DataFrame) -> set[str]:
    """Drugs whose doses come both by mass and by amount: all become molar."""
    kinds: dict[str, set[str]] = {}
    for drug, name in combos.iter_rows():
        found = find_unit(name)
        kinds.setdefault(drug, set()).add(found.dimension if found else "")
    return {drug for drug, found in kinds.items() if len(found) > 1}


def _problem(file: str, message: str, remedy: str, code: str) -> Problem:
    return Problem(file=file, place="", message=message, remedy=remedy, code=code)
