"""Refusals that a page can act on: by file, by cell, by a list to choose from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

BLOCK = "/api/block/viability"
CFX = "ecosystem/instrument_files/cfxmaestro/example01.csv"
Open = Callable[..., Any]


def put(window: Any, name: str, data: bytes, **more: str) -> Any:
    return window.ask("PUT", "/api/files", params={"name": name, **more}, content=data)


def test_bad_cells_of_a_paste_are_named(window: Any) -> None:
    body = {"text": "0,5\t1,000\nabc\t-5\n\t2", "field": "dose", "at": "B02", "size": 96}
    found = window.ask("POST", f"{BLOCK}/layout/paste", json=body)
    assert found.status_code == 400
    places = {problem["place"] for problem in found.json()["problems"]}
    assert places == {"well B03", "well C02", "well C03"}
    good = window.post(f"{BLOCK}/layout/paste", {**body, "text": "12,5\t3,125\n\t2"})
    assert [cell["text"] for cell in good["cells"]] == ["12.5", "3.125", "", "2"]
    words = window.post(f"{BLOCK}/layout/paste", {**body, "field": "treatment", "text": "1,000\tx"})
    assert [cell["text"] for cell in words["cells"]] == ["1,000", "x"]


def test_a_layout_with_a_dose_of_two_meanings_is_refused(window: Any, study: Path) -> None:
    before = (study / "layout.csv").read_bytes()
    rows = window.get(f"{BLOCK}/layout")["rows"]
    at = next(i for i, row in enumerate(rows) if row["role"] == "treated")
    rows[at] = {**rows[at], "dose": "1,000"}
    found = window.ask("PUT", f"{BLOCK}/layout", json={"rows": rows})
    assert found.status_code == 400
    (problem,) = found.json()["problems"]
    assert problem["place"] == f"well {rows[at]['well']}"
    assert problem["remedy"] == "Write 1000 or 1.0."
    assert (study / "layout.csv").read_bytes() == before


def test_two_windows_lose_nothing(window: Any, study: Path) -> None:
    rows = window.get(f"{BLOCK}/layout")["rows"]
    first, second = [i for i, row in enumerate(rows) if row["role"] == "treated"][:2]

    def save(at: int, dose: str, **more: Any) -> Any:
        mine = [{**row, "dose": dose} if i == at else row for i, row in enumerate(rows)]
        return window.ask("PUT", f"{BLOCK}/layout", json={"rows": mine, **more})

    assert save(first, "111", opened=rows).status_code == 200
    both = save(second, "222", opened=rows).json()["layout"]["rows"]
    assert (both[first]["dose"], both[second]["dose"]) == ("111", "222")
    clash = save(first, "333", opened=rows)
    assert clash.status_code == 409
    assert "another window" in clash.json()["problems"][0]["message"]
    assert "333" not in (study / "layout.csv").read_text()

    design = window.get("/api/design")

    def name(at: int, unit: str, **more: Any) -> Any:
        mine = [{**r, "unit_id": unit} if i == at else r for i, r in enumerate(design["rows"])]
        said = {"columns": design["columns"], "rows": mine, "opened": design["rows"], **more}
        return window.ask("PUT", "/api/design", json=said)

    assert name(0, "X1").status_code == 200
    units = [row["unit_id"] for row in name(1, "X2").json()["design"]["rows"]]
    assert units[:2] == ["X1", "X2"]
    assert name(0, "X3").status_code == 409


def test_good_files_of_a_drop_are_taken(study: Path, open_window: Open) -> None:
    window = open_window(study)
    plate = (study / "plates" / "SIM-LPS-1-E1.csv").read_bytes().replace(b"E1", b"E9")
    put(window, "new.csv", plate, more="1", batch="b")
    found = put(window, "scan.pdf", b"%PDF-1.4 x", batch="b")
    assert found.status_code == 200
    assert [one["name"] for one in found.json()["added"]] == ["new.csv"]
    (out,) = found.json()["refused"]
    assert out["file"] == "scan.pdf"
    assert "exportin" not in out["problems"][0]["remedy"]
    alone = put(window, "scan.pdf", b"%PDF-1.4 x")
    assert alone.status_code == 400
    assert "exportin" not in alone.json()["problems"][0]["remedy"]
    needs = window.get("/api/study")["needs"]
    assert [need["what"] for need in needs] == ["design"]


def test_a_file_is_taken_out_and_undone(study: Path, open_window: Open) -> None:
    window = open_window(study)
    before = window.get(BLOCK)["html"]["estimates"]
    files = window.get("/api/study")["blocks"][0]["files"]
    row = window.get(f"{BLOCK}/rows?limit=1")["rows"][0]["row_id"]
    window.post(f"{BLOCK}/exclude", {"rows": [row], "reason": "bubble"})
    last = next(file for file in files if not row.startswith(file))
    found = window.post(f"{BLOCK}/take-out", {"file": last})
    assert found["state"] == "ready"
    assert found["blocks"][0]["files"] == [file for file in files if file != last]
    assert window.get(BLOCK)["html"]["estimates"] != before
    window.post("/api/undo", {})
    window.post("/api/undo", {})
    assert window.get(BLOCK)["html"]["estimates"] == before
    assert window.ask("POST", f"{BLOCK}/take-out", json={"file": "no.csv"}).status_code == 400


def test_a_file_with_left_out_rows_is_taken_out(study: Path, open_window: Open) -> None:
    window = open_window(study)
    row = window.get(f"{BLOCK}/rows?limit=1")["rows"][0]["row_id"]
    window.post(f"{BLOCK}/exclude", {"rows": [row], "reason": "bubble"})
    file = row.rpartition(":")[0]
    found = window.ask("POST", f"{BLOCK}/take-out", json={"file": file})
    assert found.status_code == 400
    assert "Take them back first" in found.text
    window.post(f"{BLOCK}/take-back", {"rows": [row]})
    said = window.post(f"{BLOCK}/take-out", {"file": file})
    assert said["state"] == "ready", said["problems"]


def test_a_read_is_chosen_on_the_page(tmp_path: Path, open_window: Open, realdata: Path) -> None:
    window = open_window(tmp_path / "study")
    study = put(window, "cfx.csv", (realdata / CFX).read_bytes()).json()["study"]
    (choice,) = study["choices"]
    assert (choice["block"], choice["key"]) == ("measurement", "channel")
    assert study["problems"][0]["remedy"] == "Choose it below."
    assert not any(need["what"] == "study" for need in study["needs"])
    window.post("/api/block/measurement/settings", {"channel": choice["values"][1][0]})
    assert not window.get("/api/study")["choices"]


def test_a_plate_without_a_unit_is_refused_without_flags(window: Any) -> None:
    wish = {"size": 96, "drugs": ["a"], "doses": [10, 1], "unit": ""}
    found = window.ask("POST", "/api/layout/make", json=wish)
    assert found.status_code == 400
    assert "--" not in found.text


def test_a_drop_that_was_given_up_blocks_no_other(study: Path, open_window: Open) -> None:
    window = open_window(study, file=1_000, dropped=2_500)
    for name in ("a", "b"):
        assert put(window, name, b"x" * 1_000, more="1", batch="left").status_code == 200
    assert put(window, "c", b"x" * 1_000, more="1", batch="new").status_code == 200
    late = put(window, "last", b"1", batch="left")
    assert late.status_code == 409
    assert "once more" in late.json()["problems"][0]["remedy"]
    assert put(window, "a", b"x", more="1", batch="left").json() == {"pending": 1}


def test_a_study_whose_design_cannot_be_read_can_be_looked_at(
    study: Path, open_window: Open
) -> None:
    toml = study / "study.toml"
    toml.write_text(toml.read_text().replace("[study]", '[study]\ndesign = "../../etc/passwd"', 1))
    assert open_window(study).get("/api/study")["state"] == "problems"
