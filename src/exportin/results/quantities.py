"""Quantity names: one name, one meaning, wherever it is estimated."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number we can estimate: its name, how people call it, what it estimates, its scale."""

    name: str
    label: str
    estimand: str
    scale: str = "linear"
    direction: str = ""


@cache
def shared_quantities() -> dict[str, Quantity]:
    """Return the shared names of ``quantities.toml``.

    >>> shared_quantities()["ec50"].scale
    'log10'
    """
    text = Path(__file__).with_name("quantities.toml").read_text(encoding="utf-8")
    return {name: Quantity(name=name, **entry) for name, entry in tomllib.loads(text).items()}
