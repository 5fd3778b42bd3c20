"""Quality of a run: simulated drift, stops, bubbles, saturation and carry-over; and silence."""

import numpy as np
import pytest
from tests.events.tubes_by_hand import tube

from exportin.events.carry_over import check_carry_over
from exportin.events.quality import check_tube
from exportin.events.ranges import kept_events, part_id
from exportin.events.settings import QualitySettings
from exportin.events.tubes import Tube
from exportin.results.tables import Flags
from exportin.tables.events import event_range

N = 20_000
Run = dict[str, np.ndarray]


def run(seed: int = 1, n: int = N) -> Run:
    """A DNA tube at a steady flow."""
    rng = np.random.default_rng(seed)
    dna = np.where(rng.uniform(size=n) < 0.7, 5e4, 1e5) * rng.normal(1, 0.05, n)
    return {
        "FSC-A": rng.lognormal(10, 0.3, n),
        "FL1-A": rng.normal(100, 80, n),
        "FL2-A": dna,
        "Time": np.sort(rng.uniform(0, 60, n)),
    }


def rules(made: Tube, **settings: object) -> dict[str, tuple[int, int]]:
    """Each rule that speaks, with the events it names."""
    rows = check_tube(made, QualitySettings.model_validate(settings))
    Flags.from_rows(rows)
    return {str(row["rule"]): event_range(str(row["row_id"]))[1:] for row in rows}


@pytest.mark.parametrize("seed", range(20))
def test_silence_on_steady_runs(seed: int) -> None:
    assert check_tube(tube(run(seed))) == []


@pytest.mark.parametrize("channel", ["FSC-A", "FL2-A"])
def test_a_shifted_stretch_is_named(channel: str) -> None:
    values = run()
    values[channel][8000:12_000] *= 1.3
    rows = check_tube(tube(values))
    assert [row["rule"] for row in rows] == ["event-drift"]
    assert rows[0]["row_id"] == "a.fcs:8001-12000"
    assert f"signal of {channel} is shifted" in str(rows[0]["message"])
    assert "for 20 % of the run" in str(rows[0]["message"])


def test_a_slow_drift_is_seen_at_its_ends() -> None:
    values = run()
    values["FL2-A"] *= np.linspace(0.8, 1.2, N)
    found = [row["row_id"] for row in check_tube(tube(values)) if row["rule"] == "event-drift"]
    assert len(found) == 2
    assert str(found[0]).startswith("a.fcs:1-")
    assert str(found[1]).endswith("-20000")


def test_a_shift_too_small_to_matter_is_not_flagged() -> None:
    values = run()
    values["FSC-A"][:10_000] *= 1.02
    assert "event-drift" not in rules(tube(values))


def test_a_stop_of_the_flow() -> None:
    values = run()
    values["Time"][10_000:] += 20
    found = rules(tube(values))
    assert set(found) == {"event-flow"}
    low, high = found["event-flow"]
    assert low <= 10_001 <= high + 1


def test_a_burst_of_the_flow() -> None:
    values = run()
    time = values["Time"]
    time[5000:9000] = time[5000] + (time[5000:9000] - time[5000]) / 8
    time[9000:] -= time[9000] - time[8999]
    found = rules(tube(values))
    low, high = found["event-flow"]
    assert 4500 < low < 5500
    assert 8500 < high < 9500


def test_a_bubble_disturbs_flow_and_signal() -> None:
    values = run()
    values["FL2-A"][10_000:10_500] *= 0.3
    values["FSC-A"][10_000:10_500] *= 3
    values["Time"][10_500:] += 10
    found = rules(tube(values))
    assert set(found) == {"event-bubble"}
    low, high = found["event-bubble"]
    assert low <= 10_001
    assert high >= 10_500
    assert high - low < 1500


def test_a_clock_that_runs_backwards_is_noted() -> None:
    values = run()
    values["Time"] = values["Time"][::-1]
    rows = check_tube(tube(values))
    assert [(row["rule"], row["severity"], row["row_id"]) for row in rows] == [
        ("event-clock", "note", "a.fcs:1-20000")
    ]


def test_a_clock_of_few_ticks_is_not_judged() -> None:
    values = run()
    values["Time"] = np.floor(values["Time"])
    rows = check_tube(tube(values))
    assert [(row["rule"], row["severity"]) for row in rows] == [("event-clock", "note")]
    assert "ticks too roughly" in str(rows[0]["message"])


@pytest.mark.parametrize("seed", range(5))
def test_a_median_between_two_peaks_is_no_drift(seed: int) -> None:
    """Half of the events in either of two far peaks: the medians of bins jump between them."""
    values = run(seed)
    half = np.random.default_rng(seed).uniform(size=N) < 0.5
    values["FL2-A"] = np.where(half, 2e4, 1e5) * np.random.default_rng(seed).normal(1, 0.02, N)
    values["FL1-A"] = np.random.default_rng(seed).integers(0, 4, N).astype(float)
    assert not {"event-drift"} & set(rules(tube(values)))


def test_off_scale_at_the_top_and_cut_at_the_bottom() -> None:
    values = run()
    values["FL2-A"][:400] = 262143.0
    values["FL1-A"] = np.maximum(values["FL1-A"], 0.0)
    rows = {
        str(row["rule"]): str(row["message"])
        for row in check_tube(tube(values), channels=["FL1-A", "FL2-A"])
    }
    assert rows["event-saturation"] == "2 % of the events are at the top of FL2-A (off scale)."
    assert "at the lowest value of FL1-A" in rows["event-bottom"]


def test_one_percent_at_the_top_is_allowed() -> None:
    values = run()
    values["FL2-A"][::100] = 262143.0
    assert "event-saturation" not in rules(tube(values))


def test_few_events_and_severity() -> None:
    rows = check_tube(tube(run(n=999)), QualitySettings(few_events="exclude"))
    assert rows[0]["rule"] == "few-events"
    assert rows[0]["severity"] == "exclude"
    assert "999 events, fewer than 1000" in str(rows[0]["message"])
    assert Flags.from_rows(rows).excluded() == {"a.fcs:1-999"}
    assert check_tube(tube(run(n=999)), QualitySettings(least_events=500)) == []


def test_an_empty_tube_is_only_empty() -> None:
    rows = check_tube(tube({"FL1-A": np.zeros(0), "Time": np.zeros(0)}))
    assert [row["rule"] for row in rows] == ["few-events"]


def test_channels_may_be_chosen() -> None:
    values = run()
    values["FL1-A"][:5000] += 500
    assert "event-drift" in rules(tube(values))
    assert check_tube(tube(values), channels=["FL2-A"]) == []


def after(carried: int, seed: int = 2) -> list[Tube]:
    """A bright tube, and a dim one whose first events are half of the bright one's."""
    before, values = run(seed), run(seed + 100)
    before["FL2-A"] *= 3
    rng = np.random.default_rng(seed)
    first = np.flatnonzero(rng.uniform(size=carried) < 0.5)
    for name in ("FSC-A", "FL1-A", "FL2-A"):
        values[name][first] = before[name][first + 10_000]
    return [tube(before, name="1.fcs"), tube(values, name="2.fcs")]


def test_carry_over_is_found_where_it_is() -> None:
    rows = check_carry_over(after(1000))
    Flags.from_rows(rows)
    assert [row["row_id"] for row in rows] == ["2.fcs:1-1000"]
    assert rows[0]["rule"] == "event-carry-over"
    assert "look like the tube before (1.fcs) in FL2-A" in str(rows[0]["message"])
    part = int(str(rows[0]["message"]).split(" %")[0])
    assert 40 <= part <= 60


@pytest.mark.parametrize("seed", range(10))
def test_no_carry_over_no_row(seed: int) -> None:
    assert check_carry_over(after(0, seed)) == []


def test_equal_tubes_cannot_carry_over() -> None:
    """Events of an equal tube change nothing, and nobody can tell."""
    assert check_carry_over([tube(run(1), name="1.fcs"), tube(run(2), name="2.fcs")]) == []


def test_ranges_count_on_in_a_second_data_set() -> None:
    assert part_id("a.lmd:1001-3000", 250, 500) == "a.lmd:1251-1500"
    kept = kept_events("a.lmd:1001-1010", ["a.lmd:1003-1004", "a.lmd:990-1001", "a.lmd:5", "x"])
    assert np.flatnonzero(~kept).tolist() == [0, 2, 3]
    assert not kept_events("a.fcs:1-3", ["a.fcs:1-3"]).any()
    assert kept_events("a.fcs:1-3", ["a.fcs:4-9", "b.fcs:1-3"]).all()


@pytest.mark.long
def test_false_alarms_are_rare() -> None:
    """200 steady tubes, 40,000 medians: no alarm."""
    found = [check_tube(tube(run(seed, n=12_500))) for seed in range(200)]
    assert sum(map(len, found)) == 0
