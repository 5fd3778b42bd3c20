"""A converter in a Python of its own: named by the environment, limited in time, never trusted."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from exportin.contract.reader import Request
from exportin.readers.allotrope import READER
from exportin.readers.allotrope.convert import SCRIPT
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

RAW = Source(name="raw/plate 1.txt", data=b"A1\t1.5\n")
ASM = {
    "$asm.manifest": "http://purl.allotrope.org/manifests/plate-reader/REC/2025/03/"
    "plate-reader.manifest",
    "measurement document": [
        {
            "sample document": {"location identifier": "A1"},
            "luminescence": {"value": 1.5, "unit": "RLU"},
        }
    ],
}


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Name a program of these Python lines as the converter."""

    def make(lines: str) -> Path:
        path = tmp_path / "converter"
        path.write_text(f"#!{sys.executable}\nimport json, sys, time\n{lines}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("EXPORTIN_ALLOTROPY", str(path))
        return path

    return make


def read(**request: str) -> WellReadings:
    table = READER.read(RAW, Request(kind=WellReadings, sheet="AGILENT_GEN5", **request))
    assert isinstance(table, WellReadings)
    return table


def refused() -> str:
    with pytest.raises(InputError) as caught:
        read()
    return str(caught.value)


def test_the_file_goes_in_and_its_numbers_come_out(fake, tmp_path: Path):
    seen = tmp_path / "seen.json"
    fake(
        "data = sys.stdin.buffer.read().decode()\n"
        f"json.dump([sys.argv[1], *sys.argv[4:], data], open({str(seen)!r}, 'w'))\n"
        f"print({json.dumps(ASM)!r})"
    )
    table = read()
    row = table.frame.row(0, named=True)
    assert (row["well"], row["value"], row["sample_id"]) == ("A01", 1.5, "plate 1")
    assert json.loads(seen.read_text()) == ["-I", "plate 1.txt", "AGILENT_GEN5", "A1\t1.5\n"]
    assert table.origins[0].sha256 == RAW.digest
    assert table.notes[0].message == "The file was converted by allotropy as AGILENT_GEN5."


def test_the_file_is_claimed_by_no_one_unasked(fake):
    fake("print(1)")
    assert not READER.sniff(RAW)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("sys.exit('no such plate')", "The converter failed; it said: no such plate"),
        ("raise ValueError('x\\x1b[31m')", "it said: ValueError: x[31m"),
        ("pass", "The converter failed; it said: nothing"),
        ("print('{\"a\": ')", "The JSON ends early or is damaged here."),
        ("print('{}')", "'$asm.manifest' does not name a manifest."),
        ("time.sleep(30)", "The converter took longer than 0.5 s and was stopped."),
    ],
)
def test_a_converter_that_fails(fake, monkeypatch: pytest.MonkeyPatch, lines: str, message: str):
    if "sleep" in lines:
        monkeypatch.setenv("EXPORTIN_ALLOTROPY_SECONDS", "0.5")
    fake(lines)
    assert message in refused()


def test_what_must_be_named(fake, monkeypatch: pytest.MonkeyPatch):
    assert refused() == (
        "raw/plate 1.txt: This is no ASM JSON, and no converter is named. Let the environment"
        " variable EXPORTIN_ALLOTROPY name a Python with allotropy in it."
    )
    path = fake("print(1)")
    with pytest.raises(InputError, match="does not say which vendor's format this is"):
        READER.read(RAW, Request(kind=WellReadings))
    monkeypatch.setenv("EXPORTIN_ALLOTROPY_SECONDS", "soon")
    assert "EXPORTIN_ALLOTROPY_SECONDS is 'soon', which is no number of seconds." in refused()
    monkeypatch.delenv("EXPORTIN_ALLOTROPY_SECONDS")
    path.unlink()
    assert "cannot be started" in refused()


def test_the_script_is_the_one_for_a_package_of_this_shape(tmp_path: Path):
    """A package with allotropy's two functions; what it prints does not mix with the result."""
    package = tmp_path / "allotropy"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "parser_factory.py").write_text(
        "from enum import Enum\nclass Vendor(Enum):\n    AGILENT_GEN5 = 'gen5'\n"
    )
    (package / "to_allotrope.py").write_text(
        "def allotrope_from_io(contents, filename, vendor):\n"
        "    print('chatter')\n"
        "    if filename == 'bad': raise ValueError('bad plate')\n"
        "    return {'name': filename, 'size': len(contents.read()), 'vendor': vendor.name}\n"
    )

    def run(name: str, vendor: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", SCRIPT, name, vendor],
            input=b"abc", capture_output=True, cwd=tmp_path, check=False,
        )  # fmt: skip

    done = run("f.txt", "AGILENT_GEN5")
    assert json.loads(done.stdout) == {"name": "f.txt", "size": 3, "vendor": "AGILENT_GEN5"}
    assert run("bad", "AGILENT_GEN5").stderr.splitlines()[-1] == b"bad plate"
    said = run("f", "AGILENT_GEN6").stderr.splitlines()[-1]
    assert said == b"there is no vendor 'AGILENT_GEN6'; nearest: AGILENT_GEN5"
