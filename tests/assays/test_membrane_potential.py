"""JC-1: ratios and limits by hand, FCCP that does not move, values that have no logarithm."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pydantic import ValidationError

from exportin.assays.membrane_potential import ASSAY
from exportin.assays.membrane_potential.ratios import log_ratios, median_row
from exportin.assays.membrane_potential.settings import MembranePotentialSettings
from exportin.assays.membrane_potential.simulate import FCCP_PART, GREEN, RED, jc1_tube
from exportin.results.tables import Fitted, Flags, Tests
from exportin.tables.events import Events

from .flow_tubes import CONTEXT, event_data, events, values_of

SETTINGS = MembranePotentialSettings(red_channel="R", green_channel="G", singlets="none")
BELL = np.exp(0.2 * np.random.default_rng(1).normal(size=4001))  # spread of ln ratio 0.2


def tube(ratio: float, factor: np.ndarray = BELL) -> dict[str, np.ndarray]:
    return {"R": 1000.0 * ratio * factor, "G": np.full(factor.size, 1000.0)}


def by_hand(sample: dict[str, np.ndarray], fccp: float = 0.25) -> Events:
    return events(
        {
            "f": (event_data(tube(fccp)), {"role": "fccp"}),
            "v": (event_data(tube(4.0)), {"role": "vehicle", "treatment": "DMSO"}),
            "s": (event_data(sample), {"treatment": "drug"}),
        }
    )


def fit(rows: Events, settings: MembranePotentialSettings = SETTINGS) -> Fitted:
    return ASSAY.estimate(rows, Flags.empty(), settings, CONTEXT)


def numbers(rows: Events, settings: MembranePotentialSettings = SETTINGS) -> dict[str, dict]:  # type: ignore[type-arg]
    frame = fit(rows, settings).estimates.frame
    return values_of(frame.filter(pl.col("treatment").fill_null("drug") == "drug"))


def said(rows: Events, settings: MembranePotentialSettings = SETTINGS) -> str:
    problems = ASSAY.check(rows, settings, CONTEXT)
    return "\n".join(str(p) for p in problems if p.severity == "error")


def test_ratio_and_depolarized_by_hand() -> None:
    """300 cells at 0.3 and 700 at 3: the limit is sqrt(4 x 0.25) = 1, the median 3."""
    ratio = np.concatenate([np.full(300, 0.3), np.full(700, 3.0)])
    found = numbers(by_hand(tube(1.0, ratio)))
    assert found["depolarized_limit"]["value"] == pytest.approx(1.0, rel=0.05)
    assert found["depolarized"]["value"] == pytest.approx(0.3)
    assert found["red_green_ratio"]["value"] == pytest.approx(3.0)
    vehicle = 4.0 * np.median(BELL)
    assert found["ratio_to_vehicle"]["value"] == pytest.approx(3.0 / vehicle)
    # modes lie ln 16 apart, their robust SD is near 0.2
    assert found["fccp_separation"]["value"] == pytest.approx(np.log(16) / 0.2, rel=0.1)


def test_quantile_of_the_vehicle() -> None:
    chosen = MembranePotentialSettings(**SETTINGS.model_dump() | {
        "limits": "quantile", "quantile": 0.1})  # fmt: skip
    found = numbers(by_hand(tube(1.0, np.full(300, 5.0))), chosen)
    assert found["depolarized_limit"]["value"] == pytest.approx(
        4 * np.quantile(BELL, 0.1), rel=1e-3
    )
    assert SETTINGS.below is None
    assert chosen.model_copy(update={"quantile": None}).below == 0.05


def test_what_has_no_logarithm_keeps_its_place() -> None:
    """No red: depolarized. No green: polarized. Neither: left out and said."""
    red = np.concatenate([np.full(300, -50.0), np.full(500, 3000.0), np.full(200, -1.0)])
    green = np.concatenate([np.full(300, 900.0), np.full(450, 1000.0), np.full(50, -5.0),
                            np.full(200, -1.0)])  # fmt: skip
    rows = by_hand({"R": red, "G": green})
    found = numbers(rows)
    assert found["depolarized"]["value"] == pytest.approx(300 / 800)
    assert found["red_green_ratio"]["value"] == pytest.approx(3.0)
    flag = fit(rows).flags.frame.row(0, named=True)
    assert (flag["rule"], flag["row_id"]) == ("no-ratio", "s.fcs:1-1000")
    assert "200 of 1000 cells have neither" in flag["message"]


def test_a_median_without_red_is_no_number() -> None:
    found = numbers(by_hand({"R": np.full(400, -5.0), "G": np.full(400, 900.0)}))
    assert (found["red_green_ratio"]["value"], found["red_green_ratio"]["status"]) == (
        None, "not_identifiable",
    )  # fmt: skip
    assert found["ratio_to_vehicle"]["status"] == "not_identifiable"
    assert found["depolarized"]["bound"] == ">"


def test_median_interval_is_of_order_statistics() -> None:
    """Of 401 values ranks 181 and 221 (200.5 -+ 1.96 x 10.01, rounded outwards)."""
    row = median_row(np.log(np.arange(1.0, 402.0)))
    assert row["value"] == pytest.approx(201.0)
    assert (row["conf_low"], row["conf_high"]) == (pytest.approx(181.0), pytest.approx(222.0))
    assert median_row(np.zeros(10))["status"] == "too_few"


def test_log_ratios_never_take_a_logarithm_of_zero() -> None:
    with np.errstate(all="raise"):
        made = log_ratios(np.array([0.0, 2.0, 0.0]), np.array([5.0, 0.0, 0.0]))
    assert made.tolist() == [-np.inf, np.inf]


@pytest.mark.parametrize("fccp", [4.0, 3.5, 9.0])
def test_fccp_that_does_not_move_is_refused_with_its_separation(fccp: float) -> None:
    text = said(by_hand(tube(3.0), fccp=fccp))
    assert "FCCP lowers red/green of experiment 'E1, M' by" in text
    assert "at least 2 are needed" in text
    assert "leave this experiment out" in text


def test_missing_controls() -> None:
    rows = by_hand(tube(3.0))
    for role, words in (("fccp", "has no fccp tube"), ("vehicle", "has no vehicle tube")):
        left = replace(rows, frame=rows.frame.filter(pl.col("role") != role))
        assert words in said(left)
        assert f"the role '{role}'" in said(left)


def test_too_few_cells_in_fccp() -> None:
    rows = events(
        {
            "f": (event_data(tube(0.25, BELL[:300])), {"role": "fccp"}),
            "v": (event_data(tube(4.0)), {"role": "vehicle", "treatment": "DMSO"}),
        }
    )
    assert "the fccp tube has 300 cells with a red or green signal" in said(rows)


def test_settings_that_are_refused() -> None:
    both = {"red_channel": "R", "green_channel": "G"}
    for more, words in (
        ({"green_channel": "R"}, "Name the two colors"),
        ({"compensation": {"source": "controls"}}, "JC-1 has no single stains"),
        ({"quantile": 0.1}, "a midpoint takes no quantile"),
    ):
        with pytest.raises(ValidationError, match=words):
            MembranePotentialSettings(**both | more)


def test_depolarized_is_recovered_under_spill_over() -> None:
    rng = np.random.default_rng(31)
    part, cells = 0.3, 20_000
    rows = events(
        {
            "f": (jc1_tube(FCCP_PART, rng, name="f", cells=cells), {"role": "fccp"}),
            "v": (jc1_tube(0.07, rng, name="v", cells=cells), {"role": "vehicle",
                                                               "treatment": "DMSO"}),
            "s": (jc1_tube(part, rng, name="s", cells=cells), {"treatment": "drug"}),
        }
    )  # fmt: skip
    chosen = MembranePotentialSettings(red_channel=RED, green_channel=GREEN, debris_below=20_000)
    found = numbers(rows, chosen)
    assert abs(found["depolarized"]["value"] - part) < 0.003 + 4 * np.sqrt(part * 0.7 / cells)
    bare = MembranePotentialSettings(**chosen.model_dump() | {"compensation": {"source": "none"}})
    assert found["red_green_ratio"]["value"] < numbers(rows, bare)["red_green_ratio"]["value"]


def test_vehicle_has_no_ratio_to_itself_and_order_does_not_matter() -> None:
    rows = by_hand(tube(3.0))
    made = fit(rows).estimates.frame
    assert made.filter(quantity="ratio_to_vehicle").get_column("treatment").to_list() == ["drug"]
    turned = replace(rows, frame=rows.frame.reverse())
    assert_frame_equal(made.sort("id"), fit(turned).estimates.frame.sort("id"))


def test_pictures_of_the_relative_ratio_have_no_empty_vehicle() -> None:
    rows = by_hand(tube(3.0))
    views = {v.name: v for v in ASSAY.views(rows, fit(rows), Tests.empty(), SETTINGS, CONTEXT)}
    assert views["ratio_to_vehicle"].panels[0].x.categories == ("drug\nn = 1",)
    assert views["ratio_to_vehicle"].groups == ("DMSO", "drug")  # colors as in the other figures
    assert views["red_green_ratio"].panels[0].x.categories == ("DMSO\nn = 1", "drug\nn = 1")
    limit = numbers(rows)["depolarized_limit"]["value"]
    assert views["histograms"].panels[0].reference_x == pytest.approx(np.log10(limit))
