"""How much one request may bring, so that no one fills the memory of this machine."""

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bytes and counts; what is above is refused before it is read to its end."""

    file: int = 200 * MB
    dropped: int = 1_000 * MB  # all files of one drop
    files: int = 2_000  # of one drop
    name: int = 255  # characters of a file's name, folders included
    json: int = 5 * MB
    listeners: int = 64  # open streams of events
    rows: int = 5_000  # of one answer
    reason: int = 2_000  # letters of one exclusion's
