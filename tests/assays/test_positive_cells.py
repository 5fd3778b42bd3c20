"""Percent positive: by hand, recovery, the control's share, refusals."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pydantic import ValidationError

from exportin.assays.positive_cells import ASSAY
from exportin.assays.positive_cells.net import net_row
from exportin.assays.positive_cells.settings import PositiveCellsSettings
from exportin.assays.positive_cells.simulate import DNA, MARKER, marker_tube
from exportin.results.tables import Fitted, Flags, Tests
from exportin.tables.events import Events

from .flow_tubes import CONTEXT, event_data, events, values_of

SETTINGS = PositiveCellsSettings(marker_channel="B", control="isotype", singlets="none")
IN_ROW = np.arange(1.0, 1001.0)  # 99 % quantile with linear interpolation: 990.01


def by_hand(sample: list[float], control: np.ndarray = IN_ROW, role: str = "isotype") -> Events:
    return events(
        {
            "c": (event_data({"B": control}), {"role": role}),
            "s": (event_data({"B": sample}), {"treatment": "drug"}),
        }
    )


def fit(rows: Events, settings: PositiveCellsSettings = SETTINGS) -> Fitted:
    return ASSAY.estimate(rows, Flags.empty(), settings, CONTEXT)


def said(rows: Events, settings: PositiveCellsSettings = SETTINGS) -> str:
    problems = ASSAY.check(rows, settings, CONTEXT)
    return "\n".join(str(p) for p in problems if p.severity == "error")


def test_positive_by_hand() -> None:
    """30 of 100 cells lie above 990.01; of the control 10 of 1000 do."""
    found = values_of(fit(by_hand([1.0] * 70 + [990.02] * 30)).estimates.frame)
    assert found["marker_limit"]["value"] == pytest.approx(990.01)
    assert found["positive"]["value"] == pytest.approx(0.30)
    assert found["control_positive"]["value"] == pytest.approx(0.01)
    assert found["net_positive"]["value"] == pytest.approx(0.29)
    # binom.test(30, 100)$conf.int of R: 0.2124064 0.3998147
    row = found["positive"]
    assert (row["conf_low"], row["conf_high"]) == (
        pytest.approx(0.2124064, abs=1e-7), pytest.approx(0.3998147, abs=1e-7),
    )  # fmt: skip


def test_net_interval_by_hand() -> None:
    """MOVER of the exact limits of 30/100 and 10/1000 (binom.test: 0.0048049, 0.0183132)."""
    row = net_row((30, 100), (10, 1000))
    down = np.hypot(0.30 - 0.2124064, 0.0183132 - 0.01)
    up = np.hypot(0.3998147 - 0.30, 0.01 - 0.0048049)
    assert row["conf_low"] == pytest.approx(0.29 - down, abs=1e-6)
    assert row["conf_high"] == pytest.approx(0.29 + up, abs=1e-6)


def test_less_than_the_control_is_below_zero_not_cut() -> None:
    found = values_of(fit(by_hand([1.0] * 5000)).estimates.frame)
    assert found["positive"]["bound"] == "<"
    assert found["net_positive"]["value"] == pytest.approx(-0.01)
    assert found["net_positive"]["bound"] == "="
    assert found["net_positive"]["conf_high"] < 0


def test_values_below_zero_are_negative_cells() -> None:
    found = values_of(fit(by_hand([-4000.0, -1.0, 0.0, 5000.0])).estimates.frame)
    assert found["positive"]["value"] == 0.25


def tunel(part: float, seed: int, settings: dict[str, object] | None = None) -> Fitted:
    rng = np.random.default_rng(seed)
    control = marker_tube(0.0, rng, name="c", stains=frozenset({DNA}), cells=20_000)
    rows = events(
        {
            "c": (control, {"role": "no_enzyme"}),
            "s": (marker_tube(part, rng, name="s", cells=20_000), {"treatment": "drug"}),
        }
    )
    chosen = {"marker_channel": MARKER, "control": "no_enzyme", "debris_below": 20_000}
    return fit(rows, PositiveCellsSettings(**chosen | (settings or {})))


@pytest.mark.parametrize("part", [0.02, 0.15, 0.5])
def test_positive_fraction_is_recovered(part: float) -> None:
    found = values_of(tunel(part, 21).estimates.frame)
    chance = 4 * np.sqrt(part * (1 - part) / 20_000 + 0.01 / 20_000)
    assert abs(found["net_positive"]["value"] - 0.99 * part) < 0.002 + chance
    assert abs(found["positive"]["value"] - (part + 0.01 * (1 - part))) < 0.002 + chance


def test_logicle_and_arcsinh_only_change_pictures() -> None:
    one, two = (tunel(0.2, 22, {"scale": scale}) for scale in
                ({"kind": "arcsinh", "cofactor": 150}, {"kind": "logicle"}))  # fmt: skip
    numbers = [f.estimates.frame.select("quantity", "value").sort("quantity") for f in (one, two)]
    assert_frame_equal(*numbers, rel_tol=1e-3)


def test_order_of_rows_does_not_matter() -> None:
    rows = by_hand([1.0] * 70 + [990.02] * 30)
    turned = replace(rows, frame=rows.frame.reverse())
    assert_frame_equal(*(fit(r).estimates.frame.sort("id") for r in (rows, turned)))


def test_missing_control_says_role_and_experiment() -> None:
    text = said(by_hand([1.0], role="unstained"))
    assert "experiment 'E1, M' has no control 'isotype'" in text
    assert "Give its tube in design.csv the role 'isotype'" in text


def test_too_few_control_events() -> None:
    assert "has 999 events; the threshold 'marker' needs 1000" in said(
        by_hand([1.0], control=IN_ROW[:999])
    )


def test_limit_per_sample_and_unknown_channel() -> None:
    rows = by_hand([1.0])
    own = replace(rows, frame=rows.frame.with_columns(cutoff=pl.lit(3.5)))
    assert "limit per sample" in said(own)
    assert "there is no channel 'FITC'" in said(
        rows, SETTINGS.model_copy(update={"marker_channel": "FITC"})
    )


def test_log_scale_and_no_control_are_refused() -> None:
    with pytest.raises(ValidationError, match="no place for compensated values of 0 and below"):
        PositiveCellsSettings(marker_channel="B", control="fmo", scale={"kind": "log"})
    with pytest.raises(ValidationError, match="control"):
        PositiveCellsSettings(marker_channel="B")


def test_histograms_show_samples_control_and_limit() -> None:
    fitted = tunel(0.2, 23)
    rows = by_hand([1.0])
    chosen = PositiveCellsSettings(marker_channel=MARKER, control="no_enzyme", marker="TUNEL")
    views = {v.name: v for v in ASSAY.views(rows, fitted, Tests.empty(), chosen, CONTEXT)}
    panel = views["histograms"].panels[0]
    assert panel.title == "M, E1"
    assert views["histograms"].groups == ("drug", "control: no enzyme")
    limit = values_of(fitted.estimates.frame)["marker_limit"]["value"]
    assert panel.reference_x == pytest.approx(np.arcsinh(limit / 150))
    assert panel.x.tick_words[0] == "0"
