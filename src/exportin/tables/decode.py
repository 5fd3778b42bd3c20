"""Bytes to text: which encoding a text file has, and what is not text at all."""

import re

from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

MAX_TEXT_BYTES = 200_000_000  # the same ceiling as for unpacked workbooks (cells.py)

BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"FCS", "a flow cytometry file"),
    (b"\xff\xfe\x00\x00", "UTF-32 text"),
)
CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")


def decode_text(source: Source) -> tuple[str, tuple[Problem, ...]]:
    r"""Return the text of a file with plain line ends, and notes on doubtful characters.

    Tried in this order: byte order mark, UTF-16 without one, UTF-8, Windows-1252 (with a
    note). Anything else, and text with control characters, is refused.

    >>> decode_text(Source(name="a.csv", data=b"dose\r\n1"))
    ('dose\n1', ())
    """
    refuse_binary(source)
    encoding = guess_encoding(source.data)
    notes: tuple[Problem, ...] = ()
    try:
        text = source.data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding.startswith("utf-16"):
            raise InputError(not_text(source, f"it breaks off or is no {encoding} text")) from error
        text, notes = decode_windows(source, error.start)
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise InputError(empty(source))  # nothing but a byte order mark
    refuse_control(source, text)
    return text, notes + lost_characters(source, text)


def guess_encoding(data: bytes) -> str:
    """Name the encoding by byte order mark or by the zero bytes of UTF-16; else UTF-8."""
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return encoding
    head = data[:4096]
    half = max(len(head) // 2, 1)
    even, odd = head[0::2].count(0) / half, head[1::2].count(0) / half
    # Latin text in UTF-16 has a zero in every second byte and hardly any in the others.
    if odd > 0.5 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.5 and odd < 0.05 else "utf-8"


def decode_windows(source: Source, start: int) -> tuple[str, tuple[Problem, ...]]:
    """Read text that is not UTF-8 as Windows-1252, and say where that mattered."""
    try:
        text = source.data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InputError(not_text(source, "it is neither UTF-8 nor Windows-1252")) from error
    letter = source.data[start : start + 1].decode("cp1252")
    note = Problem(
        file=source.name,
        place=f"line {line_of(source.data[:start].decode('cp1252'))}",
        message=f"The text is not UTF-8; read as Windows-1252 (first such letter: '{letter}').",
        remedy="If letters look wrong, save the file as UTF-8.",
        code="encoding-assumed",
        severity="note",
    )
    return text, (note,)


def line_of(before: str) -> int:
    """Return the number of the line that follows ``before``, counted from one."""
    return len(re.findall("\r\n|\r|\n", before)) + 1


def refuse_binary(source: Source) -> None:
    """Refuse empty files, huge files and files whose first bytes name another format."""
    if not source.data.strip(b"\x00 \t\r\n"):
        raise InputError(empty(source))
    if len(source.data) > MAX_TEXT_BYTES:
        why = f"it has {len(source.data) / 1e6:.0f} MB"
        raise InputError(not_text(source, why, "file-too-big"))
    for signature, what in SIGNATURES:
        if source.data.startswith(signature):
            raise InputError(not_text(source, f"it is {what}"))


def empty(source: Source) -> Problem:
    """Return the problem of a file in which nothing stands."""
    return Problem(
        file=source.name,
        place="",
        message="The file is empty.",
        remedy="Export it again from the instrument.",
        code="empty-file",
    )


def refuse_control(source: Source, text: str) -> None:
    """Refuse text with characters that no table has (zero bytes and their like)."""
    found = CONTROL.search(text)
    if found:
        line = line_of(text[: found.start()])
        why = f"line {line} holds the control character 0x{ord(found.group()):02X}"
        raise InputError(not_text(source, why))


def lost_characters(source: Source, text: str) -> tuple[Problem, ...]:
    """Note letters that were already lost when the file was written (U+FFFD)."""
    at = text.find("\ufffd")
    if at < 0:
        return ()
    note = Problem(
        file=source.name,
        place=f"line {line_of(text[:at])}",
        message="A letter was lost before we got the file (replacement character U+FFFD).",
        remedy="Export the file again if the letter matters (often a micro sign).",
        code="lost-character",
        severity="note",
    )
    return (note,)


def not_text(source: Source, why: str, code: str = "not-text") -> Problem:
    """Return the problem of a file that is no readable table."""
    return Problem(
        file=source.name,
        place="",
        message=f"This is not a readable text table: {why}.",
        remedy="Export it as CSV (UTF-8) or as .xlsx.",
        code=code,
    )
