"""Names of uploads: whatever they say, they stay inside the study and work on every system."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exportin.study.edit.names import LONGEST, numbered, safe_name

ODD = (
    "../../etc/passwd", "C:\\Windows\\x.csv", ".", "..", "...", "a/", "\x00", "CON", "nul.txt.csv",
    "\u202egpj.exe", "a\u0000b.csv", "é" * 200 + ".fcs", "\U0001d49c" * 90, " .csv", "-rf",
    "a.b/..", "x" * 300, "lpt9.", "e\u0301", "名前.xlsx", "study.toml\n", "~/.ssh/id", "con .csv",
)  # fmt: skip
RESERVED = {"con", "prn", "aux", "nul", "com1", "lpt9"}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("make", [safe_name, lambda name: numbered(safe_name(name), 12)])
def test_odd_names(name, make) -> None:
    holds(make(name))


@given(st.text())
@example("\ud800.csv")
def test_any_name(name: str) -> None:
    safe = safe_name(name)
    holds(safe)
    assert safe_name(safe) == safe
    holds(numbered(safe, 2))
    assert numbered(safe, 2) != safe


def holds(name: str) -> None:
    assert name
    assert not set(name) & set('/\\:*?"<>|\0')
    assert not name.startswith((".", " "))
    assert not name.endswith((".", " "))
    assert len(name) <= LONGEST
    assert len(name.encode()) <= 255
    assert name.split(".", maxsplit=1)[0].casefold() not in RESERVED
    assert not any(unicodedata.category(one).startswith("C") for one in name)
    assert unicodedata.normalize("NFC", name) == name


@pytest.mark.parametrize(
    ("name", "safe"),
    [("Platte 1 (Größe).CSV", "Platte_1_Größe.CSV"), ("e\u0301.csv", "é.csv"),
     ("a/b\\plate.xlsx", "plate.xlsx"), ("名前.xlsx", "名前.xlsx"), ("..hidden.csv", "hidden.csv")],
)  # fmt: skip
def test_names_people_would_expect(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_ending_is_kept() -> None:
    assert safe_name("y" * 300 + ".fcs").endswith("y.fcs")
    assert numbered("y" * 76 + ".fcs", 12).endswith("_12.fcs")
