"""Changes of a TOML text: what was asked is different, and not one byte more."""

import difflib
import tomllib
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exportin.study.edit import toml_text as toml
from exportin.study.new import block_lines, study_head

KEYS = st.sampled_from(["a", "label", "x-y", "odd key", "µ", "d.o.t", "#no", 'q"'])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.one_of(
    TEXTS,
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=2)
)
REMARKS = st.sampled_from(["", "# a remark", "  # [block.a]", "#files = [", "\t", '# """', "#'"])
FORMS = st.sampled_from(
    [
        '["a.csv"]', '[\n  "a.csv", # one\n  "b#.csv",\n]', "[]", "[ ]", "['a', 'b']  # both",
        '"""\n[x]\n"""', "'''[block.a]'''", '"#"', '{ a = [1, 2], b = "]" }', "1979-05-27",
        "[[1], [2]]", '"\\""', "[ # none\n]",
    ]
)  # fmt: skip
LISTS = st.sampled_from(["files = []", 'files = ["r.csv"]', 'files = [\n  "r.csv",\n]'])


@st.composite
def files(draw: Any) -> str:
    """A study file with two blocks, odd values, remarks anywhere and either line end."""
    lines = ["[study]", "schema = 1", draw(REMARKS)]
    for block in ("a", "b"):
        lines += [draw(REMARKS), f"[block.{block}]" + draw(st.sampled_from(["", "  # its title"]))]
        for key in draw(st.lists(KEYS, unique=True, max_size=4)):
            lines += [f"{toml.toml_key(key)}  = {draw(FORMS)}", draw(REMARKS)]
        lines += [draw(LISTS)]
        if draw(st.booleans()):
            lines += [f"[block.{block}.columns]", "value = 'v'", draw(REMARKS)]
        for number in range(draw(st.integers(0, 3))):
            lines += [
                draw(REMARKS),
                f"[[block.{block}.compare]] # q",
                f"quantity = {number}",
                draw(REMARKS),
            ]
    mark = draw(st.sampled_from(["\n", "\r\n"]))
    return mark.join("\n".join(lines).split("\n")) + draw(st.sampled_from([mark, ""]))


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that went and lines that came; the last line may have got its end."""
    mark = "\r\n" if "\r\n" in before else "\n"
    old, new = (
        (text if text.endswith(mark) else text + mark).split(mark) for text in (before, after)
    )
    assert "\n" not in "".join(old + new) or mark == "\n"
    found = [one for one in difflib.ndiff(old, new) if one[0] in "+-"]
    return [o[2:] for o in found if o[0] == "-"], [o[2:] for o in found if o[0] == "+"]


@settings(max_examples=80, deadline=None)
@given(files(), KEYS, VALUES)
def test_set_and_drop_a_key(text: str, key: str, value: Any) -> None:
    wanted = deepcopy(tomllib.loads(text))
    new = key not in wanted["block"]["a"]
    wanted["block"]["a"][key] = value
    made = toml.set_value(text, ("block", "a"), key, value)
    assert tomllib.loads(made) == wanted
    went, came = changed(text, made)
    if new:
        assert went == []
        assert len(came) == 1
    else:
        assert not came or came[0].startswith(toml.toml_key(key))
    dropped = toml.drop_key(made, ("block", "a"), key)
    del wanted["block"]["a"][key]
    assert tomllib.loads(dropped) == wanted
    if new:
        assert changed(text, dropped) == ([], [])


@settings(max_examples=100, deadline=None)
@given(files(), st.lists(TEXTS, min_size=1, max_size=3))
def test_add_to_a_list(text: str, items: list[str]) -> None:
    made = toml.append_items(text, ("block", "a"), "files", items)
    wanted = tomllib.loads(text)
    wanted["block"]["a"]["files"] += items
    assert tomllib.loads(made) == wanted
    went, came = changed(text, made)
    assert len(went) == len(came) == 1


@pytest.mark.parametrize(
    ("listed", "after"),
    [
        ('["a"]', '["a", "n"]'),
        ("[]", '["n"]'),
        ('[\n  "a", # one\n]', '[\n  "a", "n" # one\n]'),
        ('[\n  "a" # one, two ]\n]', '[\n  "a", "n" # one, two ]\n]'),
        ("[ 'a]', ]", "[ 'a]', \"n\" ]"),
    ],
)
def test_lists_as_people_write_them(listed: str, after: str) -> None:
    text = f"[block.a]\nfiles = {listed} # end\nx = 1\n"
    made = toml.append_items(text, ("block", "a"), "files", ["n"])
    assert made == f"[block.a]\nfiles = {after} # end\nx = 1\n"


FIELDS = st.dictionaries(KEYS, SCALARS | st.lists(TEXTS, max_size=3), min_size=1, max_size=4)


@settings(max_examples=80, deadline=None)
@given(files(), FIELDS, st.sampled_from(["a", "b"]))
def test_add_and_drop_a_table(text: str, fields: dict[str, Any], block: str) -> None:
    array = ("block", block, "compare")
    before = tomllib.loads(text)
    made = toml.append_table(text, array, fields, ("block", block))
    wanted = deepcopy(before)
    wanted["block"][block].setdefault("compare", []).append(fields)
    assert tomllib.loads(made) == wanted
    went, came = changed(text, made)
    assert went == []
    assert next(line for line in came if line) == f"[[block.{block}.compare]]"
    assert len([line for line in came if line]) == len(fields) + 1
    number = len(before["block"][block].get("compare", []))
    back = toml.drop_table(made, array, number)
    assert tomllib.loads(back) == before
    lost, more = changed(text, back)
    assert not any(line.strip() for line in lost + more)


@settings(max_examples=80, deadline=None)
@given(files(), st.integers(0, 2), st.data())
def test_drop_any_table(text: str, number: int, data: st.DataObject) -> None:
    block = data.draw(st.sampled_from(["a", "b"]))
    before = tomllib.loads(text)
    there = before["block"][block].get("compare", [])
    assume(number < len(there))
    made = toml.drop_table(text, ("block", block, "compare"), number)
    there.pop(number)
    if not there:
        del before["block"][block]["compare"]
    assert tomllib.loads(made) == before
    went, came = changed(text, made)
    assert came == []
    assert [line for line in went if line.strip()] == [
        f"[[block.{block}.compare]] # q",
        f"quantity = {number}",
    ]


@settings(max_examples=60, deadline=None)
@given(files())
def test_add_a_block(text: str) -> None:
    lines = block_lines("measurement", given={"files": '["x.csv"]'})
    made = toml.append_lines(text, lines)
    raw = tomllib.loads(made)
    assert raw["block"].pop("measurement")["files"] == ["x.csv"]
    assert raw == tomllib.loads(text)
    assert changed(text, made)[0] == []


def test_question_stands_behind_the_remarks_of_its_block() -> None:
    lines = [*study_head("x"), *block_lines("viability"), *block_lines("measurement")]
    text = "\n".join(lines) + "\n"
    made = toml.append_table(text, ("block", "viability", "compare"), {"quantity": "ec50"},
                             ("block", "viability"))  # fmt: skip
    at = made.index("\n[[block.viability.compare]]\nquantity")
    assert made[:at].splitlines() == text[:at].splitlines()
    assert made[at:].split("\n", 4)[3] == ""
    assert made[at:].split("\n", 4)[4].startswith("[block.measurement]")


@pytest.mark.parametrize(
    "text",
    [
        'block = { a = { files = ["x"] } }\n',
        '[block.a]\nfiles = ["x"]\ncompare = [{ quantity = "q" }]\n',
    ],
)
def test_forms_that_only_a_person_can_change(text: str) -> None:
    with pytest.raises(toml.CannotEditError):
        toml.append_table(text, ("block", "a", "compare"), {"quantity": "x"}, ("block", "a"))


@pytest.mark.parametrize("key", ["columns", "reads"])
def test_key_that_is_a_table_of_its_own(key: str) -> None:
    text = f"[block.a]\nx = 1\n[block.a.{key}]\ny = 2\n"
    with pytest.raises(toml.CannotEditError):
        toml.set_value(text, ("block", "a"), key, {"y": 3})
    with pytest.raises(toml.CannotEditError):
        toml.drop_key(text, ("block", "a"), key)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), object(), "\ud800"])
def test_values_toml_has_not(value: Any) -> None:
    with pytest.raises(toml.CannotEditError):
        toml.set_value("[a]\nx = 1\n", ("a",), "x", value)
