"""A study, or one figure of it, as the bytes of a file by its ending."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Literal, cast

import polars as pl

from exportin.contract.view import View, source_frame
from exportin.contract.view_json import view_from_json
from exportin.figures import render_pdf, render_png, render_svg, render_tiff
from exportin.figures.slides import render_pptx
from exportin.figures.slides_notes import Told
from exportin.figures.style import WIDTH_MM
from exportin.report.exports.crate import study_crate
from exportin.report.exports.workbook import study_workbook
from exportin.study.export import csv_bytes
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.study.prism import study_pzfx
from exportin.tables.problems import InputError, nearest, problem_at

STUDY_ENDINGS = {
    ".xlsx": "workbook: numbers, tests, flags, exclusions, raw rows, figures, provenance",
    ".pptx": "slides with charts that can be edited",
    ".pzfx": "Prism project of the raw values",
    ".zip": "research object (RO-Crate) that a referee can run again",
    ".csv": "all estimates",
}
FIGURE_ENDINGS = {
    ".svg": "drawing", ".pdf": "drawing with its fonts", ".png": "picture, 600 dpi",
    ".tiff": "picture, 600 dpi, RGB, LZW", ".tif": "the same", ".pptx": "slide",
    ".csv": "the numbers behind it",
}  # fmt: skip
DRAW: dict[str, Callable[[View], bytes]] = {
    ".svg": render_svg, ".pdf": render_pdf, ".png": render_png, ".tiff": render_tiff,
    ".tif": render_tiff,
}  # fmt: skip
NEEDS_PICTURES = frozenset({".zip"})
"""Endings whose files hold the pictures of a run; they are drawn if the outcome has none."""
Column = Literal["single", "double"]


def export_bytes(
    outcome: Outcome, ending: str, figure: str | None = None, column: str | None = None
) -> bytes:
    """Write a study, or one of its figures, as a file.

    Parameters
    ----------
    outcome : Outcome
        Results of a run; pictures are not needed.
    ending : str
        ``.xlsx``, ``.pptx``, ``.pzfx``, ``.zip`` or ``.csv``; of a figure ``.svg``, ``.pdf``,
        ``.png``, ``.tiff``, ``.pptx`` or ``.csv``.
    figure : str, optional
        ``BLOCK/NAME``, or ``NAME`` where only one block has it.
    column : str, optional
        ``single`` (85 mm) or ``double`` (178 mm); as the figure itself says otherwise.

    Returns
    -------
    bytes
        The same for the same outcome.

    Raises
    ------
    InputError
        The ending, figure or column is none that there is, a package is not installed, or the
        study holds nothing for such a file.
    """
    known = FIGURE_ENDINGS if figure is not None else STUDY_ENDINGS
    kind = ending.casefold()
    check_wish(kind, known, figure, column)
    if figure is None:
        return study_bytes(outcome, kind)
    block, view = find_figure(outcome, figure)
    if column is not None:
        view = replace(view, width=cast("Column", column))
    if kind == ".pptx":
        return render_pptx([view], [told_of(outcome, block, view)], title=view.title)
    if kind == ".csv":
        return csv_bytes(source_frame(view))
    return DRAW[kind](view)


def check_wish(kind: str, known: dict[str, str], figure: str | None, column: str | None) -> None:
    """Refuse an ending or a column that there is none of."""
    if kind not in known:
        message = f"the ending '{kind}' is not one that can be written."
        what = "A study" if figure is None else "A figure"
        remedy = f"{what} is written as {', '.join(f'{e} ({w})' for e, w in known.items())}."
        if figure is None and kind in FIGURE_ENDINGS:
            remedy = f"A figure needs its name: --figure BLOCK/NAME. {remedy}"
        raise InputError(problem_at(kind or "file", "", message, remedy, "unknown-ending"))
    if column is not None and column not in WIDTH_MM:
        message = f"there is no column '{column}'."
        remedy = "Write single (85 mm) or double (178 mm)."
        raise InputError(problem_at("column", "", message, remedy, "unknown-column-width"))
    if column is not None and figure is None:
        message = "a column is the width of one figure."
        raise InputError(
            problem_at("column", "", message, "Name it: --figure BLOCK/NAME.", "no-figure")
        )


def study_bytes(outcome: Outcome, kind: str) -> bytes:
    """Write a whole study."""
    if kind == ".pptx":
        return study_slides(outcome)
    write: dict[str, Callable[[Outcome], bytes]] = {
        ".xlsx": study_workbook, ".pzfx": study_pzfx, ".zip": study_crate,
        ".csv": lambda found: csv_bytes(found.estimates().frame),
    }  # fmt: skip
    return write[kind](outcome)


def study_slides(outcome: Outcome) -> bytes:
    """Write a slide per figure of a study.

    Raises
    ------
    InputError
        The study has no figures, or python-pptx is not installed.
    """
    found = list(figures(outcome))
    if not found:
        message, remedy = "the study has no figures.", "Write it as .xlsx instead."
        raise InputError(problem_at(str(outcome.study.folder), "", message, remedy, "no-figures"))
    told = [told_of(outcome, block, view) for block, view in found]
    views = [view for _, view in found]
    if len(outcome.blocks) > 1:
        views = [replace(v, title=f"{b.name}: {v.title}") for b, v in found]
    return render_pptx(views, told, title=outcome.study.file.study.title)


def figures(outcome: Outcome) -> Iterator[tuple[BlockOutcome, View]]:
    """Yield every figure of a study as data, with its block."""
    for block in outcome.blocks:
        for data in block.views.values():
            yield block, view_from_json(data)


def figure_names(outcome: Outcome) -> tuple[str, ...]:
    """Return the names of all figures, ``BLOCK/NAME``."""
    return tuple(f"{block.name}/{name}" for block in outcome.blocks for name in block.views)


def find_figure(outcome: Outcome, wanted: str) -> tuple[BlockOutcome, View]:
    """Return a figure by its name.

    Raises
    ------
    InputError
        There is none of this name, or several.
    """
    names = figure_names(outcome)
    fitting = [n for n in names if n == wanted] or [
        n for n in names if n.partition("/")[2] == wanted
    ]
    if len(fitting) != 1:
        message = f"there is no figure '{wanted}'."
        tails = [name.partition("/")[2] for name in names]
        once = [name for name in tails if tails.count(name) == 1]
        remedy = nearest(wanted, [*names, *once] if "/" not in wanted else names)
        if not names:
            remedy = "The study has no figures."
        if fitting:
            message = f"several blocks have a figure '{wanted}'."
            remedy = f"Write one of {', '.join(fitting)}."
        raise InputError(problem_at("figure", "", message, remedy, "unknown-figure"))
    block_name, _, name = fitting[0].partition("/")
    block = next(block for block in outcome.blocks if block.name == block_name)
    return block, view_from_json(block.views[name])


def told_of(outcome: Outcome, block: BlockOutcome, view: View) -> Told:
    """Return what the notes of a slide say beside the figure itself."""
    return Told(
        study=f"{outcome.study.file.study.title}, block {block.name}",
        program=f"exportin {outcome.versions.get('exportin', '')}".strip(),
        ids=tuple(shown_results(block, view)),
    )


def shown_results(block: BlockOutcome, view: View) -> list[str]:
    """Return ids of numbers between units that a figure draws, to the last digit."""
    drawn = set(numbers_of(view))
    pooled = block.estimates.frame.filter(pl.col("unit_id").is_null())
    return [row["id"] for row in pooled.iter_rows(named=True) if is_drawn(row, drawn)]


def is_drawn(row: dict[str, Any], drawn: set[float]) -> bool:
    """Whether the interval of a number, or the number where it has none, is in a figure."""
    limits = [row[name] for name in ("conf_low", "conf_high") if row[name] is not None]
    known = limits or [row["value"]]
    return None not in known and all(value in drawn for value in known)


def numbers_of(view: View) -> Iterator[float]:
    """Yield the numbers of intervals and points of a figure."""
    for panel in view.panels:
        for mark in panel.marks:
            if mark.kind not in {"points", "interval", "bar", "arrow"}:
                continue
            for name in ("x", "y", "low", "high"):
                if name in mark.frame.columns and mark.frame.schema[name].is_float():
                    yield from mark.frame.get_column(name).drop_nulls().to_list()
