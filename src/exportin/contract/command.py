"""A command that a room adds to the command line."""

from collections.abc import Callable
from dataclasses import dataclass

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
    "schema",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Name, one line of help, and a function whose annotated arguments are the options."""

    name: str
    summary: str
    run: Callable[..., None]
