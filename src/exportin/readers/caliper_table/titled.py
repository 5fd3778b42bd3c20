"""What a sheet of bare numbers holds: by its titles, its sheet's name, or the study's word."""

from dataclasses import dataclass

from exportin.readers.caliper_table.words import DERIVED, DIMENSION, SIZES, spoken
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.sizes import UNITS

SAY = 'Write channel = "volume" or channel = "weight" in the block.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What was measured, its unit as far as a title names it, and what was assumed."""

    name: str
    unit: str
    notes: tuple[Problem, ...] = ()


def known_channel(channel: str, file: str) -> None:
    """Refuse a channel that is no size of an animal.

    Raises
    ------
    InputError
        The study's word is not one of ours.
    """
    if channel and channel not in SIZES:
        raise InputError(
            Problem(
                file=file,
                place="",
                message=f"There is no channel '{channel}' in a caliper sheet.",
                remedy=nearest(channel, SIZES),
                code="no-such-channel",
            )
        )


def decide(titles: tuple[str, ...], doubts: tuple[str, ...], channel: str, file: str) -> Size:
    """Return what the numbers of a sheet are, where no heading of a column says it.

    Parameters
    ----------
    titles
        Titles above the table, name of the sheet, headings of columns without cells.
    doubts
        Name of the file, headings of columns that hold something else; they can only cast doubt.
    channel
        The study's word; it goes before all others.

    Raises
    ------
    InputError
        The words speak of several sizes, or of numbers that are no size.
    """
    said: dict[str, str] = {}
    units: set[str] = set()
    for title in titles:
        sizes, unit = spoken(title)
        said |= dict.fromkeys(sizes, title)
        units |= {unit} - {""}
    if channel:
        fitting = {unit for unit in units if UNITS[unit] == DIMENSION[channel]}
        if said and channel not in said:
            raise InputError(_against(file, channel, said))
        return Size(name=channel, unit=fitting.pop() if len(fitting) == 1 else "")
    derived = next(
        (text for text in (*titles, *doubts[:1]) if DERIVED.search(text.replace("_", " "))), ""
    )
    if derived:
        raise InputError(_fault(file, f"'{derived}' speaks of numbers that were computed."))
    if len(said) > 1 or len(units) > 1:
        told = ", ".join(sorted(said)) if len(said) > 1 else ", ".join(sorted(units))
        raise InputError(_fault(file, f"The titles of the sheet speak of several: {told}."))
    if said:
        return Size(name=next(iter(said)), unit=next(iter(units), ""))
    other = next((text for text in doubts if spoken(text)[0] - {"volume"}), "")
    if other:
        message = f"'{other}' speaks of a size, but no title says what the numbers are."
        raise InputError(_fault(file, message))
    note = Problem(
        file=file,
        place="",
        message="Nothing in the sheet says what was measured; it is read as tumor volume.",
        remedy=SAY,
        code="taken-as-volume",
        severity="note",
    )
    return Size(name="volume", unit=next(iter(units), ""), notes=(note,))


def _fault(file: str, message: str) -> Problem:
    return Problem(
        file=file,
        place="",
        message=message,
        remedy=f"{SAY} Give measured sizes, not changes or means.",
        code="which-size",
    )


def _against(file: str, channel: str, said: dict[str, str]) -> Problem:
    name, title = next(iter(said.items()))
    return Problem(
        file=file,
        place="",
        message=f"The block says channel = \"{channel}\", but '{title}' speaks of {name}.",
        remedy="Correct the channel, or the title.",
        code="which-size",
    )
