"""Edge, row and column: found where planted, silent where not, and honest where blind."""

import numpy as np
import polars as pl
import pytest

from exportin.assays.viability.simulate_faults import Fault, plate_layout, simulate_plate
from exportin.inference.plate_pattern import plate_patterns
from exportin.kernels.plate_pattern import fit_patterns, pattern_columns, relative_deviation
from exportin.plates.control_check import check_controls
from exportin.plates.pattern import ALPHA, judge_plate, pattern_flags
from exportin.plates.wellmap import check_sizes, equal_wells, plates_of
from exportin.tables.wells import PLATES, well_name

from .simulated import error_of, found_patterns, many_plates, pattern_rates

SEED = 20260  # not used while the rules were made


@pytest.mark.parametrize("randomize", [True, False])
def test_clean_plates_are_rarely_flagged(randomize: bool) -> None:
    count = 300
    rate = pattern_rates(Fault(randomize=randomize), count, SEED)["any"] / count
    print(f"clean plates, randomized {randomize}: {rate:.1%} of {count} flagged, seed {SEED}")
    assert rate <= ALPHA + 2 * error_of(ALPHA, count)
    assert rate > 0.01  # a rule that never speaks would pass as well


@pytest.mark.parametrize("randomize", [True, False])
@pytest.mark.parametrize("well_cv", [0.06, 0.10])
def test_planted_edge_effect_is_found(randomize: bool, well_cv: float) -> None:
    count = 60
    fault = Fault(edge=-0.15, randomize=randomize, well_cv=well_cv)
    power = pattern_rates(fault, count, SEED + 1)["edge"] / count
    print(f"edge -15 %, CV {well_cv:.0%}, randomized {randomize}: power {power:.0%} of {count}")
    assert power >= 0.9


@pytest.mark.parametrize("side", ["row", "column"])
def test_planted_gradient_is_found_on_its_side(side: str) -> None:
    count = 60
    counts = pattern_rates(Fault(randomize=True, **{side: -0.2}), count, SEED + 2)
    print(f"{side} -20 %: {dict(counts)} of {count}")
    assert counts[side] / count >= 0.9
    assert sum(counts[name] for name in {"edge", "row", "column"} - {side}) <= 0.1 * count


def test_effect_is_the_planted_one() -> None:
    plates = many_plates(Fault(edge=-0.15, randomize=True), 40, SEED + 3)
    edges = [judge_plate(next(plates_of(p)), draws=0).results[0] for p in plates]
    effects = np.array([result.effect for result in edges])
    # the outer ring is held against the mean of its wells' blocks, ring and inside together
    assert effects.mean() == pytest.approx(-0.15 / (1 - 0.15 * 0.4), abs=0.01)
    covered = [r.conf_low <= effects.mean() <= r.conf_high for r in edges]
    assert np.mean(covered) > 0.8


def serial_plate(vehicle_columns: tuple[int, ...]) -> pl.DataFrame:
    """Doses along the columns, replicates below each other, vehicle in whole columns."""
    doses = [float(10000 / 3**i) for i in range(12)]
    rows = [
        (well_name(row, column), "vehicle", None, None, None)
        if column in vehicle_columns
        else (well_name(row, column), "treated", "doxorubicin", doses[column], "nM")
        for row in range(8)
        for column in range(12)
    ]
    names = ["well", "role", "treatment", "dose", "dose_unit"]
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String) | {"dose": pl.Float64},
                        orient="row")  # fmt: skip


def test_doses_along_columns_are_no_column_trend() -> None:
    """A strong dose effect from left to right: not flagged, and said to be out of sight."""
    rng = np.random.default_rng(SEED + 4)
    fault = Fault()
    plates = [simulate_plate(serial_plate((0,)), fault, rng, sample=f"P{i}") for i in range(40)]
    column = [judge_plate(next(plates_of(p)), seed=1).results[2] for p in plates]
    assert not any(result.judged for result in column)
    assert all(result.effect is None and result.p_value is None for result in column)
    assert sum(bool(found_patterns(p)) for p in plates) <= 6
    notes = [f["message"] for f in pattern_flags(pl.concat(plates[:3])) if f["severity"] == "note"]
    blind = [text for text in notes if text.startswith("Column trend: cannot be judged on 3 of 3")]
    assert len(blind) == 1
    assert "different columns" in blind[0]


def test_vehicle_at_both_ends_shows_a_column_trend() -> None:
    rng = np.random.default_rng(SEED + 5)
    layout = serial_plate((0, 11))
    clean = [found_patterns(simulate_plate(layout, Fault(), rng)) for _ in range(40)]
    tilted = [found_patterns(simulate_plate(layout, Fault(column=-0.3), rng)) for _ in range(40)]
    assert sum("column" in found for found in clean) <= 5
    assert sum("column" in found for found in tilted) >= 36


def test_inner_wells_alone_say_nothing_of_the_edge() -> None:
    plate = simulate_plate(plate_layout(randomize=True), Fault(), np.random.default_rng(SEED))
    inner = plate.filter(pl.col("row").is_between(1, 6) & pl.col("column").is_between(1, 10))
    inner = inner.drop("row", "column")
    results = judge_plate(next(plates_of(inner)), seed=1).results
    assert [r.judged for r in results] == [False, True, True]


def test_two_patterns_that_go_together_are_not_told_apart() -> None:
    """Vehicle in the first two columns only: the edge column is also the left one."""
    row, column = np.divmod(np.arange(96), 12)
    keep = (column < 2) & (row > 0) & (row < 7)
    where = pattern_columns(np.repeat(row[keep], 4), np.repeat(column[keep], 4), (8, 12))
    where[:, 2] *= 11.0  # so that the column alone would be judged
    fit = fit_patterns(np.zeros(len(where)), where, np.zeros(len(where), dtype=np.int64))
    assert fit.judged[[0, 2]].sum() == 1
    assert fit.mixed.sum() == 1


def test_least_squares_agree_with_dummy_variables() -> None:
    rng = np.random.default_rng(SEED + 6)
    row, column = np.divmod(np.arange(96), 12)
    block = rng.integers(0, 5, 96)
    where = pattern_columns(row, column, (8, 12))
    deviation = relative_deviation(rng.normal(100.0, 10.0, 96), block)
    fit = fit_patterns(deviation, where, block)
    design = np.column_stack([np.eye(5)[block], where])
    solved, squares = np.linalg.lstsq(design, deviation, rcond=None)[:2]
    assert fit.effect == pytest.approx(solved[5:], rel=1e-9)
    covariance = np.linalg.inv(design.T @ design) * squares[0] / (96 - 8)
    assert fit.std_error == pytest.approx(np.sqrt(np.diag(covariance))[5:], rel=1e-9)
    assert fit.df == 88


def test_p_values_are_uniform_for_any_noise() -> None:
    """Exact under exchange: also for a long-tailed distribution."""
    rng = np.random.default_rng(SEED + 7)
    row, column = np.divmod(np.arange(96), 12)
    block = np.repeat(np.arange(8), 12)
    low = 0
    for _ in range(400):
        signal = np.exp(rng.standard_t(3, 96) * 0.1)
        found = plate_patterns(signal, row, column, block, shape=(8, 12), draws=199, rng=rng)
        low += found[2].p_value <= 0.05
    assert low / 400 <= 0.05 + 3 * error_of(0.05, 400)
    assert low / 400 >= 0.05 - 3 * error_of(0.05, 400)


def test_duplicated_rows_and_names_change_nothing() -> None:
    plate = simulate_plate(plate_layout(randomize=True), Fault(), np.random.default_rng(SEED + 8))
    twin = plate.with_columns((pl.col("row_id") + "#").alias("row_id"))
    other = plate.with_columns(pl.col("treatment").replace({"selinexor": "zz", "doxorubicin": "a"}))
    one, two, three = (
        judge_plate(next(plates_of(p.drop("row", "column"))), seed=1).results
        for p in (plate, pl.concat([plate, twin]), other)
    )
    assert one == two == three


def test_blocks_hold_equal_wells_only() -> None:
    plate = simulate_plate(plate_layout(randomize=True), Fault(), np.random.default_rng(SEED + 9))
    (found,) = plates_of(plate.drop("row", "column"))
    wells = equal_wells(found).join(found.frame, on=["row", "column"])
    sizes = wells.group_by("block").agg(pl.col("dose").n_unique(), pl.col("treatment").n_unique())
    assert sizes.select(pl.max("dose", "treatment")).row(0) == (1, 1)
    assert wells.get_column("signal").min() > 0.2 * wells.get_column("signal").max()


@pytest.mark.parametrize("spoil", ["empty", "one", "equal", "zero", "negative", "huge"])
def test_poor_plates_end_without_a_number(spoil: str) -> None:
    plate = simulate_plate(plate_layout(randomize=True), Fault(), np.random.default_rng(1))
    plate = plate.drop("row", "column")
    value = {"equal": pl.lit(7.0), "zero": pl.lit(0.0), "negative": -pl.col("value"),
             "huge": pl.col("value") * 1e100}  # fmt: skip
    frame = {"empty": plate.clear(), "one": plate.head(1)}.get(spoil)
    if frame is None:
        frame = plate.with_columns(value[spoil].alias("value"))
    for flag in pattern_flags(frame):
        assert flag["severity"] == "note" or spoil == "huge"
        assert "nan" not in flag["message"]


@pytest.mark.parametrize("size", [384, 1536])
def test_larger_plates(size: int) -> None:
    found = pattern_rates(Fault(edge=-0.15, randomize=True), 2, SEED + 10, size=size)
    assert found["edge"] == 2
    assert PLATES[size]


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("well_cv", [0.06, 0.20])
@pytest.mark.parametrize("randomize", [True, False])
def test_clean_plates_are_rarely_flagged_long(randomize: bool, well_cv: float) -> None:
    count = 4000
    fault = Fault(randomize=randomize, well_cv=well_cv)
    rate = pattern_rates(fault, count, SEED + 11)["any"] / count
    print(f"clean plates, CV {well_cv:.0%}, randomized {randomize}: {rate:.2%} of {count}")
    assert rate <= ALPHA + 2 * error_of(ALPHA, count)


# ---- how large the plate is


def inner_wells(said: float | None) -> pl.DataFrame:
    """Wells that would fill 96 wells, of a plate that is said to have 384, or nothing."""
    rng = np.random.default_rng(SEED + 9)
    plate = simulate_plate(plate_layout(randomize=True), Fault(), rng)
    return plate.with_columns(pl.lit(said, dtype=pl.Float64).alias("plate_wells"))


def size_notes(frame: pl.DataFrame) -> list[str]:
    return [flag["message"] for flag in pattern_flags(frame) if flag["rule"] == "plate size"]


def test_the_file_says_how_large_the_plate_is() -> None:
    (plate,) = plates_of(inner_wells(384.0))
    assert (plate.shape, plate.guessed) == ((16, 24), False)
    assert not size_notes(inner_wells(384.0))
    (plate,) = plates_of(inner_wells(None))
    assert (plate.shape, plate.guessed) == ((8, 12), True)
    (note,) = size_notes(inner_wells(None))
    assert "The size of 1 plate (P1) is taken to be 96 wells" in note
    assert "plate_wells to design.csv" in note
    (note,) = size_notes(inner_wells(None).drop("plate_wells"))
    assert "to be 96 wells" in note


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (100.0, "plate 'P1' is said to have 100 wells."),
        (24.0, "plate 'P1' is said to have 24 wells, but its wells need 8 rows and 12 columns."),
        (96.5, "plate 'P1' is said to have 96.5 wells."),
    ],
)
def test_a_size_that_cannot_be_is_refused(said: float, message: str) -> None:
    assert [problem.message for problem in check_sizes(inner_wells(said))] == [message]
    assert any(problem.message == message for problem in check_controls(inner_wells(said)))
    assert not list(check_sizes(inner_wells(96.0)))
    half = pl.when(pl.col("well") < "C").then(96.0).otherwise(384.0).alias("plate_wells")
    (problem,) = check_sizes(inner_wells(None).with_columns(half))
    assert problem.message == "plate 'P1' is said to have 96 and 384 wells."
