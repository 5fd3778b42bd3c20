"""What a slide says in words: its legend, its footnote, and the notes of the speaker."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from exportin.contract.view import View
from exportin.figures.axes import shared_note
from exportin.figures.legend import entries
from exportin.figures.slides_parts import GLYPHS, MARKERS
from exportin.figures.style import INK, look_of
from exportin.figures.under import is_table

OPEN = "open symbols: left out"
MOST_IDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a figure beside the view itself."""

    study: str = ""
    program: str = ""  # name and version
    ids: tuple[str, ...] = ()  # results that the figure shows


def legend_runs(view: View) -> list[tuple[str, str, str]]:
    """Return the legend as (glyph, color, words); headings have no glyph."""
    found = []
    for entry in entries(view, look_of(view)):
        if entry.small or entry.text == "excluded":
            continue
        if entry.style is None:
            found.append(("", INK, f"{entry.text}:"))
            continue
        shape = entry.style.get("marker") or ""
        glyph = GLYPHS[MARKERS[shape]] if shape else "━"
        if entry.style.get("linestyle") not in {"-", "none"}:
            glyph = "┅"
        found.append((glyph, str(entry.style["color"]), entry.text))
    return found


def has_open(view: View) -> bool:
    """Whether any point of a view was left out of the numbers."""
    frames = [m.frame for p in view.panels for m in p.marks if "hollow" in m.frame.columns]
    return any(bool(f.get_column("hollow").cast(pl.Boolean).any()) for f in frames)


def footnote(view: View, *, native: bool) -> str:
    """Return the line under the charts."""
    parts = [view.note, shared_note(view)]
    if native and has_open(view):
        parts.append(OPEN)
    return "; ".join(part for part in parts if part)


def notes_text(view: View, told: Told, said: Iterable[str]) -> str:
    """Return the notes of a slide: caption, n, tables, study, results, program."""
    lines = [view.title, view.caption, view.note, *panel_notes(view), *said, *tables(view)]
    if told.study:
        lines.append(f"Study: {told.study}")
    lines.append(f"Figure: {view.name}")
    if told.ids:
        more = len(told.ids) - MOST_IDS
        rest = f" and {more} more" if more > 0 else ""
        lines.append(f"Results shown: {', '.join(told.ids[:MOST_IDS])}{rest}")
    if told.program:
        lines.append(f"Made by {told.program}")
    return "\n".join(line for line in lines if line)


def panel_notes(view: View) -> list[str]:
    """Return the notes of panels, once where they are the same."""
    notes = [(panel.title, panel.note) for panel in view.panels if panel.note]
    if len({note for _, note in notes}) == 1 and len(notes) == len(view.panels):
        return [notes[0][1]]
    return [f"{title}: {note}" if title else note for title, note in notes]


def tables(view: View) -> list[str]:
    """Return the tables under panels as lines of words."""
    found = []
    for panel in view.panels:
        for mark in panel.marks:
            if not is_table(mark):
                continue
            rows = mark.frame.filter(pl.col("align") == "under")
            for group, part in grouped(rows):
                pairs = zip(part.get_column("x").to_list(), part.get_column("text"), strict=True)
                cells = ", ".join(f"{words} at {at:g}" for at, words in pairs)
                head = ", ".join(w for w in (panel.title, mark.label, group) if w)
                found.append(f"{head}: {cells}")
    return found


def grouped(rows: pl.DataFrame) -> Sequence[tuple[str, pl.DataFrame]]:
    """Return the rows of each group."""
    if "group" not in rows.columns:
        return [("", rows)]
    parts = rows.partition_by("group", maintain_order=True, as_dict=True)
    return [(str(key[0] or ""), part) for key, part in parts.items()]
