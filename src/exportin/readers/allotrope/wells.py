"""What plate readers and qPCR share in ASM: wells, times, the list of what was not read."""

from collections.abc import Sequence

from exportin.readers.allotrope.document import Document, Measurement, note, number
from exportin.tables.problems import Problem
from exportin.tables.wells import PLATES, parse_well, well_position

NO_TIME = "1970-01-01T00:00:00"  # what converters write where the file had no time
WELL = ("well location identifier", "location identifier")


def well_of(one: Measurement, file: str) -> str:
    """Return the well of a measurement."""
    texts = [one.text(name) for name in WELL]
    text = next((t for t in texts if well_position(t) is not None), next(filter(None, texts), ""))
    return parse_well(text, file=file, place=f"{one.place} > location identifier")


def plate_sizes(
    items: Sequence[Measurement], wells: Sequence[str], file: str
) -> tuple[list[float | None], tuple[Problem, ...]]:
    """Return the number of wells of each plate, none where the file states none that can be.

    Some converters count the wells that were read instead of those of the plate.
    """
    sizes: list[float | None] = []
    wrong: dict[float, str] = {}
    for one, well in zip(items, wells, strict=True):
        found = one.get("plate well count")
        stated = (
            None if found is None else number(found, file, f"{one.place} > plate well count")[0]
        )
        if stated and not fits(stated, well):
            wrong.setdefault(stated, well)
        sizes.append(stated or None)  # -0.0 is written for what the file did not say
    if not wrong:
        return sizes, ()
    size, well = next(iter(wrong.items()))
    message = f"The file states a plate of {size:g} wells, and has a well {well}."
    remedy = "The size of the plate is left out."
    kept = [None if size in wrong else size for size in sizes]
    return kept, (note(file, message, remedy, "plate-size"),)


def fits(size: float, well: str) -> bool:
    """Whether there is a plate of this size, with this well on it.

    >>> fits(96, "H12"), fits(96, "I01"), fits(288, "A01")
    (True, False, False)
    """
    at = well_position(well)
    rows, columns = PLATES.get(int(size), (0, 0)) if size == int(size) else (0, 0)
    return at is not None and at[0] < rows and at[1] < columns


def measured_at(items: Sequence[Measurement], file: str) -> tuple[list[str], tuple[Problem, ...]]:
    """Return the times of measurement as the file writes them; the year 1970 stands for none."""
    times = [one.text("measurement time") for one in items]
    if not any(time.startswith(NO_TIME) for time in times):
        return times, ()
    message = "The time of measurement is 1970-01-01, which converters write for none."
    remedy = "It is left empty."
    kept = ["" if time.startswith(NO_TIME) else time for time in times]
    return kept, (note(file, message, remedy, "no-time"),)


def unread_keys(document: Document, used: Sequence[str]) -> tuple[str, ...]:
    """List the keys of the file that hold something and were not used."""
    return tuple(name for name in document.keys if name.casefold() not in used)
