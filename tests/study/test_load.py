"""The study file: every fault is found, at its line, with what to write instead."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from exportin.study.load import load_study
from exportin.study.model import StudyFile
from exportin.study.new import new_study, simulate_study
from exportin.study.places import line_of
from exportin.study.schema import study_schema
from exportin.tables.problems import InputError, Problem

LINK = '[link.p]\nuse = "mechanism.predict"\nfrom = ["v"]\n'
COMPARE = '[[block.v.compare]]\nquantity = "ec50"\nbetween = "treatment"\n'


def faults(folder: Path, text: str | bytes) -> dict[str, Problem]:
    """Problems of a study file by their code; each must stand at a place and say what to do."""
    data = text.encode() if isinstance(text, str) else text
    (folder / "study.toml").write_bytes(data)
    with pytest.raises(InputError) as caught:
        load_study(folder)
    for problem in caught.value.problems:
        assert problem.message, problem
        assert problem.remedy, problem
        assert problem.file == "study.toml"
    return {problem.code: problem for problem in caught.value.problems}


def test_faultless(tmp_path: Path, study_text: str) -> None:
    (tmp_path / "study.toml").write_text(study_text + COMPARE)
    study = load_study(tmp_path)
    assert study.file.block["v"].compare[0].quantity == "ec50"
    assert study.file.block["v"].settings.failed_plates == "warn"
    assert study.file.study.seed == 1


@pytest.mark.parametrize(
    ("line", "near", "number"),
    [
        ("experimental_unti = 'x'", "experimental_unit", 10),
        ("failed_plate = 'warn'", "failed_plates", 10),
        ("Layout = 'x'", "layout", 10),
    ],
)
def test_unknown_key_of_a_block(
    tmp_path: Path, study_text: str, line: str, near: str, number: int
) -> None:
    found = faults(tmp_path, study_text + line + "\n")["unknown-key"]
    assert found.remedy == f"Did you mean '{near}'?"
    assert found.place.startswith(f"line {number}, block.v.")


@pytest.mark.parametrize(
    ("old", "new", "near", "number"),
    [
        ("seed  ", "sed   ", "seed", 4),
        ("[block.v]", "[blok.v]", "block", 6),
    ],
)
def test_unknown_key_elsewhere(
    tmp_path: Path, study_text: str, old: str, new: str, near: str, number: int
) -> None:
    found = faults(tmp_path, study_text.replace(old, new))["unknown-key"]
    assert found.remedy == f"Did you mean '{near}'?"
    assert found.place.startswith(f"line {number},")


def test_unknown_key_of_the_second_compare_table(tmp_path: Path, study_text: str) -> None:
    text = study_text + COMPARE + COMPARE.replace("between =", "betwen =")
    found = faults(tmp_path, text)
    assert found["unknown-key"].remedy == "Did you mean 'between'?"
    assert found["unknown-key"].place == "line 15, block.v.compare.1.betwen"
    assert found["missing-key"].place == "line 13, block.v.compare.1.between"


@pytest.mark.parametrize("key", ["assay", "files", "schema", "title"])
def test_missing_key(tmp_path: Path, study_text: str, key: str) -> None:
    text = "\n".join(line for line in study_text.splitlines() if not line.startswith(key))
    found = faults(tmp_path, text)["missing-key"]
    assert f"'{key}'" in found.message
    assert found.place.startswith("line ")


def test_missing_section(tmp_path: Path, study_text: str) -> None:
    assert (
        "'block'" in faults(tmp_path, study_text.partition("[block.v]")[0])["missing-key"].message
    )
    text = "[block.v]" + study_text.partition("[block.v]")[2]
    assert "'study'" in faults(tmp_path, text)["missing-key"].message


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("seed   = 1", 'seed   = "1"', "line 4, study.seed"),
        ("seed   = 1", "seed   = -1", "line 4, study.seed"),
        ("seed   = 1", "seed   = 1.0", "line 4, study.seed"),
        ('["plates/*.csv"]', '"plates/*.csv"', "line 8, block.v.files"),
        ('["plates/*.csv"]', "[]", "line 8, block.v.files"),
        ('"layout.csv"', '"layout.csv"\nconf_level = 95', "line 10, block.v.conf_level"),
        ('"layout.csv"', '"layout.csv"\nfailed_plates = "drop"', "line 10, block.v.failed_plates"),
        ('"layout.csv"', '"layout.csv"\nnormalized = "yes"', "line 10, block.v.normalized"),
        ('"layout.csv"', '"layout.csv"\ncurves_drawn = -1', "line 10, block.v.curves_drawn"),
        ('"layout.csv"', '"layout.csv"\nconf_level = nan', "line 10, block.v.conf_level"),
    ],
)
def test_wrong_value(tmp_path: Path, study_text: str, old: str, new: str, place: str) -> None:
    found = faults(tmp_path, study_text.replace(old, new))
    assert set(found) == {"wrong-value"}
    assert found["wrong-value"].place == place


def test_assay_that_is_no_text(tmp_path: Path, study_text: str) -> None:
    found = faults(tmp_path, study_text.replace('"viability"', "7"))
    assert found["wrong-value"].place == "line 7, block.v.assay"


@pytest.mark.parametrize("text", ["study = 1\n", "[study]\nschema = 1\ntitle = 'x'\nblock = 3\n"])
def test_section_that_is_no_table(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_several_at_once(tmp_path: Path, study_text: str) -> None:
    text = study_text.replace("seed ", "sed ").replace("viability", "viabilty")
    text += 'nonsense = 1\n[block.w]\nassay = "viability"\nfailed_plates = 3\n'
    (tmp_path / "study.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_study(tmp_path)
    codes = {problem.code for problem in caught.value.problems}
    assert codes == {"unknown-key", "unknown-assay", "wrong-value", "missing-key"}
    assert len({problem.place for problem in caught.value.problems}) >= 4


@pytest.mark.parametrize(
    "text",
    ["[study\n", "[study]\ntitle = Panel\n", "[study]\na = 1\na = 2\n", "a = '\x00'\n", "x = \x7f"],
)
def test_broken_toml(tmp_path: Path, text: str) -> None:
    found = faults(tmp_path, text)
    assert set(found) == {"toml"}
    assert found["toml"].place.startswith("line ") or "end of document" in found["toml"].message


@pytest.mark.parametrize("version", ["2", "0", "99"])
def test_other_schema_version(tmp_path: Path, study_text: str, version: str) -> None:
    found = faults(tmp_path, study_text.replace("schema = 1", f"schema = {version}"))
    assert set(found) == {"schema"}
    assert version in found["schema"].message
    assert found["schema"].place == "line 2, study.schema"


@pytest.mark.parametrize("version", ['"1"', "true", "1.0"])
def test_version_of_another_type(tmp_path: Path, study_text: str, version: str) -> None:
    found = faults(tmp_path, study_text.replace("schema = 1", f"schema = {version}"))
    assert set(found) == {"wrong-value"}


def test_not_utf8(tmp_path: Path, study_text: str) -> None:
    found = faults(tmp_path, study_text.replace("A plate", "Zellgröße").encode("latin-1"))
    assert "UTF-8" in found["utf-8"].message
    assert set(faults(tmp_path, study_text.encode("utf-16"))) == {"utf-8"}


def test_byte_order_mark_is_fine(tmp_path: Path, study_text: str) -> None:
    (tmp_path / "study.toml").write_bytes(study_text.encode("utf-8-sig"))
    assert load_study(tmp_path).file.study.title == "A plate"


def test_no_study(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no study\.toml"):
        load_study(tmp_path / "missing")


@pytest.mark.parametrize(
    ("old", "new", "code", "near"),
    [
        ('"viability"', '"viabilty"', "unknown-assay", "viability"),
        ('"layout.csv"', '"layout.csv"\nreader = "bmg_mar"', "unknown-reader", "bmg_mars"),
    ],
)
def test_unknown_room(
    tmp_path: Path, study_text: str, old: str, new: str, code: str, near: str
) -> None:
    found = faults(tmp_path, study_text.replace(old, new))[code]
    assert found.remedy == f"Did you mean '{near}'?"
    assert found.place.startswith("line ")


def test_unknown_link(tmp_path: Path, study_text: str) -> None:
    found = faults(tmp_path, study_text + LINK.replace("mechanism.predict", "no.such"))
    assert found["unknown-link"].place == "line 11, link.p.use"


@pytest.mark.parametrize("name", ["'..'", "'a/b'", "''", "'1a'", "'a b'", '"a\\n"', '"=1"'])
def test_names_that_cannot_be_folders(tmp_path: Path, study_text: str, name: str) -> None:
    found = faults(tmp_path, study_text.replace("[block.v]", f"[block.{name}]"))
    assert set(found) == {"block-name"}
    found = faults(tmp_path, study_text + LINK.replace("link.p", f"link.{name}"))
    assert "link-name" in found


def test_link_named_as_a_block(tmp_path: Path, study_text: str) -> None:
    found = faults(tmp_path, study_text + LINK.replace("link.p", "link.v"))
    assert found["twin-name"].place == "line 10, link.v"


def test_lines_of_quoted_and_nested_keys() -> None:
    text = "[study]\n# x = 1\n\n[block.'a b']\nconstants.dose = 3\n[[block.'a b'.compare]]\nq = 1\n"
    assert line_of(text, ("block", "a b", "constants", "dose")) == 5
    assert line_of(text, ("block", "a b", "compare", 0, "q")) == 7
    assert line_of(text, ("block", "a b", "nothing")) == 4
    assert line_of(text, ("elsewhere",)) is None


# ---- the schema for editors


def schema_faults(text: str) -> list[str]:
    checker = jsonschema.Draft202012Validator(study_schema())
    return [error.message for error in checker.iter_errors(tomllib.loads(text))]


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(study_schema())


def test_schema_accepts_what_loads(
    tmp_path: Path, study_text: str, simulated: Callable[..., Path]
) -> None:
    assert schema_faults(study_text + COMPARE) == []
    for scenario in ("default", "n3"):
        text = (simulated(scenario) / "study.toml").read_text(encoding="utf-8")
        assert schema_faults(text) == []
    new_study(tmp_path / "new", ("viability",))
    assert schema_faults((tmp_path / "new" / "study.toml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seed ", "sed "),
        ("layout =", "laylout ="),
        ("layout =", "failed_plate ="),
        ('"viability"', '"viabilty"'),
        ("schema = 1", "schema = 2"),
        ("seed   = 1", 'seed   = "1"'),
        ("[block.v]", "[blok.v]"),
    ],
)
def test_schema_refuses_what_does_not_load(
    tmp_path: Path, study_text: str, old: str, new: str
) -> None:
    text = study_text.replace(old, new)
    assert text != study_text
    assert schema_faults(text)
    assert faults(tmp_path, text)


def test_schema_knows_settings_of_the_assay() -> None:
    kinds = study_schema()["properties"]["block"]["additionalProperties"]["anyOf"]
    viability = next(k for k in kinds if k["properties"]["assay"]["const"] == "viability")
    assert viability["properties"]["failed_plates"]["enum"] == ["warn", "exclude"]
    assert set(StudyFile.model_fields) == set(study_schema()["properties"])


@pytest.mark.parametrize("name", ["plain", "a b", "größe", "Studie 😀", 'quo"te', "back\\slash"])
def test_new_study_in_any_folder_loads(tmp_path: Path, name: str) -> None:
    new_study(tmp_path / name, ("viability",))
    assert load_study(tmp_path / name).file.study.title == name


def test_new_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "design.csv").write_text("mine")
    new_study(tmp_path, ("viability",))
    assert (tmp_path / "design.csv").read_text() == "mine"
    with pytest.raises(InputError, match="already holds a study"):
        new_study(tmp_path, ("viability",))
    with pytest.raises(InputError, match="already holds a study"):
        simulate_study("viability", tmp_path)


def asking(study_text: str, quantity: str, more: str = "") -> str:
    question = f'[[block.v.compare]]\nquantity = "{quantity}"\nbetween = "treatment"\n'
    return f"{study_text}{more}{question}"


@pytest.mark.parametrize("quantity", ["z_prime", "control_cv", "edge_effect", "residual_score"])
def test_plates_are_not_compared(tmp_path: Path, study_text: str, quantity: str) -> None:
    problem = faults(tmp_path, asking(study_text, quantity))["not-comparable"]
    assert problem.place.endswith("block.v.compare.0.quantity")
    assert problem.place.startswith("line ")
    assert "ec50, ic50_absolute" in problem.remedy


@pytest.mark.parametrize("quantity", ["gr50", "gr_max"])
def test_growth_is_compared_only_where_it_is_asked_for(
    tmp_path: Path, study_text: str, quantity: str
) -> None:
    problem = faults(tmp_path, asking(study_text, quantity))["needs-setting"]
    assert problem.place.endswith("block.v.compare.0.quantity")
    assert problem.remedy == "Write growth_rate = true in [block.v]."
    off = asking(study_text, quantity, "growth_rate = false\n")
    assert "needs-setting" in faults(tmp_path, off)
    on = asking(study_text, quantity, "growth_rate = true\n")
    (tmp_path / "study.toml").write_text(on)
    assert load_study(tmp_path).file.block["v"].compare[0].quantity == quantity
