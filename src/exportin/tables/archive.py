"""The zip directory of a workbook or another archive: refused before anything is unpacked."""

import io
import re
import zipfile
from collections.abc import Callable
from itertools import pairwise

from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

OLE = b"\xd0\xcf\x11\xe0"
# A sheet of 1.4 MB that unpacked to 408 MB kept openpyxl busy for minutes (ecosystem.md, S1).
MAX_UNPACKED = 200_000_000
AS_WORKBOOK = "Open it in Excel or LibreOffice and save it as .xlsx without password, or as CSV."
MAX_RATIO, RATIO_FROM = 100, 10_000_000
HEAD = 4096
LONGEST_NAME = 255
ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\sr="(-?[0-9]+)"')
FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")


def inspect_archive(source: Source) -> bool:
    """Refuse hostile or foreign archives unopened; True where a sheet holds formulas."""
    if source.data.startswith(OLE):
        raise InputError(old_office(source))
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            entries = archive.infolist()
            check_directory(source, entries)
            check_heads(source, archive, entries)
            sheets = [e for e in entries if e.filename.startswith("xl/worksheets/")]
            formulas = [inspect_sheet(source, archive.read(entry)) for entry in sheets]
            return any(formulas)
    except InputError:
        raise
    except Exception as error:  # zipfile raises many kinds on damaged bytes
        why = f"The workbook is damaged ({str(error)[:80]})."
        raise InputError(refusal(source, why, "corrupt-workbook")) from error


def check_heads(source: Source, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse XML that brings a document type: no workbook has one, entity bombs need it."""
    for entry in entries:
        if entry.filename.endswith((".xml", ".rels")):
            with archive.open(entry) as part:
                head = part.read(HEAD).replace(b"\x00", b"")  # UTF-16 too
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                why = f"The part {entry.filename!r} defines entities or a document type of its own."
                raise InputError(refusal(source, why, "unsafe-archive"))


def inspect_sheet(source: Source, xml: bytes) -> bool:
    """Refuse rows out of order, which openpyxl would drop; True where there are formulas."""
    rows = [int(number) for number in ROW.findall(xml)]
    if any(after <= before for before, after in pairwise([0, *rows])):
        why = "The rows of a sheet are not numbered upwards."
        raise InputError(refusal(source, why, "corrupt-workbook"))
    return FORMULA.search(xml) is not None


def check_directory(source: Source, entries: list[zipfile.ZipInfo]) -> None:
    """Look at the sizes and names a workbook declares, before anything is unpacked."""
    check_entries(source, entries)
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        why = "This is a zip archive but no .xlsx workbook."
        raise InputError(refusal(source, why, "not-a-workbook"))


def check_entries(
    source: Source,
    entries: list[zipfile.ZipInfo],
    *,
    most: int = MAX_UNPACKED,
    remedy: str = AS_WORKBOOK,
) -> None:
    """Refuse any archive that unpacks to too much, is encrypted, or has unsafe names.

    Parameters
    ----------
    most
        Largest size unpacked, in bytes.
    remedy
        What the user may do instead.
    """
    names = {entry.filename for entry in entries}
    unpacked = sum(entry.file_size for entry in entries)
    ratio = unpacked / max(len(source.data), 1)
    if unpacked > most or (ratio > MAX_RATIO and unpacked > RATIO_FROM):
        why = f"The file unpacks to {unpacked / 1e6:.0f} MB, {ratio:.0f} times its size; refused."
        raise InputError(refusal(source, why, "zip-bomb", remedy))
    odd = sorted(name for name in names if is_odd(name))
    if odd:
        why = f"The archive holds a file with the unsafe name {odd[0][:80]!r}."
        raise InputError(refusal(source, why, "unsafe-archive", remedy))
    if any(entry.flag_bits & 1 for entry in entries):
        why = "The archive is encrypted."
        raise InputError(refusal(source, why, "encrypted-workbook", remedy))


def list_archive(source: Source) -> tuple[str, ...]:
    """Return the names of the files in an archive; empty where the bytes are none."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            return tuple(archive.namelist())
    except Exception:  # noqa: BLE001  zipfile raises many kinds on damaged bytes
        return ()


def unpack_one(
    source: Source, pick: Callable[[list[str]], str], *, most: int, remedy: str
) -> bytes:
    """Return the bytes of the file in an archive that ``pick`` chooses by name.

    Raises
    ------
    InputError
        The archive is hostile or damaged, or ``pick`` refuses.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            check_entries(source, archive.infolist(), most=most, remedy=remedy)
            return archive.read(pick(archive.namelist()))
    except InputError:
        raise
    except Exception as error:  # zipfile raises many kinds on damaged bytes
        why = f"The archive is damaged ({str(error)[:80]})."
        raise InputError(refusal(source, why, "corrupt-archive", remedy)) from error


def is_odd(name: str) -> bool:
    """Whether an entry of an archive could point outside it."""
    return (
        name.startswith(("/", "\\"))
        or ".." in re.split(r"[/\\]", name)
        or ":" in name
        or "\x00" in name
        or len(name) > LONGEST_NAME
    )


def old_office(source: Source) -> Problem:
    """Tell an encrypted .xlsx from an old .xls; both wear the same outer format."""
    if "EncryptedPackage".encode("utf-16-le") in source.data:
        return refusal(source, "The workbook is protected by a password.", "encrypted-workbook")
    return refusal(source, "This is an old Excel file (.xls).", "old-xls")


def refusal(source: Source, message: str, code: str, remedy: str = AS_WORKBOOK) -> Problem:
    """Return the problem of an archive that is not opened."""
    return Problem(file=source.name, place="", message=message, remedy=remedy, code=code)
