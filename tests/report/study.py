"""A made-up but realistic study: six sarcoma lines, two drugs, three experiments."""

from dataclasses import replace
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from exportin.inference.methods import HOLM
from exportin.results.methods import Method, Reference
from exportin.results.tables import Estimates, Flags, Series, Tests
from exportin.study.ledger import Entry
from exportin.study.load import Study
from exportin.study.model import StudyFile
from exportin.study.outcome import BlockOutcome, Drawn, Outcome
from exportin.tables.problems import Problem

MODELS = ("LP6", "LPS141", "LP10", "SW872", "T778", "93T449")
DRUGS = ("selinexor", "doxorubicin")
EXPERIMENTS = ("2021-02-17", "2021-02-24", "2021-03-03")
TEXT = '[study]\nschema = 1\ntitle = "Selinexor in liposarcoma"\nseed = 20210217\n'

HILL = Reference(key="hill1910", text="Hill AV (1910) J Physiol 40:iv-vii")
VENZON = Reference(
    key="venzon1988", text="Venzon & Moolgavkar (1988) Appl Stat 37:87-94", doi="10.2307/2347496"
)
COHEN = Reference(
    key="cohen1959", text="Cohen AC (1959) Technometrics 1:217-237", doi="10.1080/00401706.1959"
)
METHODS = {
    m.name: m
    for m in (
        Method(
            name="log_logistic_4",
            sentence="Dose-response curves were four-parameter log-logistic fits by least squares.",
            references=(HILL,),
        ),
        Method(
            name="profile_likelihood",
            sentence="Technical intervals are profile-likelihood intervals.",
            references=(VENZON,),
        ),
        Method(
            name="pool_t",
            sentence="Experiments were pooled on the logarithmic scale, with intervals from "
            "Student's t; experiments known only as bounds entered by the censored likelihood.",
            references=(COHEN, HILL),
        ),
        Method(
            name="paired_t",
            sentence="Drugs were compared by a t test on the log ratios within experiments.",
            references=(),
        ),
        Method(
            name="holm",
            sentence="P values were adjusted by Holm's method within each family.",
            references=(HOLM,),
        ),
    )
}


def estimate(**fields: Any) -> dict[str, Any]:
    """One row with the defaults of this study."""
    common = {"block": "viability", "assay": "viability", "experimental_unit": "experiment"}
    return {**common, "units": "nM", "scale": "log10", "conf_level": 0.95, **fields}


def _within(model: str, drug: str, unit: str, quantity: str, value: float) -> dict[str, Any]:
    keys = {"model": model, "treatment": drug, "unit_id": unit, "quantity": quantity}
    common = {"interval_level": "within", "n_units": 1, "n_rows": 27, "df": 23.0}
    method = {"method": "log_logistic_4+profile_likelihood"}
    if value > 2000.0:
        bound = {"value": 2000.0, "bound": ">", "status": "at_bound", "conf_open": "high"}
        return estimate(**keys, **common, **method, **bound, n_flagged=0)
    interval: dict[str, Any] = {"conf_low": value / 1.31, "conf_high": value * 1.27}
    if model == "SW872":
        interval = {"conf_low": value / 1.4, "conf_open": "high"}
    return estimate(**keys, **common, **method, **interval, value=value, n_flagged=1)


def _pooled(model: str, drug: str, quantity: str, values: list[float]) -> dict[str, Any]:
    keys = {"model": model, "treatment": drug, "quantity": quantity}
    common = {"interval_level": "between", "n_units": 3, "n_rows": 81, "n_flagged": 3}
    common |= {"method": "log_logistic_4+pool_t", "df": 2.0}
    if model == "T778" and drug == "doxorubicin":
        return estimate(**keys, **common, status="no_response")
    if min(values) > 2000.0:
        return estimate(
            **keys, **common, value=2000.0, bound=">", status="at_bound", conf_open="high"
        )
    mean = exp(float(np.mean([log(min(v, 2000.0)) for v in values])))
    spread = 4.3 * max(float(np.std([log(v) for v in values], ddof=1)), 0.05) / 3**0.5
    interval: dict[str, Any] = {"conf_low": mean / exp(spread), "conf_high": mean * exp(spread)}
    if max(values) > 2000.0:
        interval = {"conf_low": mean / exp(spread), "conf_open": "high"}
    spreads = {"model_low": mean * 0.9, "model_high": mean * 1.3} if model == "SW872" else {}
    return estimate(**keys, **common, **interval, **spreads, value=mean)


def estimates(models: tuple[str, ...] = MODELS) -> Estimates:
    """Numbers of single experiments and pooled ones, bounds and all."""
    rng = np.random.default_rng(7)
    rows = []
    for i, model in enumerate(models):
        for drug in DRUGS:
            for quantity, factor in (("ec50", 1.0), ("ic50_absolute", 1.25)):
                middle = 60.0 * 2.4 ** (i % 6) * (0.4 if drug == "selinexor" else 1.0) * factor
                values = [float(middle * exp(rng.normal(0.0, 0.18))) for _ in EXPERIMENTS]
                rows.append(_pooled(model, drug, quantity, values))
                if (model, drug) != ("T778", "doxorubicin"):
                    units = zip(EXPERIMENTS, values, strict=True)
                    rows += [_within(model, drug, unit, quantity, v) for unit, v in units]
    return Estimates.build(rows)


def comparisons() -> Tests:
    """Ratio tests of one Holm family, one of them beyond what doubles can tell from zero."""
    p_values = (0.00321, 0.0496, 1e-14, 0.0000321)
    common = {
        "block": "viability", "assay": "viability", "quantity": "ec50", "group_a": "selinexor",
        "group_b": "doxorubicin", "test": "paired t test", "pairing": "paired",
        "family": "Holm over 4 tests", "effect_kind": "ratio of geometric means",
        "conf_level": 0.95, "n_a": 3, "n_b": 3, "df": 2.0, "method": "paired_t+holm",
    }  # fmt: skip
    rows = [
        {
            **common, "model": model, "p_value": p, "p_adjusted": min(1.0, 3 * p),
            "statistic": -17.6 / (i + 1), "effect": 0.4 + 0.01 * i, "conf_low": 0.31,
            "conf_high": 0.52 + 0.01 * i,
            "verdict": f"{model}: selinexor is more potent than doxorubicin.",
        }
        for i, (model, p) in enumerate(zip(MODELS, p_values, strict=False))
    ]  # fmt: skip
    return Tests.build(rows)


def flags() -> Flags:
    """Two rules and two people."""
    far = "The value lies 4.1 robust SD from its dose group."
    rows = [
        *({"row_id": f"plate1.csv:B{i}", "rule": "outlier", "severity": "warn",
           "message": far, "by": "viability"} for i in range(2, 9)),
        {"row_id": "plate2.csv:D7", "rule": "excluded", "severity": "exclude",
         "message": "air bubble", "by": "mara"},
        {"row_id": "plate2.csv:D8", "rule": "saturated", "severity": "exclude",
         "message": "The reader's upper limit, 65535.", "by": "plates"},
        {"row_id": None, "rule": "edge effect", "severity": "note",
         "message": "Edge wells of plate 3 read 6 % lower than the inner wells.", "by": "plates"},
    ]  # fmt: skip
    return Flags.from_rows(rows)


def entry(number: int, action: str, rows: tuple[str, ...], reason: str, **given: Any) -> Entry:
    """A line of the ledger."""
    fields = {"block": "viability", "by": "mara", "at": f"2021-03-0{number}T09:41:07+00:00"}
    return Entry(
        **{**fields, **given}, number=number, action=action, rows=rows, reason=reason,
        previous="0" * 64, digest=f"{number:064x}",
    )  # fmt: skip


LEDGER = (
    entry(1, "exclude", ("plate2.csv:D7",), "air bubble"),
    entry(2, "exclude", ("plate1.csv:C4", "plate1.csv:C5"), "pipetting error, see notebook p. 41"),
    entry(3, "undo", ("plate1.csv:C4", "plate1.csv:C5"), "was the neighboring plate", by="jo"),
)
NOTES = (
    Problem(file="plate2.csv", place="line 14", code="comma", severity="note",
            message="Decimal commas were read as decimal points.", remedy=""),
    Problem(file="design.csv", place="column model", code="space", severity="note",
            message="A trailing space was removed from 'LP6 '.", remedy="Nothing to do."),
)  # fmt: skip


def truth() -> pl.DataFrame:
    """Truth as the engine reads it: all keys as text."""
    rows = [
        {"block": "viability", "model": m, "treatment": d, "quantity": "ec50", "bound": "=",
         "value": 60.0 * 2.4**i * (0.4 if d == "selinexor" else 1.0)}
        for i, m in enumerate(MODELS) for d in DRUGS
    ]  # fmt: skip
    return pl.DataFrame(rows).with_columns(
        value=pl.when(pl.col("value") > 2000.0).then(None).otherwise(pl.col("value")),
        bound=pl.when(pl.col("value") > 2000.0).then(pl.lit(">")).otherwise(pl.col("bound")),
    )


def series() -> Series:
    """One curve; its being there makes the units curves."""
    common = {"id": "c1", "block": "viability", "quantity": "response", "units": ""}
    return Series.from_rows([{**common, "x": float(x), "y": 1.0 / (1 + x)} for x in range(3)])


SVG = (
    b'<?xml version="1.0" encoding="utf-8" standalone="no"?>\n'
    b'<svg xmlns="http://www.w3.org/2000/svg" width="504pt" height="200pt" viewBox="0 0 504 200">'
    b'<rect id="p1" width="504" height="200" fill="#fff"/><path id="m1" d="M20 180L480 20" '
    b'stroke="#0072B2"/></svg>'
)
FIGURES = (
    Drawn(name="curves", title="Dose response", svg=SVG, source=b"x,y\n",
          caption="Points are wells of three experiments, hollow ones are left out; lines are "
          "fits to one experiment each. n = 3 experiments."),
    Drawn(name="forest", title="EC50 between experiments", svg=SVG, source=b"x,y\n",
          caption="Small points are experiments, bars are 95 % intervals between experiments."),
)  # fmt: skip


def block(**given: Any) -> BlockOutcome:
    """The block of this study."""
    fields: dict[str, Any] = {
        "name": "viability", "assay": "viability", "title": "Cell viability",
        "experimental_unit": "experiment", "settings": {"model": "log_logistic_4", "top": None},
        "estimates": estimates(), "tests": comparisons(), "series": series(), "flags": flags(),
        "drawn": FIGURES, "counts": {"read": 1296, "empty by layout": 48, "used": 1248},
        "notes": NOTES, "files": {"plates/plate1.csv": "ab" * 32, "plates/plate2.csv": "cd" * 32},
        "readers": ("long_table",), "truth": None,
    }  # fmt: skip
    return BlockOutcome(**{**fields, **given})


def outcome(*blocks: BlockOutcome, title: str = "Selinexor in liposarcoma") -> Outcome:
    """The study with these blocks, or its own."""
    file = StudyFile.model_validate(
        {
            "study": {"schema": 1, "title": title, "seed": 20210217},
            "block": {"viability": {"assay": "viability", "files": ["plates/*.csv"]}},
        }
    )
    return Outcome(
        study=Study(folder=Path("/nowhere/else"), file=file, text=TEXT),
        blocks=blocks or (block(),),
        ledger=LEDGER,
        versions={"python": "3.11.7", "exportin": "0.1.0", "numpy": "2.1.0"},
    )


def changed(made: BlockOutcome, row_id: str, **values: Any) -> BlockOutcome:
    """The same block with other numbers in one row of its estimates."""
    frame = made.estimates.frame
    here = pl.col("id") == row_id
    frame = frame.with_columns(
        pl.when(here).then(pl.lit(v)).otherwise(pl.col(c)).alias(c) for c, v in values.items()
    )
    return replace(made, estimates=Estimates(frame))
