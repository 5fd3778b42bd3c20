"""Where a table came from: the bytes of a file and who read them."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256


@dataclass(frozen=True)
class Source:
    """The bytes of one raw file, under the name the study knows it by.

    Readers get bytes and never open files, so the same reader serves a folder, an
    archive and a browser upload.

    >>> Source(name="plates/a.csv", data=b"x").stem
    'a'
    """

    name: str
    data: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, as hexadecimal text."""
        return sha256(self.data).hexdigest()

    @property
    def stem(self) -> str:
        """File name without folder and ending."""
        return self.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]

    @property
    def suffix(self) -> str:
        """Ending of the file name in lower case, with its dot; empty if there is none."""
        last = self.name.rsplit("/", 1)[-1]
        return "." + last.rsplit(".", 1)[1].lower() if "." in last else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One file a table was read from, and the reader that read it."""

    file: str
    sha256: str
    reader: str
