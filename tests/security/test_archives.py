"""Archives and XML that would fill the memory, leave their folder or read other files."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from exportin.contract.reader import Request
from exportin.study.discover import load_readers
from exportin.study.front_door import read_file
from exportin.tables.kinds import WellReadings
from exportin.tables.origin import Source
from exportin.tables.problems import InputError

BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {"bcdefgh"[i]} "{("&" + "abcdefg"[i] + ";") * 10}">' for i in range(7))
    + "]>"
)
STRANGER = '<!DOCTYPE r [<!ENTITY h SYSTEM "file:///etc/passwd">]>'
XML = {
    "a.pzfx": '<?xml version="1.0"?>{}<GraphPadPrismFile>&h;</GraphPadPrismFile>',
    "a.xml": '<?xml version="1.0"?>{}<File><FileInformation>&h;</FileInformation></File>',
    "a.rdml": '<?xml version="1.0"?>{}<rdml version="1.3">&h;</rdml>',
}


def book() -> bytes:
    made = openpyxl.Workbook()
    made.active.append(["well", "value"])
    made.active.append(["A1", 3.5])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def packed(change: Callable[[str, bytes], bytes]) -> bytes:
    """The workbook with some of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(out, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def refusal(name: str, data: bytes, reader: str = "") -> list[Any]:
    with pytest.raises(InputError) as caught:
        read_file(Source(name=name, data=data), reader=reader)
    for problem in caught.value.problems:
        assert problem.file == name
        assert problem.message
        assert problem.remedy
    return list(caught.value.problems)


@pytest.mark.parametrize("name", ["a.xlsx", "a.rdml", "a.zip"])
def test_a_bomb_is_refused_by_its_directory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is unpacked: reading a part would fail the test."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", 8) as made:
        made.writestr("[Content_Types].xml", b"<a/>")
        made.writestr("xl/workbook.xml", b"<a/>")
        made.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000)
        made.writestr("rdml_data.xml", b"0" * 300_000_000)

    def opened(*args: object, **options: object) -> None:
        raise AssertionError("a part of the archive was opened")

    monkeypatch.setattr(zipfile.ZipFile, "open", opened)
    monkeypatch.setattr(zipfile.ZipFile, "read", opened)
    (problem,) = refusal(name, out.getvalue())
    assert problem.code == "zip-bomb"
    assert "unpacks to" in problem.message


@pytest.mark.parametrize(
    "inside", ["../x", "..\\x", "/etc/x", "\\x", "C:x", "a/../../x", "n" * 300]
)
def test_names_that_leave_the_archive(inside: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        odd = zipfile.ZipInfo("placeholder")
        odd.filename = inside
        new.writestr(odd, b"x")
    problems = refusal("a.xlsx", out.getvalue())
    assert problems[0].code == "unsafe-archive"


@pytest.mark.parametrize("head", [BOMB, STRANGER], ids=["bomb", "other file"])
@pytest.mark.parametrize("name", XML)
def test_entities_in_xml(name: str, head: str) -> None:
    reader = {"a.pzfx": "pzfx", "a.xml": "tapestation", "a.rdml": "rdml"}[name]
    problems = refusal(name, XML[name].format(head).encode(), reader)
    assert any("entities" in problem.message for problem in problems)
    assert "root:" not in str(problems)


@pytest.mark.parametrize("head", [BOMB, STRANGER], ids=["bomb", "other file"])
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
@pytest.mark.parametrize("code", ["utf-8", "utf-16"])
def test_entities_in_workbooks(part: str, head: str, code: str) -> None:
    def change(name: str, data: bytes) -> bytes:
        return head.encode(code) + data if name == part else data

    (problem,) = refusal("a.xlsx", packed(change))
    assert problem.code == "unsafe-archive"
    assert "entities" in problem.message


@pytest.mark.parametrize("deep", [b"[" * 200_000, b'{"a":' * 100_000, b"<a>" * 100_000])
def test_nesting_without_end(deep: bytes) -> None:
    for reader in load_readers():
        source = Source(name="a" + reader.suffixes[0], data=deep)
        assert not reader.sniff(source)
        with pytest.raises(InputError):
            reader.read(source, Request(kind=reader.kinds[0]))


def test_an_archive_that_lies_about_its_sizes() -> None:
    """The directory says little, the data unpack to much: what was said is all that is read."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", 8) as made:
        made.writestr("[Content_Types].xml", b"<a/>")
        made.writestr("xl/workbook.xml", b"0" * 50_000_000)
    data = out.getvalue().replace((50_000_000).to_bytes(4, "little"), (500).to_bytes(4, "little"))
    assert refusal("a.xlsx", data)


def test_the_plain_workbook_is_read() -> None:
    found = read_file(Source(name="a.xlsx", data=book()))
    assert found.kind == WellReadings.kind
    assert found.rows.get_column("value").to_list() == [3.5]
