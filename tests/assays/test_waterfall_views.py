"""Which treatments get a waterfall, and what colors its bars."""

from typing import Any

import polars as pl

from exportin.assays.viability.views import POTENCIES
from exportin.assays.viability.waterfall_views import color_key, waterfall_views
from exportin.contract.assay import Context
from exportin.contract.view import View

SUBTYPES = {"L1": "LPS", "L2": "LPS", "G1": "GIST", "G2": "GIST", "R1": "RMS", "R2": "RMS"}


def context(*keys: str) -> Context:
    return Context(block="v", experimental_unit="experiment", keys=("model", "treatment", *keys))


def potencies(models: dict[str, str] = SUBTYPES, **more: Any) -> pl.DataFrame:
    """One EC50 per model and drug; the second drug has four models only."""
    rows = [
        {"quantity": "ec50", "units": "nM", "model": model, "subtype": kind, "treatment": drug,
         "value": 10.0 * (i + 1), "conf_low": 8.0 * (i + 1), "conf_high": 13.0 * (i + 1),
         "conf_open": "none", "bound": "=", "n_units": 3, "interval_level": "between", **more}
        for drug, count in (("selinexor", 6), ("doxorubicin", 4))
        for i, (model, kind) in enumerate(list(models.items())[:count])
    ]  # fmt: skip
    return pl.DataFrame(rows)


def drawn(frame: pl.DataFrame, *keys: str) -> list[View]:
    found = waterfall_views(frame, POTENCIES, context(*keys), unit="nM", end="")
    return list(found)


def bars(view: View) -> pl.DataFrame:
    (panel,) = view.panels
    return next(mark.frame for mark in panel.marks if mark.kind == "bar")


def test_a_treatment_of_five_models_has_a_waterfall() -> None:
    (view,) = drawn(potencies())
    assert view.name == "ec50_waterfall"
    assert [panel.title for panel in view.panels] == ["selinexor"]
    assert bars(view).get_column("x").to_list() == ["R2", "R1", "G2", "G1", "L2", "L1"]
    assert bars(view).get_column("group").null_count() == 6
    assert view.group_title == ""


def test_lines_without_a_number_do_not_count() -> None:
    some = potencies().with_columns(
        pl.when(pl.col("model").is_in(["L1", "L2"])).then(None).otherwise("value").alias("value")
    )
    assert not drawn(some)


def test_a_key_that_is_constant_within_models_gives_the_colors() -> None:
    (view,) = drawn(potencies(), "subtype")
    assert dict(bars(view).select("x", "group").iter_rows()) == SUBTYPES
    assert view.group_title == "Subtype"
    assert "Colors: subtype." in view.caption


def test_keys_that_color_nothing() -> None:
    own = {name: name.lower() for name in SUBTYPES}  # as many kinds as models
    assert color_key(potencies(own), context("subtype")) is None
    both = pl.concat([potencies(), potencies().with_columns(pl.lit("other").alias("subtype"))])
    assert color_key(both, context("subtype")) is None  # a model has several: it is no kind
    assert color_key(potencies(), context("subtype")) == "subtype"
    assert color_key(potencies(), context()) is None


def test_a_key_that_divides_models_stands_in_the_name_of_the_line() -> None:
    arms = pl.concat([potencies().with_columns(pl.lit(a).alias("arm")) for a in ("sh1", "ctrl")])
    (view,) = drawn(arms, "arm", "subtype")
    names = bars(view).get_column("x").to_list()
    assert len(names) == len(set(names)) == 12
    assert names[0] == "R2, ctrl"
