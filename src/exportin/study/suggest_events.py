"""What the study file may say of cytometer files: suggestions for a person, never used unasked."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from exportin.study.discover import assay_names, load_assay
from exportin.study.suggest import Suggestion, Told
from exportin.tables.events import Events
from exportin.tables.origin import Source

CHANNEL, DNA_CHANNEL = "_channel", "dna_channel"
DNA = (
    "pi", "propidium", "fxcycle", "dapi", "aad", "7aad", "hoechst", "draq5", "draq7", "dyecycle",
    "sytox", "dna", "topro3",
)  # fmt: skip
ANNEXIN = ("annexin", "annexinv", "annexina5", "anxa5", "anxv", "annv")
JC1 = ("jc1",)
MARKERS = ("tunel", "brdu", "edu", "caspase", "caspase3", "ki67", "ph3", "h2ax", "yh2ax")
SIGNS = (
    ("cell_death", (ANNEXIN,)),
    ("membrane_potential", (JC1,)),
    ("positive_cells", (MARKERS,)),
    ("cell_cycle", (DNA,)),
)
"""Assay and the stains by which a person would know its files, the narrowest first."""
WANTED: dict[str, tuple[tuple[str, ...], ...]] = {
    DNA_CHANNEL: (DNA, ("fl2", "fl3"), ("pe",), ("percp",)),
    "annexin_channel": (ANNEXIN, ("fitc", "fl1", "alexa488", "af488"), ("apc", "fl4")),
    "marker_channel": (MARKERS, ("fitc", "fl1", "alexa488", "af488")),
    "red_channel": (("red",), ("pe", "fl2"), ("yl1", "yg1")),
    "green_channel": (("green",), ("fitc", "fl1"), ("bl1", "b1")),
}
"""Words of name or stain for each channel that a study file must name, the surest first."""
NO_DYE = ("fsc", "ssc", "fs", "ss", "time", "width", "event", "log", "als", "tof")
AREA, NO_AREA = ("a", "int", "area"), ("h", "w", "peak", "tof", "height", "width")
FIRST = ("unit_id", "model", "treatment", "role")
SHOWN_CHANNELS = 16
LOG = 3


def event_assays() -> tuple[str, ...]:
    """Return the names of the assays that work on events."""
    return tuple(name for name in assay_names() if load_assay(name).consumes is Events)


def suggest_events(source: Source, table: Events) -> Suggestion:
    """Suggest a block for events: the assay by the stains, channels by their names, as guesses."""
    told = told_channels(table)
    assays = event_assays()
    if not assays:
        return Suggestion(
            said=("No assay of this version works on events; the table can be taken with --json.",)
        )
    assay, sure = _assay_of(told, assays)
    name = source.name.replace("\\", "/").rsplit("/", 1)[-1]
    lines = [f"[block.{assay}]", f'assay = "{assay}"', f"files = [{json.dumps(name)}]"]
    said = []
    for key, guess in guesses(assay, told).items():
        lines.append(f"{key} = {json.dumps(guess or '...')}" + ("   # a guess" if guess else ""))
        said.append(_why(key, guess, told))
    others = ", ".join(one for one in assays if one != assay)
    if others:
        by = "by its stains" if sure else "because no stain is named"
        said.append(f"The assay is a guess {by}; others that take such files: {others}.")
    said.append("design.csv needs a row a tube: sample_id, unit_id, model, treatment, role.")
    return Suggestion(
        assay=assay, lines=tuple(lines), said=tuple(said), assays=assays, channels=told
    )


def told_channels(table: Events) -> tuple[Told, ...]:
    """Return name and stain of every channel of the tubes, and whether it is linear."""
    found: dict[str, Told] = {}
    for row_id in table.frame.get_column("row_id"):
        for channel in table.open(row_id).channels:
            stain = "" if channel.stain == channel.name else channel.stain
            found.setdefault(channel.name, (channel.name, stain, not channel.decades))
    return tuple(found.values())


def guesses(assay: str, told: Sequence[Told]) -> dict[str, str]:
    """Return a channel for each one that the study file must name; empty where none is likely.

    >>> guesses("cell_cycle", [("FSC-A", "", True), ("PI-H", "", True), ("PI-A", "", True)])
    {'dna_channel': 'PI-A'}
    """
    found: dict[str, str] = {}
    needed = needed_channels(assay)
    for key in needed:
        free = [one for one in told if one[0] not in found.values()]
        found[key] = next(_likely(key, free, alone=len(needed) == 1), "")
    return found


def needed_channels(assay: str) -> tuple[str, ...]:
    """Return the settings of an assay that name a channel and cannot be left out."""
    fields = load_assay(assay).settings.model_fields
    return tuple(key for key, one in fields.items() if one.is_required() and key.endswith(CHANNEL))


def design_columns(assays: Sequence[str]) -> list[str]:
    """Return the columns of a row a tube that people fill in, those of controls too.

    >>> design_columns(["cell_cycle"]), design_columns([])
    (['unit_id', 'model', 'treatment', 'role'], ['unit_id'])
    """
    named = [column.name for assay in assays for column in load_assay(assay).inputs]
    first = [name for name in FIRST if name in named] or ["unit_id"]
    return list(dict.fromkeys([*first, *named]))


def channel_words(told: Sequence[Told]) -> str:
    """Name channels with their stains, for a comment.

    >>> channel_words([("FSC-A", "", True), ("PI-A", "Propidium iodide", True)])
    'FSC-A, PI-A (Propidium iodide)'
    """
    named = [f"{name} ({stain})" if stain else name for name, stain, _ in told]
    more = len(named) - SHOWN_CHANNELS
    return ", ".join(named[:SHOWN_CHANNELS]) + (f" and {more} more" if more > 0 else "")


def _assay_of(told: Sequence[Told], assays: Sequence[str]) -> tuple[str, bool]:
    """Return the assay whose stains the file names, or the cell cycle, and whether it names any."""
    words = {word for one in told for word in _words(one)}
    for assay, groups in SIGNS:
        if assay in assays and all(words & set(group) for group in groups):
            return assay, True
    return ("cell_cycle" if "cell_cycle" in assays else assays[0]), False


def _likely(key: str, told: Sequence[Told], *, alone: bool) -> Iterator[str]:
    """Give channels by how much their names look like what is wanted; area and linear first.

    ``alone``: no other dye is wanted, so that the only one of a file is it whatever its name.
    """
    dyes = [one for one in told if not _words(one, stain=False) & set(NO_DYE)]
    for group in WANTED.get(key, ()):
        hits = [one for one in dyes if _words(one) & set(group)]
        yield from (one[0] for one in sorted(hits, key=_rank))
    linear = [one for one in dyes if _rank(one) <= 1]
    if alone and len(linear) == 1:
        yield linear[0][0]


def _rank(one: Told) -> int:
    """0 for a linear area, then linear ones that do not say, linear heights, `LOG`."""
    words = _words(one, stain=False)
    if not one[2] or "log" in words:
        return LOG
    return 0 if words & set(AREA) else 2 if words & set(NO_AREA) else 1


def _words(one: Told, *, stain: bool = True) -> set[str]:
    """Return the words of a name and its stain, with neighbors joined: 7-AAD is 7aad too.

    >>> sorted(_words(("7-AAD-A", "", True)))
    ['7', '7aad', 'a', 'aad', 'aada']
    """
    found: set[str] = set()
    for text in (one[0], one[1] if stain else ""):
        words = [word for word in re.split(r"[^0-9a-z]+", text.casefold()) if word]
        found |= {*words, *(a + b for a, b in pairwise(words))}
    return found


def _why(key: str, guess: str, told: Sequence[Told]) -> str:
    if not guess:
        return f"{key}: no name of a channel looks like it; channels: {channel_words(told)}."
    one = next(one for one in told if one[0] == guess)
    stain = f" (stain {one[1]})" if one[1] else ""
    named = any(_words(one) & set(group) for group in WANTED.get(key, ()))
    by = f"by its name{stain}" if named else "since no other dye is in the file"
    scale = (
        "; it looks logarithmic, and DNA content needs a linear one" if _rank(one) == LOG else ""
    )
    scale = scale if key == DNA_CHANNEL else ""
    return f"{key} = {json.dumps(guess)} is a guess {by}{scale}. Look whether it is right."
