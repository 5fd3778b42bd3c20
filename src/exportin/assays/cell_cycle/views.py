"""Figures of the cell cycle: histograms with fits, overlays, stacked phases, the primary part."""

from collections.abc import Iterator, Sequence

import polars as pl

from exportin.assays.cell_cycle.drawn import COUNTED, HISTOGRAM, TOTAL
from exportin.assays.cell_cycle.gate_views import gate_views
from exportin.assays.cell_cycle.quantities import PHASES
from exportin.assays.cell_cycle.settings import CellCycleSettings
from exportin.contract.assay import Context
from exportin.contract.view import View
from exportin.events.tube_rows import TubeRows, panel_rows, tube_rows, tubes_left_out
from exportin.results.tables import Estimates, Fitted, Tests
from exportin.tables.events import Events
from exportin.views.composition import composition_view
from exportin.views.dots import dots_view
from exportin.views.frames import in_order
from exportin.views.histogram import histogram_view, overlay_view
from exportin.views.words import n_words

NAMES = {
    "g1": "G0/G1",
    "s": "S",
    "g2m": "G2/M",
    "sub_g1": "sub-G1",
    "debris": "debris",
    "aggregates": "aggregates",
    "second_g1": "second G0/G1",
    "second_s": "second S",
    "second_g2m": "second G2/M",
}
PHASE_NAMES = tuple(NAMES[name] for name in PHASES)
SHOWN = 2.6  # G1 positions along the axis of a histogram
FLAT = 1e-3  # of a part's own height: what is lower cannot be seen
SAMPLES = ("vehicle", "treated")
A_PAGE = 24  # panels of histograms a figure


def views(
    rows: Events, fitted: Fitted, tests: Tests, settings: CellCycleSettings, context: Context
) -> tuple[View, ...]:
    """Return histograms with fits, overlays by treatment, stacked phases, and the primary part.

    Parameters
    ----------
    rows
        Tubes; roles tell the vehicle.
    fitted, tests
        Results of the block.
    settings, context
        What the study file says.
    """
    vehicles = rows.frame.filter(pl.col("role") == "vehicle").get_column("treatment")
    first = tuple(vehicles.drop_nulls().unique().sort())
    found = [
        *_composition(fitted.estimates, context, first),
        *_primary(fitted.estimates, tests, settings, context, first),
        *_overlays(fitted, first),
        *_histograms(fitted, settings, first, rows),
        *gate_views(fitted, settings, tube_rows(rows.frame)),
    ]
    return tuple(found)


def _composition(estimates: Estimates, context: Context, first: Sequence[str]) -> Iterator[View]:
    frame = estimates.frame.filter(
        pl.col("quantity").is_in(PHASES), pl.col("bound") == "=", pl.col("value").is_not_null()
    )
    if frame.is_empty():
        return
    shaped = frame.with_columns(
        (100.0 * pl.col("value")).alias("value"),
        pl.col("quantity").replace(NAMES).alias("part"),
        pl.col("model").alias("panel"),
        pl.col("treatment").alias("category"),
    )
    units = shaped.filter(pl.col("unit_id").is_not_null())
    means = shaped.filter(pl.col("unit_id").is_null())
    yield composition_view(
        name="phases",
        title="Cell-cycle phases",
        means=means if means.height else units,
        units=units,
        parts=PHASE_NAMES,
        y_label="Single nuclei",
        categories=in_order(first, [shaped], "category"),
        unit_name=f"{context.experimental_unit}s",
        caption=f"Fractions of single nuclei in G0/G1, S and G2/M: means over "
        f"{context.experimental_unit}s (on logits, scaled to 100 %), and single "
        f"{context.experimental_unit}s as points. Phases that a histogram does not determine are "
        "left out.",
    )


def _primary(
    estimates: Estimates,
    tests: Tests,
    settings: CellCycleSettings,
    context: Context,
    first: Sequence[str],
) -> Iterator[View]:
    name = settings.primary
    said = estimates.frame.filter(pl.col("quantity") == name, pl.col("value").is_not_null())
    if said.is_empty():
        return
    percent = [(100.0 * pl.col(c)).alias(c) for c in ("value", "conf_low", "conf_high")]
    shaped = said.with_columns(
        *percent, pl.col("model").alias("panel"), pl.col("treatment").alias("group")
    )
    units = shaped.filter(pl.col("unit_id").is_not_null(), pl.col("bound") == "=")
    if units.is_empty():
        return
    means = shaped.filter(pl.col("unit_id").is_null(), pl.col("bound") == "=")
    yield dots_view(
        name=f"{name}_arrest" if name == "g1" else name,
        title=f"Nuclei in {NAMES[name]}",
        units=units,
        summary=means,
        comparisons=_brackets(tests, name),
        y_label=f"{NAMES[name]}, % of single nuclei",
        groups=in_order(first, [shaped], "group"),
        caption=f"Single nuclei in {NAMES[name]}: every {context.experimental_unit}, the mean on "
        f"logits and its {100 * context.conf_level:.3g} % interval between "
        f"{context.experimental_unit}s.",
        columns=2,
        width="double",
    )


def _brackets(tests: Tests, name: str) -> pl.DataFrame | None:
    """Pairwise comparisons of the primary part; overall tests and trends have no two groups."""
    own = pl.col("quantity") == name
    if "part" in tests.frame.columns:
        own |= (pl.col("quantity") == "phases") & (pl.col("part") == name).fill_null(value=False)
    frame = tests.frame.filter(own, pl.col("p_value").is_not_null())
    if frame.is_empty() or "model" not in frame.columns:
        return None
    pairs = frame.filter(pl.col("group_b").is_not_null(), ~pl.col("test").str.contains("trend"))
    return pairs.with_columns(pl.col("model").alias("panel")) if pairs.height else None


def _overlays(fitted: Fitted, first: Sequence[str]) -> Iterator[View]:
    """Lay the tubes of one line and experiment over each other, DNA content relative to G1."""
    series = fitted.series.frame.filter(pl.col("quantity") == HISTOGRAM)
    if series.is_empty():
        return
    peaks = _positions(fitted.estimates)
    shaped = (
        series.filter(pl.col("part") == COUNTED)
        .join(peaks, on=["unit_id", "tube"], how="inner")
        .with_columns(
            (pl.col("x") / pl.col("g1")).alias("x"),
            _panel("model", "unit_id").alias("panel"),
            pl.col("treatment").alias("group"),
        )
        .filter(pl.col("x") <= SHOWN, pl.col("x") >= 0.1)
        .with_columns((100.0 * pl.col("y") / pl.col("y").max().over("tube", "panel")).alias("y"))
    )
    one = shaped.group_by("panel", "group", maintain_order=True).agg(pl.col("tube").min())
    shaped = shaped.join(one, on=["panel", "group", "tube"], how="semi").sort("panel", "group", "x")
    if shaped.is_empty():
        return
    yield overlay_view(
        name="overlay",
        title="DNA histograms by treatment",
        lines=shaped,
        x_label="DNA content, G1 = 1",
        groups=in_order(first, [shaped], "group"),
        columns=3,
        caption="DNA histograms of single nuclei, each scaled to its own G1 position and highest "
        "bin. One tube per treatment.",
    )


def _positions(estimates: Estimates) -> pl.DataFrame:
    frame = estimates.frame.filter(pl.col("quantity") == "g1_channel")
    if "tube" not in frame.columns:
        return pl.DataFrame(schema={"unit_id": pl.String, "tube": pl.String, "g1": pl.Float64})
    return frame.select("unit_id", "tube", pl.col("value").alias("g1"))


def _panel(*keys: str) -> pl.Expr:
    return pl.concat_str([pl.col(key).cast(pl.String) for key in keys], separator=", ")


def _histograms(
    fitted: Fitted, settings: CellCycleSettings, first: Sequence[str], rows: Events
) -> Iterator[View]:
    """Draw every tube with its parts, a page for each line; above the limit doubtful tubes only.

    Tubes that were left out keep their place and say so.
    """
    series = fitted.series.frame.filter(pl.col("quantity") == HISTOGRAM)
    if series.is_empty():
        return
    gone = tubes_left_out(rows.frame, fitted.flags.excluded(), SAMPLES)
    tubes = pl.concat([series.select(gone.columns), gone], how="vertical_relaxed").unique()
    if tubes.height > settings.histograms_drawn:
        tubes = tubes.join(_doubtful(fitted.estimates), on=["unit_id", "tube"], how="semi")
    order = {name: i for i, name in enumerate(in_order(first, [tubes], "treatment"))}
    by = pl.col("treatment").replace_strict(order, return_dtype=pl.Int64, default=len(order))
    tubes = tubes.sort("model", "unit_id", by, "tube")
    pages = [
        (model, mine.slice(at, A_PAGE))
        for (model,), mine in tubes.group_by(["model"], maintain_order=True)
        for at in range(0, mine.height, A_PAGE)
    ]
    for number, (model, page) in enumerate(pages, start=1):
        end = f"_{number}" if len(pages) > 1 else ""
        yield _page(fitted, page, str(model), end, (tube_rows(rows.frame), gone))


def _doubtful(estimates: Estimates) -> pl.DataFrame:
    """Tubes of conditions without a number."""
    frame = estimates.frame
    bad = frame.filter(pl.col("quantity") == "g1", pl.col("unit_id").is_not_null(),
                       pl.col("status") != "ok")  # fmt: skip
    of_tubes = frame.filter(pl.col("quantity") == "nuclei")
    keys = ["model", "treatment", "unit_id"]
    return of_tubes.join(bad, on=keys, how="semi").select("unit_id", "tube")


def _page(
    fitted: Fitted, page: pl.DataFrame, model: str, end: str, of: tuple[TubeRows, pl.DataFrame]
) -> View:
    rows, gone = of
    named = page.with_row_index("place").with_columns(_title(page).alias("panel"))
    drawn = fitted.series.frame.filter(pl.col("quantity") == HISTOGRAM).join(
        named.select("model", "treatment", "unit_id", "tube", "panel"),
        on=["model", "treatment", "unit_id", "tube"],
    )
    peaks = drawn.join(_positions(fitted.estimates), on=["unit_id", "tube"], how="left")
    reach = peaks.get_column("g1").max()
    high = SHOWN * float(str(reach)) if reach is not None else None
    top = peaks.filter(pl.col("part") == COUNTED, pl.col("x") > 0.5 * pl.col("g1").fill_null(0.0))
    tops = dict(top.group_by("panel").agg(pl.col("y").max()).iter_rows())
    parts = drawn.filter(
        ~pl.col("part").is_in([COUNTED, TOTAL]), pl.col("y") > FLAT * pl.col("y").max().over("id")
    ).with_columns(
        pl.col("part").replace(NAMES).alias("group"),
        pl.lit(0.0).alias("low"),
        pl.col("y").alias("high"),
    )
    return histogram_view(
        name=f"histograms{end}",
        title=f"DNA histograms with fitted parts, {model}",
        counts=_inside(drawn.filter(pl.col("part") == COUNTED), high).sort("panel", "x"),
        parts=_inside(parts, high).sort("panel", "group", "x"),
        total=_inside(drawn.filter(pl.col("part") == TOTAL), high).sort("panel", "x"),
        x_label="DNA stain",
        x_unit="channel",
        groups=[name for name in NAMES.values() if name in set(parts.get_column("group"))],
        panels=named.get_column("panel").to_list(),
        notes=_notes(fitted.estimates, named),
        top={panel: float(y) for panel, y in tops.items() if y},
        x_high=high,
        columns=4,
        rows=panel_rows(named, rows),
        left_out=named.join(gone, on=gone.columns, how="semi").get_column("panel").to_list(),
        caption="Single nuclei (steps), their fitted parts (areas) and the sum of the parts "
        "(line). Numbers under a panel belong to that tube alone; the peak of debris may be cut.",
    )  # fmt: skip


def _inside(frame: pl.DataFrame, high: float | None) -> pl.DataFrame:
    return frame if high is None else frame.filter(pl.col("x") <= high)


def _title(page: pl.DataFrame) -> pl.Expr:
    """Name a panel by treatment and experiment; by its tube where those do not tell apart."""
    words = [pl.col("treatment"), pl.col("unit_id").cast(pl.String)]
    if page.select("treatment", "unit_id").is_duplicated().any():
        words.append(pl.col("tube"))
    return pl.concat_str(words, separator=", ")


def _notes(estimates: Estimates, named: pl.DataFrame) -> dict[str, str]:
    """Phases and CV of each panel, or why there are none."""
    keys = ["model", "treatment", "unit_id"]
    frame = estimates.frame.join(named.select(*keys, "panel"), on=keys)
    said = {}
    for (panel,), mine in frame.group_by(["panel"], maintain_order=True):
        rows = {row["quantity"]: row for row in mine.iter_rows(named=True)}
        fractions = [
            f"{NAMES[name]} {'' if rows[name]['bound'] == '=' else rows[name]['bound'] + ' '}"
            f"{100 * rows[name]['value']:.1f} %"
            for name in PHASES
            if name in rows and rows[name]["value"] is not None
        ]
        words = [", ".join(fractions) or "phases not identifiable"]
        if "g1_cv" in rows:
            words.append(f"CV {100 * rows['g1_cv']['value']:.1f} %")
        if "nuclei" in rows:
            words.append(n_words(int(rows["nuclei"]["value"])) + " nuclei")
        said[str(panel)] = "; ".join(words)
    return said
