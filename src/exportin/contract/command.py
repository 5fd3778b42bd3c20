"""A command that a room adds to the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the help of a command loads no tables
    from exportin.tables.table import Table

RESERVED = (
    "new",
    "check",
    "run",
    "show",
    "exclude",
    "why",
    "verify",
    "simulate",
    "fit",
    "serve",
    "read",
    "export",
    "rerun",
    "schema",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Name, one line of help, and a function whose annotated arguments are the options.

    Parameters
    ----------
    name, summary
        What a person types, and the line of help.
    run
        The function. With ``reads`` its first parameter ``tables`` gets what readers gave of the
        files a person names; rooms themselves open no files.
    reads
        Raw kind of those files; none where the command takes no raw files.
    plain
        Whether ``exportin ROOM ...`` runs it where no other command of the room is named.
    """

    name: str
    summary: str
    run: Callable[..., None]
    reads: "Callable[[], type[Table]] | None" = None
    plain: bool = False
