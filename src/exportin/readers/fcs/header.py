"""HEADER of a data set: its version and where its segments lie."""

import re
from dataclasses import dataclass

from exportin.readers.fcs.remarks import Remarks

LENGTH = 58
OPENING = re.compile(rb"FCS\d\.\d")
VERSIONS = ("2.0", "3.0", "3.1", "3.2")
FIELDS = ("the TEXT begin", "the TEXT end", "the DATA begin", "the DATA end")
Span = tuple[int, int]
"""First and last byte of a segment, both inside, counted from the start of its data set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Version and segments of a data set; a segment the header does not tell is (0, 0)."""

    version: str
    text: Span
    data: Span
    analysis: Span


def read_header(data: memoryview, remarks: Remarks) -> Header:
    """Read the first 58 bytes of a data set.

    Raises
    ------
    InputError
        If they are no header, or of a version that is not read.
    """
    head = bytes(data[:LENGTH])
    if not OPENING.match(head):
        raise remarks.refusal("no-header", f"it begins {head[:6]!r} and not 'FCS3.1' or the like.")
    version = head[3:6].decode("ascii")
    if version not in VERSIONS:
        message = f"the file says it is FCS {version}; read are {', '.join(VERSIONS)}."
        raise remarks.refusal("version", message, "Export it as FCS 3.1.")
    if len(head) < LENGTH:
        raise remarks.refusal(
            "cut-off", f"it ends inside its header, after {len(head)} of {LENGTH} bytes."
        )
    numbers = [
        _number(head[10 + 8 * i : 18 + 8 * i], name, remarks) for i, name in enumerate(FIELDS)
    ]
    text, where = (numbers[0], numbers[1]), (numbers[2], numbers[3])
    if not LENGTH <= text[0] < text[1]:
        message = f"the header says that TEXT lies from byte {text[0]} to {text[1]}."
        raise remarks.refusal("text-place", message)
    return Header(version=version, text=text, data=where, analysis=_analysis(head[42:58]))


def _number(raw: bytes, name: str, remarks: Remarks) -> int:
    text = raw.strip(b" \0")
    if not text:
        return 0
    if not text.isdigit() and "DATA" in name:
        remarks.note("header-number", f"{name} in the header is {raw!r}; TEXT has to tell it.")
        return 0
    if not text.isdigit():
        raise remarks.refusal("header-number", f"{name} in the header is {raw!r}, no number.")
    return int(text)


def _analysis(raw: bytes) -> Span:
    """Return the span of ANALYSIS, which is not read and may be anything."""
    first, last = raw[:8].strip(), raw[8:].strip()
    return (int(first), int(last)) if first.isdigit() and last.isdigit() else (0, 0)
