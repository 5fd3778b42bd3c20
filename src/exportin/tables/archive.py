"""The zip directory of a workbook: what is refused before anything is unpacked."""

import io
import re
import zipfile
from itertools import pairwise

from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

OLE = b"\xd0\xcf\x11\xe0"
# A sheet of 1.4 MB that unpacked to 408 MB kept openpyxl busy for minutes (ecosystem.md, S1).
MAX_UNPACKED = 200_000_000
MAX_RATIO, RATIO_FROM = 100, 10_000_000
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
            sheets = [e for e in entries if e.filename.startswith("xl/worksheets/")]
            formulas = [inspect_sheet(source, archive.read(entry)) for entry in sheets]
            return any(formulas)
    except InputError:
        raise
    except Exception as error:  # zipfile raises many kinds on damaged bytes
        why = f"The workbook is damaged ({str(error)[:80]})."
        raise InputError(refusal(source, why, "corrupt-workbook")) from error


def inspect_sheet(source: Source, xml: bytes) -> bool:
    """Refuse rows out of order, which openpyxl would drop; True where there are formulas."""
    rows = [int(number) for number in ROW.findall(xml)]
    if any(after <= before for before, after in pairwise([0, *rows])):
        why = "The rows of a sheet are not numbered upwards."
        raise InputError(refusal(source, why, "corrupt-workbook"))
    return FORMULA.search(xml) is not None


def check_directory(source: Source, entries: list[zipfile.ZipInfo]) -> None:
    """Look at the sizes and names the archive declares, before anything is unpacked."""
    names = {entry.filename for entry in entries}
    unpacked = sum(entry.file_size for entry in entries)
    ratio = unpacked / max(len(source.data), 1)
    if unpacked > MAX_UNPACKED or (ratio > MAX_RATIO and unpacked > RATIO_FROM):
        why = f"The file unpacks to {unpacked / 1e6:.0f} MB, {ratio:.0f} times its size; refused."
        raise InputError(refusal(source, why, "zip-bomb"))
    odd = sorted(name for name in names if is_odd(name))
    if odd:
        why = f"The archive holds a file with the unsafe name {odd[0][:80]!r}."
        raise InputError(refusal(source, why, "unsafe-archive"))
    if any(entry.flag_bits & 1 for entry in entries):
        raise InputError(refusal(source, "The archive is encrypted.", "encrypted-workbook"))
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        why = "This is a zip archive but no .xlsx workbook."
        raise InputError(refusal(source, why, "not-a-workbook"))


def is_odd(name: str) -> bool:
    """Whether an entry of an archive could point outside it."""
    return (
        name.startswith(("/", "\\"))
        or ".." in re.split(r"[/\\]", name)
        or ":" in name
        or "\x00" in name
    )


def old_office(source: Source) -> Problem:
    """Tell an encrypted .xlsx from an old .xls; both wear the same outer format."""
    if "EncryptedPackage".encode("utf-16-le") in source.data:
        return refusal(source, "The workbook is protected by a password.", "encrypted-workbook")
    return refusal(source, "This is an old Excel file (.xls).", "old-xls")


def refusal(source: Source, message: str, code: str) -> Problem:
    """Return the problem of a workbook that is not opened."""
    return Problem(
        file=source.name,
        place="",
        message=message,
        remedy="Open it in Excel or LibreOffice and save it as .xlsx without password, or as CSV.",
        code=code,
    )
