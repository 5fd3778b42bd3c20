"""TEXT of a data set: keywords and values between delimiters, the primary and the supplement."""

import re

from exportin.readers.fcs.header import LENGTH, Header, Span
from exportin.readers.fcs.remarks import Remarks

DOUBLED = "\ufdd0"
"""Stands for a doubled delimiter while the text is split; no text may hold it."""
COUNT = re.compile(r"[0-9]{1,18}")
STRUCTURE = re.compile(
    r"\$(PAR|TOT|MODE|DATATYPE|BYTEORD|NEXTDATA|BEGINDATA|ENDDATA|P\d+(B|R|N|E|DATATYPE))"
)
"""Keywords that say how the numbers lie: they may not contradict themselves."""
BLANK = " \t\r\n\0"


def read_text(data: memoryview, header: Header, remarks: Remarks) -> dict[str, str]:
    """Return all keywords of a data set, in upper case, and the text of their values.

    Raises
    ------
    InputError
        If TEXT is cut off, is no list of keywords, or contradicts itself.
    """
    keys = _segment(data, header.text, "TEXT", remarks)
    extra = _supplement(keys, header, data, remarks)
    both = {**extra, **keys}
    contradicted = [key for key in extra if key in keys and extra[key] != keys[key]]
    if contradicted:
        remarks.note(
            "two-values", f"{contradicted[0]} stands in TEXT and differs in the supplement."
        )
    return both


def count_of(keys: dict[str, str], name: str, remarks: Remarks) -> int | None:
    """Return the whole number of a keyword; ``None`` if the keyword is missing or blank.

    Raises
    ------
    InputError
        If there is something else.
    """
    text = keys.get(name, "").strip(BLANK)
    if not text:
        return None
    if not COUNT.fullmatch(text):
        raise remarks.refusal("number", f"{name} is {text[:40]!r}; a whole number was expected.")
    return int(text)


def _supplement(
    keys: dict[str, str], header: Header, data: memoryview, remarks: Remarks
) -> dict[str, str]:
    first = count_of(keys, "$BEGINSTEXT", remarks) or 0
    last = count_of(keys, "$ENDSTEXT", remarks) or 0
    if last <= first or first < LENGTH or (first, last) == header.text:
        return {}
    return _segment(data, (first, last), "supplemental TEXT", remarks)


def _segment(data: memoryview, span: Span, what: str, remarks: Remarks) -> dict[str, str]:
    first, last = span
    if last >= len(data):
        lost = last + 1 - max(first, len(data))
        message = (
            f"it is cut off: its {what} goes to byte {last + 1}, there are {len(data)}; "
            f"{lost} bytes of it are missing, and all events."
        )
        raise remarks.refusal("cut-off", message)
    raw = bytes(data[first : last + 1])
    if raw[0] == 0 or raw[0] > 126 or chr(raw[0]).isalnum() or raw[0] == ord("$"):
        message = f"{what} begins {raw[:12]!r}, with no delimiter."
        raise remarks.refusal("no-delimiter", message)
    return _keywords(_decoded(raw), what, remarks)


def _decoded(raw: bytes) -> str:
    """UTF-8 as FCS 3.1 has it; older files write one byte a letter."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _keywords(text: str, what: str, remarks: Remarks) -> dict[str, str]:
    """Split at single delimiters; where that cannot be meant, at each (values left empty)."""
    mark, body = text[0], text[1:].rstrip(BLANK.replace(text[0], ""))
    run = len(body) - len(body.rstrip(mark))
    if run == 0:
        remarks.note("text-open", f"{what} does not end with its delimiter {mark!r}.")
    inner = body[: len(body) - run].replace(mark * 2, DOUBLED)
    strict = [part.replace(DOUBLED, mark) for part in inner.split(mark)]
    chosen = strict
    if len(strict) % 2 or any(mark in key for key in strict[::2]):
        loose = (body[:-1] if run else body).split(mark)
        if not len(loose) % 2 and all(key.strip() for key in loose[::2]):
            chosen = loose
            remarks.note("empty-values", f"{what} leaves values empty, which FCS does not allow.")
    if len(chosen) % 2:
        if len(chosen) == 1:
            raise remarks.refusal("no-keywords", f"{what} is no list of keywords.")
        remarks.note("odd-text", f"{what} ends with a keyword that has no value.")
    return _paired(chosen, remarks)


def _paired(parts: list[str], remarks: Remarks) -> dict[str, str]:
    keys: dict[str, str] = {}
    twice: list[str] = []
    for name, value in zip(parts[::2], parts[1::2], strict=False):
        key = name.strip(BLANK).upper()
        if key in keys and keys[key] != value:
            if STRUCTURE.fullmatch(key):
                message = f"{key} is {keys[key][:40]!r} and again {value[:40]!r}."
                raise remarks.refusal("two-values", message)
            twice.append(key)
        keys[key] = value
    if twice:
        message = f"{len(twice)} keywords stand twice, such as {twice[0]}; the last one counts."
        remarks.note("two-values", message)
    return keys
