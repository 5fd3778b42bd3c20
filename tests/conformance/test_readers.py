"""Laws that every reader keeps, over the raw files of every assay."""

import random

import pytest

from exportin.contract.reader import Reader, Request
from exportin.study.discover import load_readers
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.table import Table

from .bench import raw_files
from .limits import SEED

CASES = list(raw_files())
every_reader = pytest.mark.parametrize("reader", load_readers(), ids=lambda reader: reader.name)
every_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case[0]} {case[1].name}".replace("/", ":")
)


def read(reader: Reader, source: Source, kind: type[Table]) -> Table | tuple[Problem, ...]:
    """What a reader makes of a file: a table or problems; anything else is a crash."""
    try:
        return reader.read(source, Request(kind=kind))
    except InputError as error:
        return error.problems


def tried(reader: Reader, source: Source) -> None:
    """Read into every kind: a table, or problems that name the file and a remedy."""
    assert reader.sniff(source) in (True, False)
    for kind in reader.kinds:
        found = read(reader, source, kind)
        if isinstance(found, Table):
            assert isinstance(found, kind)
            continue
        assert found
        for problem in found:
            assert problem.message
            assert problem.remedy
            assert problem.file == source.name


GENERAL = 100  # rank of the reader of any table


@every_case
def test_one_reader_and_no_other(case: tuple[str, Source]) -> None:
    """The general table, asked last, may claim what a reader of one kind of table claims too."""
    claims = [reader for reader in load_readers() if reader.sniff(case[1])]
    narrow = [reader for reader in claims if reader.rank < GENERAL] or claims
    assert len(narrow) == 1, [reader.name for reader in claims]


@every_reader
def test_reader_says_who_it_is(reader: Reader) -> None:
    assert reader.name.isidentifier()
    assert reader.title
    assert reader.kinds
    assert all(s.startswith(".") and s == s.lower() for s in reader.suffixes)


def test_reader_names_are_unique() -> None:
    names = [reader.name for reader in load_readers()]
    assert len(names) == len(set(names))


@every_reader
def test_any_file_ends_in_a_table_or_words(reader: Reader) -> None:
    """Files of all formats, whole, cut, re-encoded, doubled and spoiled."""
    chance = random.Random(SEED)
    for _, source in CASES[::3]:
        data = source.data
        cut = chance.randrange(len(data))
        spoiled = bytearray(data)
        for _ in range(5):
            spoiled[chance.randrange(len(data))] = chance.randrange(256)
        shapes = [data, data[:cut], data + data, bytes(spoiled), data[cut:]]
        shapes.append(data.decode("latin-1").encode("utf-16"))
        shapes.append(data.replace(b",", b";").replace(b".", b","))
        for shape in shapes:
            tried(reader, Source(name=source.name, data=shape))


@every_reader
@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\x00" * 100, b"PK\x03\x04junk", b"\xff\xfe", b"a", b",,,\n,,,\n"]
)
def test_no_file_at_all(reader: Reader, data: bytes) -> None:
    assert not reader.sniff(Source(name="x.csv", data=data))
    tried(reader, Source(name="x.csv", data=data))
    tried(reader, Source(name="x.xlsx", data=data))


@every_reader
def test_files_of_other_names_share_no_row_id(reader: Reader) -> None:
    for _, source in CASES:
        if reader.sniff(source):
            names = ("a/x.csv", "b/x.csv")
            tables = [
                read(reader, Source(name=n, data=source.data), reader.kinds[0]) for n in names
            ]
            if all(isinstance(table, Table) for table in tables):
                one, two = (table.frame.get_column("row_id") for table in tables)  # type: ignore[union-attr]
                assert not set(one) & set(two)
                assert one.n_unique() == two.n_unique() == len(one)
                return
    pytest.skip("no simulated file is of this format")
