"""Whole sections of a study file: what belongs to them goes, all else stays to the byte."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportin.study.edit.toml_scan import CannotEditError
from exportin.study.edit.toml_section import drop_section, section_lines

TEXT = """# The whole file.
[study]
schema = 1

# plates of spring
[block.a] # first
files = ["a.csv"]
# left = 1
only = { model = [
  "x", # a comma, a bracket ]
] }

[block.a.columns]
value = "rlu"

# of both

[[block.a.compare]]
quantity = "ec50"
# [[block.a.compare]]
# quantity = "auc"

# plates of summer
[block.b]
files = ["b.csv"]

[block.a.constants]
day = 3
# the end
"""
WITHOUT = """# The whole file.
[study]
schema = 1

# plates of summer
[block.b]
files = ["b.csv"]
"""


@pytest.mark.parametrize("mark", ["\n", "\r\n"])
def test_a_section_goes_with_its_remarks(mark: str) -> None:
    text = TEXT.replace("\n", mark)
    assert drop_section(text, ("block", "a")) == WITHOUT.replace("\n", mark)


def test_the_last_section_of_its_kind_goes_with_the_kind() -> None:
    text = "# top\n[block.a]\nx = 1\n[block.a.deep]\ny = 2\n"
    assert drop_section(text, ("block", "a")) == "# top\n"
    assert drop_section(f"[study]\nz = 1\n\n{text[6:]}", ("block", "a")) == "[study]\nz = 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "block.a.x = 1\n[study]\ny = 1\n",
        "[block]\na = { x = 1 }\nb = { x = 1 }\n",
        "[block]\na.x = 1\n",
        "[study]\ny = 1\n",
    ],
)
def test_a_section_in_another_form_is_left_to_a_person(text: str) -> None:
    with pytest.raises(CannotEditError):
        drop_section(text, ("block", "a"))
    with pytest.raises(CannotEditError):
        section_lines(text, ("block", "a"), ("block", "c"), {"files": []}, "compare")


@pytest.mark.parametrize("mark", ["\n", "\r\n"])
def test_a_copy_says_the_same(mark: str) -> None:
    text = TEXT.replace("\n", mark)
    given_files = {"files": ["raw/ä.csv"]}
    lines = section_lines(text, ("block", "a"), ("block", "new-1"), given_files, "compare")
    old = tomllib.loads(TEXT)["block"]["a"]
    del old["compare"]
    assert tomllib.loads("\n".join(lines)) == {"block": {"new-1": {**old, **given_files}}}
    assert "compare" not in "\n".join(lines)


NAME = st.sampled_from(["a", "b", "ab", "a.b", "é"])
TABLE = st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 9), min_size=1)


@given(st.lists(st.tuples(NAME, TABLE), min_size=1, unique_by=lambda one: one[0]), NAME)
def test_any_section(tables: list[tuple[str, dict[str, int]]], name: str) -> None:
    text = "[study]\nz = 0\n" + "".join(
        f'\n# of {at}\n[block."{one}"]\n' + "".join(f"{k} = {v} # {k}\n" for k, v in keys.items())
        for at, (one, keys) in enumerate(tables)
    )
    raw = tomllib.loads(text)
    if name not in raw["block"]:
        with pytest.raises(CannotEditError):
            drop_section(text, ("block", name))
        return
    made = drop_section(text, ("block", name))
    del raw["block"][name]
    assert tomllib.loads(made) == raw if raw["block"] else {"study": {"z": 0}}
    assert all(line in text.split("\n") for line in made.split("\n"))
    assert made.count("# of ") == len(tables) - 1
