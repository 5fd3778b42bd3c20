"""How files are damaged: cut, flipped, lines and columns lost or moved, other encodings."""

import random
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from tests.readers.mutants import DOUBLED, Case, Mutant

WIDEST = 48
TALLEST = 384
MARKUP = 12
"""Letters that tell an XML element or a JSON key, with its first name."""
Maker = Callable[[Case, random.Random], Mutant | None]


def mutants(case: Case, rng: random.Random) -> Iterator[Mutant]:
    """Give damaged copies without end."""
    makers: list[Maker] = [cut, flip, flip, noise, much_noise]
    makers += [cut_zip, flip_inside] if case.is_archive else TEXT_MAKERS
    while True:
        mutant = rng.choice(makers)(case, rng)
        if mutant is not None and mutant.data != case.data:
            yield mutant


def cut(case: Case, rng: random.Random) -> Mutant:
    """End the file early, often at a line end or block."""
    at = rng.randrange(len(case.data))
    if rng.random() < 0.5:
        at = case.data.rfind(b"\n", 0, at) + 1
    return Mutant(f"cut at {at}", case.data[:at], strays=1)


def flip(case: Case, rng: random.Random) -> Mutant:
    """Flip a bit."""
    at = rng.randrange(len(case.data))
    changed = bytearray(case.data)
    changed[at] ^= 1 << rng.randrange(8)
    return Mutant(f"bit flipped at {at}", bytes(changed), strays=2)


def noise(case: Case, rng: random.Random) -> Mutant:
    """Replace a few bytes by others, or by none."""
    changed = bytearray(case.data)
    at = rng.randrange(len(changed))
    changed[at : at + rng.randrange(1, 9)] = rng.randbytes(rng.randrange(9))
    return Mutant(f"noise at {at}", bytes(changed), strays=9)


def much_noise(case: Case, rng: random.Random) -> Mutant:
    """Bytes lost, changed and added all over: any table will do, but nothing may break."""
    changed = bytearray(case.data)
    for _ in range(rng.randrange(2, 30)):
        at = rng.randrange(len(changed) + 1)
        odd = rng.choice([rng.randbytes(2), b",", b"\t", b'"', b"\n", b"\0", b";", b"~", b""])
        changed[at : at + rng.randrange(3)] = odd
    return Mutant("much noise", bytes(changed), strays=sys.maxsize)


def lines_of(case: Case) -> tuple[list[str], str] | None:
    """The lines of a text with their ends, and its encoding."""
    for code in ("utf-16", "utf-8-sig", "cp1252", "latin-1"):
        if code == "utf-16" and case.data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            text = case.data.decode(code)
        except UnicodeDecodeError:
            continue
        found = re.findall(r"[^\r\n]*(?:\r\n|\r|\n|$)", text)
        return [line for line in found if line], code
    return None


def text_mutant(
    what: str, change: Callable[[list[str], random.Random], list[str] | None], **allowed: Any
) -> Callable[[Case, random.Random], Mutant | None]:
    def make(case: Case, rng: random.Random) -> Mutant | None:
        found = lines_of(case)
        if found is None or len(found[0]) < 3:
            return None
        changed = change(list(found[0]), rng)
        if changed is None:
            return None
        data = "".join(changed).encode(found[1], "replace")
        if what == "lines lost" and joins_like(found[0], changed):
            return Mutant("lines lost between like grids", data, strays=TALLEST)
        return Mutant(what, data, **allowed)

    return make


def drop_line(lines: list[str], rng: random.Random) -> list[str]:
    del lines[rng.randrange(len(lines))]
    return lines


def drop_lines(lines: list[str], rng: random.Random) -> list[str]:
    at = rng.randrange(len(lines))
    del lines[at : at + rng.randrange(2, 12)]
    return lines


def joins_like(lines: list[str], rest: list[str]) -> bool:
    """Whether a gap joins the top of one part with the bottom of the next, and leaves no trace.

    The first line lost and the first line kept begin alike and are as wide, and the end of a part
    is lost between them: a grid, say, is there up to row A, and the next one from row B on.
    """
    at = next((i for i, line in enumerate(rest) if line != lines[i]), len(rest))
    gap = [line.strip() for line in lines[at : at + len(lines) - len(rest)]]
    if at >= len(rest) or not gap:
        return False
    kept = rest[at].strip()
    if gap[0].startswith(("<", '"')) and any(line.startswith(("</", "}")) for line in gap):
        return gap[0][:MARKUP] == kept[:MARKUP]
    if all(gap):
        return False
    one, other = re.split("[,;\t]", lines[at]), re.split("[,;\t]", rest[at])
    return len(one) == len(other) and one[0].strip() == other[0].strip()


def double_line(lines: list[str], rng: random.Random) -> list[str]:
    at = rng.randrange(len(lines))
    lines.insert(at, lines[at])
    return lines


def swap_lines(lines: list[str], rng: random.Random) -> list[str]:
    one, two = rng.sample(range(len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]
    return lines


def swap_columns(lines: list[str], rng: random.Random) -> list[str] | None:
    """Swap two columns, with their heads, in all lines that are wide enough."""
    line = rng.choice(lines)
    mark = max(",;\t", key=line.count)
    width = line.count(mark)
    if width < 2 or '"' in "".join(lines):
        return None
    one, two = rng.sample(range(width + 1), 2)
    for at, text in enumerate(lines):
        body = text.rstrip("\r\n")
        if body.count(mark) >= max(one, two):
            cells = body.split(mark)
            cells[one], cells[two] = cells[two], cells[one]
            lines[at] = mark.join(cells) + text[len(body) :]
    return lines


def reencode(case: Case, rng: random.Random) -> Mutant | None:
    """The same text in another encoding: the same table, or a refusal."""
    found = lines_of(case)
    if found is None:
        return None
    code = rng.choice(["utf-16", "utf-16-be", "utf-8", "utf-8-sig", "cp1252", "utf-32"])
    try:
        data = "".join(found[0]).encode(code)
    except UnicodeEncodeError:
        return None
    return Mutant(f"in {code}", data, lost=False)


def other_ends(case: Case, rng: random.Random) -> Mutant | None:
    """Other line ends: the same table, or a refusal."""
    found = lines_of(case)
    if found is None:
        return None
    end = rng.choice(["\n", "\r\n", "\r"])
    text = "".join(line.rstrip("\r\n") + end for line in found[0])
    return Mutant(f"line ends {end!r}", text.encode(found[1]), lost=False)


TEXT_MAKERS: list[Maker] = [
    text_mutant("a line lost", drop_line),
    text_mutant("lines lost", drop_lines),
    text_mutant(DOUBLED, double_line),
    text_mutant("two lines swapped", swap_lines, strays=2 * WIDEST),  # rows of two like plates
    text_mutant("two columns swapped", swap_columns, lost=False),
    reencode,
    other_ends,
]


def cut_zip(case: Case, rng: random.Random) -> Mutant | None:
    """A whole archive in which one file ends early or is not there."""
    return _rezipped(case, rng, lambda data: data[: rng.randrange(len(data) + 1)], "cut inside")


def flip_inside(case: Case, rng: random.Random) -> Mutant | None:
    """A whole archive in which a bit of one file is flipped: no checksum tells."""

    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        return bytes(changed)

    return _rezipped(case, rng, change, "bit flipped inside", strays=2)


def _rezipped(
    case: Case, rng: random.Random, change: Callable[[bytes], bytes], what: str, strays: int = 1
) -> Mutant | None:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(case.data)) as archive:
        names = archive.namelist()
        sheets = [name for name in names if "sheet" in name.lower() or name.endswith("data.xml")]
        chosen = rng.choice(sheets if sheets and rng.random() < 0.7 else names)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
            for name in names:
                data = archive.read(name)
                made.writestr(name, change(data) if name == chosen and data else data)
    return Mutant(f"{what} {chosen}", out.getvalue(), strays=strays)
