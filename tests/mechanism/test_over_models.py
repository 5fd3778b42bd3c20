"""Links over models on hand-made results: bounds, published facts, exact numbers.

Published facts: three dedifferentiated liposarcoma xenografts (largest inhibition, growth delay,
IC50 in vitro) of the selinexor paper in Oncotarget 2017, Table 1 and text; nine of nine sarcoma
xenografts in the earlier panel.
"""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exportin.contract.assay import Context
from exportin.contract.link import Linked
from exportin.mechanism.across.models import models_of
from exportin.mechanism.across.settings import AssociateSettings, Result, SynthesisSettings
from exportin.mechanism.links import associate, synthesis
from exportin.results.tables import Draws, Estimates, Tests
from exportin.tables.problems import InputError

CONTEXT = Context(block="across", experimental_unit="")
DELAY = {"LS-GD-1": (46.0, ">"), "LS-BZ-1": (7.0, "="), "LS-BP-1": (23.0, "=")}  # d, selinexor
LARGEST = {"LS-GD-1": 80.0, "LS-BZ-1": 55.0, "LS-BP-1": 46.0}  # %, selinexor
IC50 = {"LS-GD-1": 116.0, "LS-BZ-1": 187.0}  # nM


def row(model: str, quantity: str, value: float | None, **more: Any) -> dict[str, Any]:
    what = {"block": "growth", "assay": "tumor_growth", "model": model, "arm": "selinexor",
            "quantity": quantity, "value": value, "experimental_unit": "animal", "n_units": 8,
            "interval_level": "between", "method": "m"}  # fmt: skip
    return what | more


def limits(low: float | None, high: float | None, df: float | None = 14.0) -> dict[str, Any]:
    side = {(True, True): "both", (True, False): "low", (False, True): "high"}
    return {"conf_low": low, "conf_high": high, "conf_level": 0.95, "df": df,
            "conf_open": side.get((low is None, high is None), "none")}  # fmt: skip


def combined(rows: list[dict[str, Any]], **settings: Any) -> Linked:
    asked = SynthesisSettings(**{"between": "arm", **settings})
    return synthesis.run(Estimates.build(rows), Tests.empty(), Draws.empty(), asked, CONTEXT)


def put(rows: list[dict[str, Any]], x: Mapping[str, Any], y: Mapping[str, Any], **more: Any):
    asked = AssociateSettings(x=Result(**x), y=Result(**y), **more)
    linked = associate.run(Estimates.build(rows), Tests.empty(), Draws.empty(), asked, CONTEXT)
    return linked, asked


def pooled(linked: Linked, quantity: str) -> dict[str, Any]:
    frame = linked.fitted.estimates.frame
    found = frame.filter(pl.col("quantity") == quantity, pl.col("unit_id").is_null())
    return found.row(0, named=True)


def test_growth_delay_beyond_follow_up_is_counted_and_never_averaged() -> None:
    rows = [row(m, "growth_delay", v, bound=b, units="d") for m, (v, b) in DELAY.items()]
    linked = combined(rows, quantity="growth_delay", responds="above", threshold=0.0,
                      judged_by="value")  # fmt: skip
    mean = pooled(linked, "growth_delay")
    assert (mean["value"], mean["status"]) == (None, "not_identifiable")
    test = linked.tests.frame.row(0, named=True)
    assert (test["test"], test["effect"], test["p_value"]) == ("sign test", 1.0, 0.25)
    assert "LS-GD-1 is known only as a bound" in test["verdict"]
    assert "cannot go below 0.25 with 3 models: it cannot be told" in test["verdict"]
    share = pooled(linked, "models_responding")
    assert round(share["conf_low"], 1) == 29.2
    assert synthesis.views(linked, SynthesisSettings(quantity="growth_delay", between="arm"),
                           CONTEXT)  # fmt: skip


@pytest.mark.parametrize(("n", "low", "p"), [(9, 66.4, 0.0039), (3, 29.2, 0.25)])
def test_all_models_respond(n: int, low: float, p: float) -> None:
    rows = [row(f"X{i}", "tvi", 60.0 + i, units="%", **limits(30.0, None)) for i in range(n)]
    linked = combined(rows, quantity="tvi", responds="above", threshold=0.0)
    for quantity in ("models_responding", "models_on_that_side"):
        found = pooled(linked, quantity)
        assert (found["value"], round(found["conf_low"], 1)) == (100.0, low)
        assert found["conf_high"] == 100.0
    test = linked.tests.frame.row(0, named=True)
    assert test["p_value"] == pytest.approx(p, abs=5e-5)
    assert ("cannot be told" in test["verdict"]) == (n == 3)


def test_a_bound_that_does_not_tell_widens_the_share() -> None:
    """'> 2' against a threshold of 5 may lie on either side."""
    values = [(7.0, "="), (8.0, "="), (2.0, ">"), (3.0, "=")]
    rows = [row(f"X{i}", "tvi", v, bound=b, units="d") for i, (v, b) in enumerate(values)]
    linked = combined(rows, quantity="tvi", responds="above", threshold=5.0, judged_by="value")
    share = pooled(linked, "models_on_that_side")
    assert (share["value"], share["bound"]) == (50.0, ">")
    # 2 of 4 to 3 of 4: binom.test(2, 4)$conf.int[1] and binom.test(3, 4)$conf.int[2]
    assert (round(share["conf_low"], 2), round(share["conf_high"], 2)) == (6.76, 99.37)
    test = linked.tests.frame.row(0, named=True)
    assert test["p_value"] is None
    assert "the bounds do not tell" in test["verdict"]


def test_a_model_without_any_limit_is_not_said_to_respond_nor_not_to() -> None:
    rows = [row("A", "tvi", 50.0, **limits(20.0, 80.0)),
            row("B", "tvi", 60.0, **limits(-9.0, 99.0)),
            row("C", "tvi", 40.0, **limits(None, None))]  # fmt: skip
    linked = combined(rows, quantity="tvi", responds="above", threshold=0.0)
    share = pooled(linked, "models_responding")
    assert (share["value"], share["bound"]) == (pytest.approx(100 / 3), ">")
    assert round(share["conf_high"], 1) == 99.2  # binom.test(2, 3)$conf.int[2]
    assert pooled(linked, "models_on_that_side")["value"] == 100.0
    assert "C is without a closed limit" in linked.tests.frame.item(0, "verdict")


@pytest.mark.parametrize(("value", "bound", "above", "unclear"), [
    (3.0, "=", "above", False), (-3.0, "=", "below", False), (0.0, "=", "", False),
    (0.0, ">", "above", False), (-1.0, ">", "", True), (-1.0, "<", "below", False),
    (5.0, "<", "", True),
])  # fmt: skip
def test_sides_of_zero(value: float, bound: str, above: str, unclear: bool) -> None:
    """'< 5' and '> -1' may lie on either side of 0."""
    (model,) = models_of([{**Estimates.build([row("A", "tvi", value, bound=bound)]).frame.row(
        0, named=True), "_unit": "A"}])  # fmt: skip
    assert model.side(0.0, whole=False) == above
    assert model.unclear(0.0, "above", whole=False) == unclear


def test_interval_gives_the_standard_error_and_asymmetry_is_said() -> None:
    """(38.08, 81.92) with 14 df: half 21.92 / 2.1448 = 10.22."""
    rows = [row("A", "tgi_rate", 60.0, units="%", **limits(38.08, 81.92)),
            row("B", "tgi_rate", 50.0, units="%", **limits(10.0, 80.0)),
            row("C", "tgi_rate", 70.0, units="%", **limits(50.0, 90.0))]  # fmt: skip
    linked = combined(rows, quantity="tgi_rate", threshold=0.0)
    single = linked.fitted.estimates.frame.filter(pl.col("unit_id") == "A")
    assert single.item(0, "std_error") == pytest.approx(10.22, abs=0.005)
    said = linked.fitted.flags.frame.get_column("message").to_list()
    assert len(said) == 1
    assert "the interval of B is not symmetric" in said[0]
    assert "se_from_interval" in pooled(linked, "tgi_rate")["method"]


def test_ratios_are_combined_on_logarithms() -> None:
    rows = [row(m, "growth_delay_ratio", v, scale="ln", std_error=0.2)
            for m, v in zip("ABC", (2.0, 4.0, 8.0), strict=True)]  # fmt: skip
    linked = combined(rows, quantity="growth_delay_ratio", threshold=1.0, responds="above",
                      judged_by="value")  # fmt: skip
    found = pooled(linked, "growth_delay_ratio")
    assert found["value"] == pytest.approx(4.0)
    # tau2 = ln(2)^2 - 0.04, so that the mean square is 1: t = ln 4 / (ln 2 / sqrt 3), df 2
    test = linked.tests.frame.row(0, named=True)
    assert test["statistic"] == pytest.approx(2 * 3**0.5)


def test_technical_intervals_do_not_weigh_a_model() -> None:
    rows = [row(m, "ic50", 50.0, scale="log10", **limits(40.0, 60.0)) | {"interval_level": "within"}
            for m in "AB"]  # fmt: skip
    linked = combined(rows, quantity="ic50", responds="below", threshold=100.0)
    assert pooled(linked, "ic50")["status"] == "not_identifiable"
    assert "without a standard error" in linked.tests.frame.item(0, "verdict")


def test_several_arms_are_one_family() -> None:
    rows = [row(m, "tgi_rate", v + s, units="%", arm=arm, std_error=6.0)
            for arm, v in (("dox", 20.0), ("selinexor", 60.0))
            for m, s in zip("ABC", (-5.0, 0.0, 7.0), strict=True)]  # fmt: skip
    linked = combined(rows, quantity="tgi_rate", threshold=0.0)
    means = linked.tests.frame.filter(pl.col("test").str.starts_with("Hartung"))
    p, q = (means.get_column(name).to_list() for name in ("p_value", "p_adjusted"))
    assert means.get_column("group_a").to_list() == ["dox", "selinexor"]
    assert q == pytest.approx([max(2 * min(p), p[0]), 2 * min(p)])
    assert means.item(0, "family").startswith("Holm over 2 tests")


def test_two_numbers_of_a_model_are_refused_with_the_key_to_choose_by() -> None:
    rows = [row("A", "tvi", 1.0, day=d, std_error=1.0) for d in (14.0, 21.0)]
    with pytest.raises(InputError) as error:
        combined(rows, quantity="tvi")
    assert "they differ by day: 14, 21" in str(error.value)
    assert error.value.problems[0].place == "link.across.quantity"
    rows.append(row("B", "tvi", 2.0, day=21.0, std_error=1.0))
    chosen = combined(rows, quantity="tvi", keys={"day": 21})
    assert pooled(chosen, "tvi")["n_units"] == 2


def test_two_models_never_tell_whether_ic50_and_inhibition_go_together() -> None:
    rows = [row(m, "max_tvi", v) for m, v in LARGEST.items()]
    rows += [row(m, "ic50", v, scale="log10", units="nM") for m, v in IC50.items()]
    linked, _ = put(rows, {"quantity": "ic50"}, {"quantity": "max_tvi"})
    test = linked.tests.frame.row(0, named=True)
    assert (test["p_value"], test["effect"], test["status"]) == (None, None, "too_few")
    assert "there are only 2 models" in test["verdict"]
    assert "LS-BP-1 left out" in test["verdict"]


def test_bounds_on_both_sides_are_ordered_only_where_they_tell() -> None:
    """x: 1, 2, > 2, 4; y: 10, 20, 30, > 5. Hidden: the pairs with the bounds that may lie anywhere.

    Pairs (i, j): 12 +, 13 + (> 2 lies above 1), 23 + (> 2 lies above 2), 14: y hidden, 24: y
    hidden, 34: x hidden and y hidden. S = 3; untied in x: 5, in y: 3.
    """
    x = [(1.0, "="), (2.0, "="), (2.0, ">"), (4.0, "=")]
    y = [(10.0, "="), (20.0, "="), (30.0, "="), (5.0, ">")]
    rows = [row(f"X{i}", "ic50", v, bound=b) for i, (v, b) in enumerate(x)]
    rows += [row(f"X{i}", "tvi", v, bound=b) for i, (v, b) in enumerate(y)]
    linked, asked = put(rows, {"quantity": "ic50"}, {"quantity": "tvi"})
    test = linked.tests.frame.row(0, named=True)
    assert test["statistic"] == pytest.approx(3 / 15**0.5)
    assert test["effect_kind"] == "Kendall's tau-b"  # no slope: x has a bound
    assert test["p_value"] >= 1 / 12
    view = associate.views(linked, asked, CONTEXT)[0]
    arrows = next(mark for mark in view.panels[0].marks if mark.kind == "arrow").frame
    assert arrows.height == 2
    assert (arrows["x2"] > arrows["x"]).to_list() == [True, False]
    assert (arrows["y2"] > arrows["y"]).to_list() == [False, True]


def test_r_counts_all_orders_with_bounds_alike(tmp_path: Path) -> None:
    x, y = (3.0, 1.0, 4.0, 4.0, 2.0, 9.0), (2.0, 1.0, 6.0, 3.0, 5.0, 4.0)
    bounds = ("=", "<", "=", ">", "=", "="), ("=", "=", ">", "=", "=", "<")
    rows = []
    for quantity, values, said in (("ic50", x, bounds[0]), ("tvi", y, bounds[1])):
        both = zip(values, said, strict=True)
        rows += [row(f"X{i}", quantity, v, bound=b) for i, (v, b) in enumerate(both)]
    for alternative in ("two-sided", "less", "greater"):
        linked, _ = put(rows, {"quantity": "ic50"}, {"quantity": "tvi"}, alternative=alternative)
        test = linked.tests.frame.row(0, named=True)
        found = r_numbers(associate.LINK.r_script(linked.fitted.estimates, test), tmp_path)
        assert found == pytest.approx([test["p_value"], test["statistic"]])


@pytest.mark.parametrize("settings", [
    {}, {"tau2": "paule-mandel"}, {"interval": "plain"}, {"weights": "equal"}, {"threshold": 3.0},
])  # fmt: skip
def test_r_combines_alike(tmp_path: Path, settings: dict[str, Any]) -> None:
    numbers = zip("ABCD", (2.0, 4.0, 8.0, 1.5), (0.1, 0.3, 0.2, 0.25), strict=True)
    rows = [row(m, "delay", v, scale="ln", std_error=s) for m, v, s in numbers]
    linked = combined(rows, **{"quantity": "delay", "threshold": 1.0, **settings})
    for test in linked.tests.frame.iter_rows(named=True):
        found = r_numbers(synthesis.LINK.r_script(linked.fitted.estimates, test), tmp_path)
        assert found == pytest.approx([test["p_value"], test["effect"]], rel=1e-6)


def r_numbers(program: str, folder: Path) -> list[float]:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    (folder / "one.R").write_text(program)
    done = subprocess.run(
        ["Rscript", folder / "one.R"], capture_output=True, text=True, check=False
    )
    if "there is no package" in done.stderr:
        pytest.skip("the R package metafor is not installed")
    assert done.returncode == 0, done.stderr
    return [float(line.split()[1]) for line in done.stdout.splitlines()]


def test_seven_models_in_order_give_an_exact_p_and_a_slope() -> None:
    """1 of 7! orders each way: p = 2 / 5040."""
    rows = [row(f"X{i}", "copies", 2.0**i, scale="log10") for i in range(7)]
    rows += [row(f"X{i}", "tvi", 90.0 - 3.0 * i, units="%") for i in range(7)]
    linked, _ = put(rows, {"quantity": "copies"}, {"quantity": "tvi"})
    test = linked.tests.frame.row(0, named=True)
    assert test["p_value"] == pytest.approx(2 / 5040)
    assert test["effect"] == pytest.approx(-3.0 / 0.30103, rel=1e-5)  # per tenfold
    assert test["conf_high"] == pytest.approx(test["effect"])
    assert test["verdict"].startswith("tau = -1.00, slope -9.97% per tenfold copies")


def test_an_open_curve_enters_as_the_bound_of_its_closed_limit() -> None:
    """An IC50 of 300 that is 'at least 100' is only known to lie above 100."""
    rows = [row(f"X{i}", "tvi", 10.0 * i) for i in range(4)]
    rows += [row(f"X{i}", "ic50", 300.0 if i == 1 else 200.0 + i,
                 **(limits(100.0, None) if i == 1 else {})) for i in range(4)]  # fmt: skip
    linked, _ = put(rows, {"quantity": "ic50"}, {"quantity": "tvi"})
    # x: 200, > 100, 202, 203: everything against X1 is hidden; the others rise with y
    assert linked.tests.frame.item(0, "statistic") == pytest.approx(3 / (3 * 6) ** 0.5)


def test_matched_arms_are_a_family_and_other_arms_are_left() -> None:
    rows = [row(f"X{i}", "tvi", 10.0 * i + len(arm), arm=arm) for i in range(5)
            for arm in ("dox", "selinexor", "vehicle")]  # fmt: skip
    rows += [{**row(f"X{i}", "ic50", 5.0 + i + len(drug), block="v"), "arm": None,
              "treatment": drug} for i in range(5) for drug in ("dox", "selinexor")]  # fmt: skip
    linked, _ = put(rows, {"quantity": "ic50", "block": "v"}, {"quantity": "tvi"},
                    match={"treatment": "arm"})  # fmt: skip
    frame = linked.tests.frame
    assert frame.get_column("treatment").to_list() == ["dox", "selinexor"]
    assert frame.get_column("p_value").to_list() == pytest.approx([2 / 120] * 2)
    assert frame.get_column("p_adjusted").to_list() == pytest.approx([4 / 120] * 2)
