"""Text as drawn: literal, measured in mm, wrapped to a width."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import TextToPath

from exportin.figures.style import FONT, LINE_HEIGHT, MM_PER_POINT, TEXT_PT

_OUTLINES = TextToPath()
# A line may end after these, but "n = 3" and "> 2000" stay together.
_BREAKS = re.compile(r"(?<=[\s/_,;·-])(?<![=<>] )(?!=)")


@lru_cache(maxsize=1)
def _drawable() -> frozenset[int]:
    folder = Path(mpl.get_data_path(), "fonts", "ttf")
    faces = [FT2Font(str(folder / f"DejaVuSans{face}.ttf")) for face in ("", "-Bold")]
    return frozenset(faces[0].get_charmap()) & frozenset(faces[1].get_charmap())


def _shown(character: str) -> str:
    code = ord(character)
    if unicodedata.category(character)[0] != "C" and code in _drawable():
        return character
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


@lru_cache(maxsize=8192)
def literal(text: str) -> str:
    r"""Text as it may be drawn: control, invisible and missing characters are written out.

    >>> literal("a\x07b")
    'a\\x07b'
    """
    return "".join(_shown(c) for c in text)


@lru_cache(maxsize=16384)
def width_mm(text: str, points: float = TEXT_PT, *, bold: bool = False) -> float:
    """Width of one line of text in mm, from the font's own outlines."""
    if not text:
        return 0.0
    font = FontProperties(family=FONT, size=points, weight="bold" if bold else "normal")
    width, _, _ = _OUTLINES.get_text_width_height_descent(text, font, ismath=False)
    return float(width) * MM_PER_POINT


def height_mm(lines: int, points: float = TEXT_PT) -> float:
    """Height of some lines of text in mm."""
    return lines * points * LINE_HEIGHT * MM_PER_POINT


def _chop(word: str, limit: float, points: float, *, bold: bool) -> list[str]:
    """Break one word that is wider than a line between characters."""
    pieces, piece = [], ""
    for character in word:
        if piece and width_mm((piece + character).rstrip(), points, bold=bold) > limit:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]


def wrap(text: str, limit: float, points: float = TEXT_PT, *, bold: bool = False) -> str:
    """Wrap text to a width in mm; line breaks of the caller are kept, no character is lost."""
    done = [_wrap_line(literal(line), limit, points, bold) for line in text.split("\n")]
    return "\n".join(done)


@lru_cache(maxsize=8192)
def _wrap_line(text: str, limit: float, points: float, bold: bool) -> str:  # noqa: FBT001 - cached
    lines, line = [], ""
    for whole in _BREAKS.split(text):
        for word in _chop(whole, limit, points, bold=bold):
            if line and width_mm((line + word).rstrip(), points, bold=bold) > limit:
                lines.append(line.rstrip())
                line = ""
            line += word
    return "\n".join([*lines, line.rstrip()])


def widest_word_mm(text: str, points: float = TEXT_PT) -> float:
    """Width of the widest piece that wrapping leaves whole."""
    return max(width_mm(word.rstrip(), points) for word in _BREAKS.split(literal(text)))
