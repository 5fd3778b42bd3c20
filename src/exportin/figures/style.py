"""Sizes, colors, marker shapes and fonts of a printed figure, all named."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import matplotlib as mpl

from exportin.contract.view import View
from exportin.views.frames import natural_key

# Column widths of most journals (Nature, Cell, Elsevier differ by a few mm).
WIDTH_MM = {"single": 85.0, "double": 178.0}
PAGE_HEIGHT_MM = 235.0  # panels shrink to fit, down to MIN_PANEL_MM, before the page grows
EDGE_MM = 1.2
GAP_MM = 3.0
MIN_PANEL_MM = 15.0
MM_PER_INCH = 25.4
MM_PER_POINT = MM_PER_INCH / 72.0

FONT = "DejaVu Sans"  # comes with matplotlib: the same outlines on every machine
TITLE_PT = 8.0
TEXT_PT = 7.0
TICK_PT = 6.5
SMALL_PT = 6.0
LINE_HEIGHT = 1.25  # of the font size

LINE_PT = 1.2
SLIM_PT = 0.8
THIN_PT = 0.5
INTERVAL_PT = 1.0
MARKER_PT = 4.2
FAINT_MARKER_PT = 2.8
FULL_MARKER_MM = 38.0  # markers shrink in narrower panels, to 60 %
FAINT_ALPHA = 0.45
BAND_ALPHA = 0.18
AREA_ALPHA = 0.50
DASH = (0.0, (2.2, 1.6))
INK = "#333333"
GRAY = "#8a8a8a"
NOTE = "#555555"
MISSING = "#ececec"

# Okabe & Ito (2008), Color Universal Design; the yellow is left out: unreadable on white.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SHAPES = ("o", "s", "^", "D", "v", "p", "h", "X")  # 8 shapes x 7 colors: 56 pairs, all distinct
MAX_SYMBOLS = len(SHAPES)  # beyond, shapes would repeat and mean nothing
NAMED_SHAPES = {"down": "v", "cross": "x", "plus": "+", "tick": "|", "cap": "_"}
STROKES = frozenset("x+|_")  # shapes without an inside
STROKE_PT = 0.9
SEQUENTIAL = "cividis"  # even in lightness, read alike with and without color vision deficiency
DIVERGING = "PuOr"  # for a value axis that is symmetric about 0

# Text in SVG is drawn as outlines ("path"): with "none" the reader's browser picks the font, so
# widths differ by machine and labels collide. Outlines are also inert: a sample name is never
# markup. Names stay searchable in the source table and in <title> and <desc>.
RC = {
    "svg.fonttype": "path",
    "svg.hashsalt": "exportin",
    "pdf.fonttype": 42,
    "font.family": FONT,
    "font.size": TEXT_PT,
    "text.parse_math": False,
    "text.usetex": False,
    "text.color": INK,
    "text.hinting": "none",
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": THIN_PT * 1.2,
    "path.simplify": False,
    "savefig.facecolor": "white",
}
_ONE_AT_A_TIME = Lock()  # matplotlib's settings are global


@contextmanager
def quiet_memory() -> Iterator[None]:
    """Let nothing be searched for garbage while thousands of small parts of a figure are made."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with our settings, whatever the user's matplotlibrc says, and put theirs back."""
    with _ONE_AT_A_TIME, quiet_memory(), mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)  # type: ignore[arg-type]
        yield


@dataclass(frozen=True, slots=True)
class Look:
    """Which color and shape stands for what, the same in every panel of a view."""

    groups: tuple[str, ...]
    symbols: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...] = ()  # symbols whose shape the view has chosen

    def color(self, group: str | None) -> str:
        """Color of a group; rows without a group are drawn in ink."""
        if group is None:
            return INK
        return COLORS[self.groups.index(group) % len(COLORS)]

    def shape(self, group: str | None, symbol: str | None = None) -> str:
        """Shape of a marker: by symbol if the view has several, otherwise by group."""
        for name, shape in self.fixed:
            if name == symbol:
                return shape
        if symbol is not None and 1 < len(self.symbols) <= MAX_SYMBOLS:
            return SHAPES[self.symbols.index(symbol)]
        if group is None or 1 < len(self.symbols) <= MAX_SYMBOLS:
            return SHAPES[0]
        return SHAPES[self.groups.index(group) % len(SHAPES)]


def _found(view: View, column: str) -> Iterable[str]:
    for panel in view.panels:
        for mark in panel.marks:
            if column in mark.frame.columns:
                yield from mark.frame.get_column(column).drop_nulls().cast(str).unique()


def look_of(view: View) -> Look:
    """Colors by ``View.groups``; groups it does not name follow in natural order."""
    others = set(_found(view, "group")) - set(view.groups)
    groups = tuple(dict.fromkeys(view.groups)) + tuple(sorted(others, key=natural_key))
    fixed = tuple((name, NAMED_SHAPES[shape]) for name, shape in view.shapes)
    symbols = tuple(sorted(set(_found(view, "symbol")) - {n for n, _ in fixed}, key=natural_key))
    return Look(groups=groups, symbols=symbols, fixed=fixed)
