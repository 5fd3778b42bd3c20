"""Zip archives that are the same bytes for the same files: no clock, no owner, order as given."""

import io
import zipfile
from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date a zip can hold
PLAIN_FILE = 0o644 << 16


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of files by name.

    >>> pack({"a.txt": b"1"}) == pack({"a.txt": b"1"})
    True
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = PLAIN_FILE
            entry.create_system = 3  # as on Unix, wherever it is written
            archive.writestr(entry, data)
    return out.getvalue()


def repack(data: bytes) -> bytes:
    """Return an archive of our own making without the clock that its writer put in."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return pack({name: archive.read(name) for name in archive.namelist()})
