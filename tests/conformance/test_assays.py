"""Laws that every assay keeps; a new assay is tested here without an edit.

What differs between assays comes through the contract: ``simulate`` with its truth, ``inputs``,
``keys``, ``pooled``. Numbers of simulations and limits stand in ``limits.py``.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import binom, t

from exportin.contract.view import MARK_COLUMNS, source_frame
from exportin.figures import render_svg
from exportin.results.tables import Estimates, Fitted, Flags
from exportin.study.discover import assay_names, load_assay, load_methods, source_path
from exportin.tables.problems import InputError, Problem

from . import limits
from .bench import Bench, bench, first_bench, first_fit

ASSAYS = assay_names()
every_assay = pytest.mark.parametrize("assay", ASSAYS)
NUMBERS = ("value", "conf_low", "conf_high", "std_error", "model_low", "model_high", "df")


def compared(fitted: Fitted, *, drop: tuple[str, ...] = ("id",)) -> pl.DataFrame:
    """Estimates in an order of their own."""
    frame = fitted.estimates.frame.drop(*drop)
    order = [name for name in frame.columns if name not in NUMBERS]
    return frame.sort(order, nulls_last=True)


def same(one: Fitted, two: Fitted) -> None:
    """Fail unless two fits give the same numbers but for rounding."""
    assert_frame_equal(
        compared(one),
        compared(two),
        rel_tol=limits.EQUAL,
        abs_tol=limits.EQUAL,
        check_column_order=False,
    )


# ---- form


@every_assay
def test_every_scenario_is_simulated(assay: str) -> None:
    assert {"default", *limits.SCENARIOS} <= set(load_assay(assay).scenarios)


@every_assay
@pytest.mark.parametrize("scenario", ["default", "n3"])
def test_simulated_study_is_faultless(assay: str, scenario: str) -> None:
    assert not [p for p in first_bench(assay, scenario).check() if p.severity == "error"]


@every_assay
@pytest.mark.parametrize("scenario", ["default", "n3"])
def test_numbers_keep_the_form(assay: str, scenario: str) -> None:
    ours, fitted = first_bench(assay, scenario), first_fit(assay, scenario)
    frame = fitted.estimates.frame
    assert frame.height > 0
    assert set(frame.get_column("block")) == {ours.context.block}
    assert set(frame.get_column("assay")) == {assay}
    assert set(frame.get_column("experimental_unit")) == {ours.context.experimental_unit}
    assert set(frame.get_column("quantity")) <= {q.name for q in ours.assay.quantities}
    assert set(ours.context.keys) <= set(fitted.estimates.keys)
    level = pl.col("interval_level")
    assert frame.filter((level == "between") & pl.col("unit_id").is_not_null()).is_empty()
    assert frame.filter((level == "within") & pl.col("unit_id").is_null()).is_empty()
    assert frame.filter((pl.col("status") == "ok") & pl.col("value").is_null()).is_empty()


@every_assay
def test_intervals_hold_their_estimate(assay: str) -> None:
    frame = first_fit(assay, "default").estimates.frame
    slack = 1 + limits.EQUAL
    wrong = frame.filter(
        (pl.col("bound") == "=")
        & (
            (pl.col("conf_low") > pl.col("value") * slack)
            | (pl.col("conf_high") * slack < pl.col("value"))
        )
    )
    assert wrong.is_empty(), wrong
    none = pl.col("conf_open") == "none"
    half = frame.filter(none & (pl.col("conf_low").is_null() != pl.col("conf_high").is_null()))
    assert half.is_empty(), half
    closed = frame.filter(
        (pl.col("conf_open").is_in(["low", "both"]) & pl.col("conf_low").is_not_null())
        | (pl.col("conf_open").is_in(["high", "both"]) & pl.col("conf_high").is_not_null())
    )
    assert closed.is_empty(), closed


@every_assay
def test_n_counts_units(assay: str) -> None:
    pooled = first_fit(assay, "n4").estimates.frame.filter(pl.col("interval_level") == "between")
    assert pooled.height > 0
    assert set(pooled.get_column("n_units")) == {4}


@every_assay
@pytest.mark.parametrize("scenario", ["default", "n3"])
def test_methods_have_their_sentence(assay: str, scenario: str) -> None:
    used = first_fit(assay, scenario).estimates.frame.get_column("method")
    names = {name for text in used for name in text.split("+")}
    assert names
    assert names <= set(load_methods())


@every_assay
def test_settings_survive_the_store(assay: str) -> None:
    settings = first_bench(assay, "default").settings
    again = type(settings).model_validate(settings.model_dump(mode="json"))
    assert again == settings
    assert type(settings).model_config.get("extra") == "forbid"
    assert type(settings).model_config.get("frozen")


@every_assay
def test_card_and_descriptions(assay: str) -> None:
    path = source_path(f"exportin.assays.{assay}")
    assert path is not None
    assert (path.parent / "CARD.md").read_text(encoding="utf-8").strip()
    bare = [n for n, f in load_assay(assay).settings.model_fields.items() if not f.description]
    assert not bare, f"settings without a description: {bare}"


# ---- what must not matter


@every_assay
def test_order_of_rows_does_not_matter(assay: str) -> None:
    ours = first_bench(assay, "n3")
    order = np.random.default_rng(limits.SEED).permutation(ours.rows.frame.height)
    same(first_fit(assay, "n3"), ours.with_rows(ours.rows.frame[order.tolist()]).fit())


@every_assay
def test_names_do_not_matter(assay: str) -> None:
    """Other names, in another alphabetical order, give the same numbers under the new names.

    Names that the settings mention (a control arm) stay, as they would have to change there too.
    """
    ours, fitted = first_bench(assay, "n3"), first_fit(assay, "n3")
    said = set(texts(ours.settings.model_dump(mode="json")))
    columns = [c for c in (*ours.context.keys, "unit_id") if ours.rows.frame.schema[c] == pl.String]
    renames = {}
    for column in columns:
        names = ours.rows.frame.get_column(column).drop_nulls().unique().sort(descending=True)
        renames[column] = {
            name: name if name in said else f"{i:02d} {name[::-1]}" for i, name in enumerate(names)
        }
    renamed = [pl.col(c).replace(names) for c, names in renames.items()]
    other = ours.with_rows(ours.rows.frame.with_columns(renamed)).fit()
    expected = replace(fitted, estimates=Estimates(fitted.estimates.frame.with_columns(renamed)))
    same(expected, other)


def texts(value: object) -> Iterator[str]:
    """Every text of settings, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


@every_assay
def test_unit_of_dose_does_not_matter(assay: str) -> None:
    ours = first_bench(assay, "n3")
    if "dose_unit" not in {column.name for column in ours.assay.inputs}:
        pytest.skip("no doses here")
    assert set(ours.rows.frame.get_column("dose_unit").drop_nulls()) == {"nM"}
    frame = ours.rows.frame.with_columns(
        pl.col("dose") / 1000.0, pl.col("dose_unit").replace({"nM": "uM"})
    )
    same(first_fit(assay, "n3"), ours.with_rows(frame).fit())


@every_assay
def test_parts_give_what_the_whole_gives(assay: str) -> None:
    ours = first_bench(assay, "default")
    if not ours.assay.part:
        pytest.skip("estimated as a whole")
    keys = list(ours.assay.part)
    parts = ours.rows.frame.select(keys).drop_nulls().unique().sort(keys).head(2)
    blank = pl.any_horizontal(pl.col(key).is_null() for key in keys)
    two = ours.rows.frame.filter(blank | pl.struct(keys).is_in(parts.to_struct().implode()))
    ours = ours.with_rows(two)
    flags, found = ours.flags(), []
    for part in parts.to_dicts():
        frame = ours.rows.frame
        for key, value in part.items():
            frame = frame.filter(pl.col(key).is_null() | (pl.col(key) == value))
        rows = ours.rows.with_frame(frame)
        own = pl.col("row_id").is_null() | pl.col("row_id").is_in(
            frame.get_column("row_id").implode()
        )
        mine = Flags(flags.frame.filter(own))
        found.append(ours.assay.estimate(rows, mine, ours.settings, ours.context))
    whole = ours.assay.estimate(ours.rows, flags, ours.settings, ours.context)
    same(whole, Fitted.concat(found))


@every_assay
def test_inputs_stay_as_they_were(assay: str) -> None:
    ours = first_bench(assay, "n3")
    rows, flags = ours.rows.frame.clone(), ours.flags()
    before = flags.frame.clone()
    fitted = ours.assay.estimate(ours.rows, flags, ours.settings, ours.context)
    numbers = fitted.estimates.frame.clone()
    ours.views(first_fit(assay, "n3"))
    assert ours.rows.frame.equals(rows)
    assert flags.frame.equals(before)
    assert fitted.estimates.frame.equals(numbers)


def parquet(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_parquet(buffer, statistics=False)
    return buffer.getvalue()


@every_assay
def test_same_seed_same_bytes(assay: str) -> None:
    simulate = load_assay(assay).simulate
    one, two = (simulate("n3", np.random.default_rng(7)) for _ in range(2))
    assert one.files == two.files
    assert one.truth.equals(two.truth)
    assert simulate("n3", np.random.default_rng(8)).files != one.files
    first, again = first_fit(assay, "n3"), first_bench(assay, "n3").fit()
    for kind in ("estimates", "series", "flags", "screen", "draws"):
        assert parquet(getattr(first, kind).frame) == parquet(getattr(again, kind).frame)


# ---- what must not be cheated


def some_rows(ours: Bench) -> tuple[str, ...]:
    ids = ours.rows.frame.get_column("row_id").sort().to_list()
    chance = np.random.default_rng(limits.SEED)
    return tuple(chance.choice(ids, size=min(limits.EXCLUDED_ROWS, len(ids) // 3), replace=False))


@every_assay
@pytest.mark.parametrize("factor", [1000.0, 0.0, None])
def test_excluded_rows_influence_nothing(assay: str, factor: float | None) -> None:
    ours = first_bench(assay, "n3")
    gone = some_rows(ours)
    ours = replace(ours, excluded=gone)
    changed = ours.bent(
        lambda frame, names: frame.with_columns(
            (pl.col(c) * factor if factor is not None else pl.lit(None, pl.Float64)).alias(c)
            for c in names
        ),
        pl.col("row_id").is_in(list(gone)),
    )
    same_frame = changed.rows.frame.equals(ours.rows.frame)
    assert not same_frame or changed.rows.blobs != ours.rows.blobs
    before, after = ours.fit(), changed.fit()
    same(before, after)
    assert before.series.frame.equals(after.series.frame)


@every_assay
def test_excluded_rows_are_counted(assay: str) -> None:
    ours = first_bench(assay, "n3")
    one = ours.rows.frame.filter(pl.col("row_id").is_in(_behind_numbers(ours)))
    row = one.item(0, "row_id")
    frame = replace(ours, excluded=(row,)).fit().estimates.frame
    unit = frame.filter(pl.col("unit_id") == one.item(0, "unit_id"))
    assert unit.get_column("n_flagged").max() == 1
    assert frame.filter(pl.col("unit_id") != one.item(0, "unit_id"))["n_flagged"].max() == 0


def _behind_numbers(ours: Bench) -> list[str]:
    """Rows that are estimated themselves, not controls of others."""
    frame = ours.rows.frame
    if "role" in frame.columns:
        frame = frame.filter(pl.col("role").is_in(ours.assay.samples))
    return frame.get_column("row_id").sort().to_list()


@every_assay
def test_technical_replicates_never_narrow_what_is_between(assay: str) -> None:
    """Ten times the wells are not ten times the experiments."""
    ours = first_bench(assay, "n4")
    copies = [
        ours.rows.frame.with_columns((pl.col("row_id") + f"#{i}").alias("row_id")) for i in range(3)
    ]
    more = ours.with_rows(pl.concat([ours.rows.frame, *copies])).fit()
    widths = [_widths(fitted) for fitted in (first_fit(assay, "n4"), more)]
    both = widths[0].join(widths[1], on="id", suffix="_more")
    assert both.height == widths[0].height > 0
    narrower = both.filter(pl.col("width_more") < pl.col("width") * (1 - limits.NARROWER))
    assert narrower.is_empty(), narrower
    assert (both.get_column("n_units") == both.get_column("n_units_more")).all()


def _widths(fitted: Fitted) -> pl.DataFrame:
    """Width of each closed `between` interval, on its own scale."""
    closed = fitted.estimates.frame.filter(
        (pl.col("interval_level") == "between")
        & pl.col("conf_low").is_not_null()
        & pl.col("conf_high").is_not_null()
    )
    logs = pl.col("scale").is_in(["ln", "log10"])
    ratio = pl.when(logs).then((pl.col("conf_high") / pl.col("conf_low")).log())
    width = ratio.otherwise(pl.col("conf_high") - pl.col("conf_low"))
    return closed.select("id", "quantity", "n_units", width.alias("width"))


# ---- inputs with nothing in them


def nothing(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    del measured
    return frame.clear()


def all_missing(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(c) for c in measured)


def all_equal(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    return frame.with_columns(pl.lit(7.0).alias(c) for c in measured)


def all_zero(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    return frame.with_columns(pl.lit(0.0).alias(c) for c in measured)


def negative(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    return frame.with_columns(-pl.col(c) for c in measured)


def enormous(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    return frame.with_columns(pl.col(c) * 1e100 for c in measured)


def tiny(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    return frame.with_columns(pl.col(c) * 1e-100 for c in measured)


def one_row(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    del measured
    return frame.head(1)


def one_unit(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    del measured
    return frame.filter(pl.col("unit_id") == pl.col("unit_id").min())


def one_dose(frame: pl.DataFrame, measured: list[str]) -> pl.DataFrame:
    del measured
    if "dose" not in frame.columns:
        pytest.skip("no doses here")
    return frame.filter(pl.col("dose").is_null() | (pl.col("dose") == pl.col("dose").max()))


POOR = (
    nothing,
    all_missing,
    all_equal,
    all_zero,
    negative,
    enormous,
    tiny,
    one_row,
    one_unit,
    one_dose,
)
BENT = (all_missing, all_equal, all_zero, negative, enormous, tiny)


@every_assay
@pytest.mark.parametrize("make", POOR)
def test_poor_input_ends_in_words(
    assay: str, make: Callable[[pl.DataFrame, list[str]], pl.DataFrame]
) -> None:
    """A problem with a remedy, or numbers with a status: never a crash, never NaN."""
    ours = first_bench(assay, "n3")
    ends_in_words(ours.bent(make) if make in BENT else ours.with_rows(make(ours.rows.frame, [])))


def ends_in_words(ours: Bench) -> None:
    """Fail unless there are problems with remedies, or numbers and pictures with a status."""
    problems = [problem for problem in _problems(ours) if problem.severity == "error"]
    if problems:
        assert all(problem.message and problem.remedy for problem in problems)
        return
    fitted = ours.fit()
    frame = fitted.estimates.frame
    assert frame.filter(pl.col("value").is_null() & (pl.col("status") == "ok")).is_empty()
    for view in ours.views(fitted):
        assert render_svg(view)


@every_assay
def test_no_treated_value_ends_in_words(assay: str) -> None:
    ours = first_bench(assay, "n3")
    if "role" not in ours.rows.frame.columns:
        pytest.skip("no roles here")
    ends_in_words(ours.bent(all_missing, pl.col("role").is_in(ours.assay.samples)))


def _problems(ours: Bench) -> tuple[Problem, ...]:
    try:
        return ours.check()
    except InputError as error:
        return error.problems


@every_assay
def test_everything_excluded(assay: str) -> None:
    ours = first_bench(assay, "n3")
    ours = replace(ours, excluded=tuple(ours.rows.frame.get_column("row_id")))
    frame = ours.fit().estimates.frame
    assert frame.filter(pl.col("value").is_not_null()).is_empty()
    assert "ok" not in set(frame.get_column("status"))
    assert frame.height > 0


# ---- figures


@every_assay
@pytest.mark.parametrize("scenario", ["default", "n3"])
def test_views_are_whole(assay: str, scenario: str) -> None:
    views = first_bench(assay, scenario).views(first_fit(assay, scenario))
    assert views
    assert len({view.name for view in views}) == len(views)
    for view in views:
        assert view.title
        assert view.caption.endswith(".")
        assert source_frame(view).height > 0
        for panel in view.panels:
            for mark in panel.marks:
                needed, _, allowed = MARK_COLUMNS[mark.kind].partition("|")
                assert set(needed.split()) <= set(mark.frame.columns)
                assert set(mark.frame.columns) <= {*needed.split(), *allowed.split()}
                if "group" in mark.frame.columns:
                    assert set(mark.frame.get_column("group").drop_nulls()) <= set(view.groups)


@every_assay
def test_views_and_numbers_use_what_was_promised_only(assay: str) -> None:
    """Columns that neither the raw kind, nor `inputs`, nor the keys promise are not looked at."""
    ours, fitted = first_bench(assay, "n3"), first_fit(assay, "n3")
    promised = [c.name for c in (*ours.assay.consumes.columns, *ours.assay.inputs)]
    keep = [c for c in ours.rows.frame.columns if c in {*promised, *ours.context.keys, "unit_id"}]
    bare = ours.with_rows(ours.rows.frame.select(keep))
    same(fitted, bare.fit())
    one, two = (render_all(b, fitted) for b in (ours, bare))
    assert one == two


def render_all(ours: Bench, fitted: Fitted) -> list[pl.DataFrame | bytes]:
    return [render_svg(view) for view in ours.views(fitted)]


# ---- truth


def hits(assay: str, scenario: str, count: int) -> pl.DataFrame:
    """One row per true number and simulated study: estimate, interval, truth."""
    parts = []
    for number in range(count):
        ours = bench(assay, scenario, number)
        pooled = ours.fit().estimates.frame.filter(pl.col("unit_id").is_null())
        truth = ours.truth.filter(pl.col("bound") == "=").rename({"value": "truth"})
        keys = [c for c in truth.columns if c in pooled.columns and c not in ("bound", "units")]
        found = truth.join(pooled, on=keys, how="left", suffix="_found")
        parts.append(found.select("quantity", "truth", "scale", "value", "conf_low", "conf_high"))
    return pl.concat(parts)


def judge(found: pl.DataFrame, level: float) -> None:
    """Coverage within binomial limits, and no bias to speak of, for each quantity."""
    for (quantity,), rows in found.group_by("quantity"):
        assert rows.get_column("value").null_count() == 0, f"{quantity} was not estimated"
        low = pl.col("conf_low").fill_null(-np.inf) <= pl.col("truth")
        high = pl.col("conf_high").fill_null(np.inf) >= pl.col("truth")
        covered, n = rows.filter(low & high).height, rows.height
        say = f"{quantity}: {covered} of {n} intervals hold the truth, stated {level:.0%}"
        assert binom.cdf(covered, n, level) >= limits.COVERAGE_P, say
        assert binom.sf(covered - 1, n, level) >= limits.OVERCOVERAGE_P, say
        value, truth = rows.get_column("value").to_numpy(), rows.get_column("truth").to_numpy()
        logs = rows.item(0, "scale") in ("ln", "log10")
        errors = np.log(value / truth) if logs else value - truth
        spread = errors.std(ddof=1)
        allowed = (t.isf(limits.BIAS_P / 2, n - 1) / np.sqrt(n) + limits.BIAS_FLOOR) * spread
        assert abs(errors.mean()) <= allowed, f"{quantity}: mean error {errors.mean():.4g}"


@every_assay
@pytest.mark.parametrize("scenario", limits.SCENARIOS)
def test_truth_is_found(assay: str, scenario: str) -> None:
    judge(hits(assay, scenario, limits.SIMULATIONS[scenario]), _level(assay))


@pytest.mark.long
@pytest.mark.timeout(7200)
@every_assay
@pytest.mark.parametrize("scenario", limits.SCENARIOS)
def test_truth_is_found_as_often_as_said(assay: str, scenario: str) -> None:
    judge(hits(assay, scenario, limits.SIMULATIONS_LONG[scenario]), _level(assay))


def _level(assay: str) -> float:
    return first_bench(assay, "n3").context.conf_level
