"""Defects of FCS files: mended with a note, or refused with what to do."""

import time
from collections.abc import Mapping

import pytest
from tests.readers.fcs_files import beckman, fcs, three_sets
from tests.readers.test_fcs import codes, only, read

from exportin.tables.problems import InputError, Problem

EVENTS = [[1, 2], [3, 4], [5, 6]]
NARROW = {"$P1R": "256", "$P2R": "256"}
"""Ranges that only the right place and byte order keep: every high byte is 0."""


def refused(data: bytes) -> Problem:
    with pytest.raises(InputError) as caught:
        read(data)
    (problem,) = caught.value.problems
    assert problem.file == "a.fcs"
    assert problem.message
    assert problem.remedy
    return problem


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"places": (0, 1), "header": (0, 1)}, "fcs-offset-last", "read from byte 2000"),
        ({"places": (0, -1), "header": (0, -1), "keys": NARROW}, "fcs-offset-last", "byte 2000"),
        ({"places": (-1, 0), "header": (-1, 0), "keys": NARROW}, "fcs-offset-first", "byte 2000"),
        ({"places": (1, 0), "header": (1, 0), "keys": NARROW}, "fcs-offset-first", "byte 2000"),
        ({"header": (-500, 0)}, "fcs-offset-differs", "TEXT says agrees"),
        ({"header": (0, 700)}, "fcs-offset-differs", "TEXT says agrees"),
        ({"places": (0, 700)}, "fcs-offset-differs", "the header says agrees"),
        ({"places": (-1, -1), "keys": NARROW}, "fcs-offset-differs", "the header says agrees"),
        ({"keys": {"$TOT": None}}, "fcs-count", "holds 3 events"),
        ({"keys": {"$TOT": "0"}}, "fcs-count", "holds 3 events"),
        ({"keys": {"$MODE": None}}, "fcs-keyword", "list mode"),
        ({"keys": {"$DATATYPE": None}}, "fcs-keyword", "only integers"),
        ({"keys": {"$BYTEORD": None, **NARROW}}, "fcs-keyword", "low byte first"),
        ({"keys": {"$BYTEORD": None, **NARROW}, "order": ">"}, "fcs-keyword", "high byte first"),
        ({"keys": {"$PAR": None}}, "fcs-keyword", "2 parameters"),
        ({"keys": {"$P2E": None}}, "fcs-keyword", "parameter 2; it is taken as linear"),
        ({"keys": {"$P2N": None}}, "fcs-keyword", "called by its number"),
        ({"keys": {"$P2R": None}}, "fcs-keyword", "no bits are masked"),
        ({"keys": {"$P1E": "4,0"}}, "fcs-keyword", "taken as 1"),
        ({"keys": {"$BEGINDATA": None, "$ENDDATA": None}}, "fcs-keyword", "header's are used"),
        ({"keys": {"$P2G": "0"}}, "fcs-keyword", "no gain above 0"),
        ({"keys": {"$P1E": "x", "$P2E": "1"}, "kind": "F"}, "fcs-keyword", "1, 2; it is taken as"),
        ({"keys": {"$P2E": "4,1"}, "kind": "F"}, "fcs-keyword", "not known"),
        ({"keys": {"$P1N": "C2"}}, "fcs-same-name", "'C2'"),
        ({"keys": {"$P1S": ""}, "doubled": False}, "fcs-empty-values", "empty"),
        ({"keys": {"$NEXTDATA": "2012"}}, "fcs-next-data", "end of the file"),
        ({"after": b"12345678 and more"}, "fcs-bytes-after", "17 bytes"),
    ],
)
def test_mended_with_one_note(change: Mapping[str, object], code: str, word: str) -> None:
    table = read(fcs(**change))  # type: ignore[arg-type]
    assert only(table).values.T.tolist() == EVENTS
    assert codes(table) == [code]
    assert word in table.notes[0].message
    assert table.notes[0].severity == "note"


def test_names_are_made_unique() -> None:
    values = [(1, 2, 3, 4)]
    keys = {"$P1N": "A", "$P2N": "A", "$P3N": "A (2)", "$P4N": "A"}
    assert only(read(fcs(values, keys=keys))).names == ("A", "A (3)", "A (2)", "A (4)")


@pytest.mark.parametrize("checksum", [b"00000000", b"ABCDEF12", b"\r\n", b" " * 40])
def test_a_checksum_or_padding_is_no_defect(checksum: bytes) -> None:
    assert codes(read(fcs(after=checksum))) == []


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"keys": {"$MODE": "U"}}, "fcs-mode", "histogram"),
        ({"keys": {"$MODE": "C"}}, "fcs-mode", "histogram"),
        ({"keys": {"$DATATYPE": "A"}}, "fcs-ascii", "text"),
        ({"keys": {"$P1B": "*"}}, "fcs-ascii", "text"),
        ({"keys": {"$DATATYPE": "Q"}}, "fcs-data-type", "'Q'"),
        ({"keys": {"$P1DATATYPE": "A"}}, "fcs-data-type", "parameter 1"),
        ({"keys": {"$P1B": "10"}}, "fcs-bits", "$P1B is 10"),
        ({"keys": {"$P1B": "128"}}, "fcs-bits", "$P1B is 128"),
        ({"keys": {"$P1B": None}}, "fcs-keyword", "$P1B"),
        ({"keys": {"$P1B": "32"}}, "fcs-count", "3 events of 6 bytes"),
        ({"kind": "F", "keys": {"$P1B": "64"}}, "fcs-bits", "32 bits"),
        ({"kind": "F", "keys": {"$DATATYPE": None}}, "fcs-keyword", "$DATATYPE"),
        ({"kind": "F", "keys": {"$DATATYPE": "D", "$P1B": "64", "$P2B": "64"}}, "fcs-count", ""),
        ({"keys": {"$BYTEORD": None}}, "fcs-byte-order", "missing"),
        ({"keys": {"$BYTEORD": "3,4,1,2"}}, "fcs-byte-order", "3,4,1,2"),
        ({"keys": {"$BYTEORD": "1"}}, "fcs-byte-order", "'1'"),
        ({"keys": {"$TOT": "4"}}, "fcs-count", "promises 4 events"),
        ({"keys": {"$TOT": "2"}}, "fcs-count", "promises 2 events"),
        ({"keys": {"$TOT": "many"}}, "fcs-number", "'many'"),
        ({"keys": {"$TOT": None}, "places": (0, 2), "header": (0, 2)}, "fcs-count", "whole"),
        ({"keys": {"$PAR": "3"}}, "fcs-keyword", "$P3B"),
        ({"keys": {"$PAR": "999999999"}}, "fcs-keyword", "999999999"),
        ({"keys": {"$PAR": "9" * 5000}}, "fcs-number", "$PAR"),
        ({"keys": {"$PAR": "0"}}, "fcs-keyword", "0 parameters"),
        ({"keys": {"$PAR": None, "$P1N": None}}, "fcs-keyword", "$PAR"),
        ({"keys": {"$P1E": "four"}}, "fcs-amplifier", "'four'"),
        ({"keys": {"$P1E": "4,1,1"}}, "fcs-amplifier", "'4,1,1'"),
        ({"keys": {"$p1n": "other"}}, "fcs-two-values", "$P1N"),
        ({"places": (2, 2), "header": (0, 0)}, "fcs-offset-differs", "two places"),
        ({"places": (0, -1), "header": (0, -1)}, "fcs-offset", "nothing tells"),
        ({"version": "1.0"}, "fcs-version", "FCS 1.0"),
        ({"version": "4.1"}, "fcs-version", "FCS 4.1"),
        ({"keys": {"$NEXTDATA": "1900"}}, "fcs-next-data", "no data set begins"),
        ({"keys": {"$NEXTDATA": "5000"}}, "fcs-cut-off", "cut off"),
        ({"keys": {"$BEGINSTEXT": "1990", "$ENDSTEXT": "9000"}}, "fcs-cut-off", "supplemental"),
        ({"mark": "a"}, "fcs-no-delimiter", "no delimiter"),
    ],
)
def test_refused(change: Mapping[str, object], code: str, word: str) -> None:
    problem = refused(fcs(**change))  # type: ignore[arg-type]
    assert problem.code == code, problem
    assert word in problem.message, problem


@pytest.mark.parametrize("length", range(6, 2012, 7))
def test_a_file_that_is_cut_off_is_refused(length: int) -> None:
    problem = refused(fcs()[:length])
    assert problem.code == "fcs-cut-off"


@pytest.mark.parametrize(("length", "missing"), [(2000, 3), (2003, 3), (2004, 2), (2011, 1)])
def test_how_many_events_are_missing(length: int, missing: int) -> None:
    assert f"{missing} of 3 events are missing" in refused(fcs()[:length]).message


@pytest.mark.parametrize("make", [beckman, three_sets])
def test_cut_anywhere_in_a_file_of_several_data_sets(make) -> None:
    data = make()
    assert read(data)
    for length in [*range(60, len(data) - 1, 97), len(data) - 1]:
        assert refused(data[:length]).code == "fcs-cut-off"


def test_sizes_that_no_file_has_are_refused_before_anything_is_allocated() -> None:
    huge = {"$TOT": str(10**12), "$BEGINDATA": "2000", "$ENDDATA": str(1999 + 4 * 10**12)}
    problem = refused(fcs(keys=huge, header=(-2000, -2011)))
    assert problem.code == "fcs-cut-off"
    assert f"{10**12 - 3} of {10**12} events are missing" in problem.message


def test_data_sets_that_claim_the_same_bytes() -> None:
    """A chain of data sets, each with all that follows as its events."""
    size, count = 900, 5
    sets = []
    for at in range(count):
        length = size * (count - at) - 600  # to the end of the file
        span = {"$BEGINDATA": "600", "$ENDDATA": str(599 + length), "$TOT": str(length // 4)}
        one = fcs(keys={**span, "$NEXTDATA": str(size) if at < count - 1 else "0"})
        sets.append(one[:26] + b"%8d%8d" % (600, 599 + length) + one[42:size])
    assert refused(b"".join(sets)).code == "fcs-overlap"


def test_a_chain_of_headers_that_share_one_text() -> None:
    """Nobody reads the same text a thousand times."""
    step = 100
    text = b"/$PAR/1/$NEXTDATA/100" + b"/" * 2000
    head = b"FCS3.1    " + b"%8d%8d" % (58, 5000) + b"       0" * 4
    file = b"".join((head + b"/$NEXTDATA/100/").ljust(step, b"x") for _ in range(1000)) + text
    begin = time.process_time()
    assert refused(file).code in ("fcs-overlap", "fcs-number")
    assert time.process_time() - begin < 1


def test_text_that_is_no_text() -> None:
    data = fcs()
    assert refused(data[:58] + b"\0" * 1942 + data[2000:]).code == "fcs-no-delimiter"
    assert refused(data[:58] + b"/" + b"x" * 1941 + data[2000:]).code == "fcs-no-keywords"
    assert refused(data[:10] + b"   words" + data[18:]).code == "fcs-header-number"
    assert refused(data[:10] + b"       3" + data[18:]).code == "fcs-text-place"


def test_a_header_that_tells_no_place_of_the_events() -> None:
    data = fcs()
    table = read(data[:26] + b"      -1      -1" + data[42:])
    assert codes(table) == ["fcs-header-number"] * 2
    assert only(table).values.T.tolist() == EVENTS


def test_next_data_counted_from_the_start_of_the_file() -> None:
    """The standard counts from the start of the data set; some programs do otherwise."""
    size = len(fcs())
    sets = [fcs(keys={"$NEXTDATA": str(step)}) for step in (size, 2 * size, 0)]
    table = read(b"".join(sets))
    assert table.frame["n_events"].to_list() == [3, 3, 3]
    assert codes(table) == ["fcs-next-data", "fcs-data-sets"]


def test_an_open_end_of_text_is_noted() -> None:
    data = fcs(keys={"$COM": "last"})
    end = data.index(b"/last/") + 5
    table = read(data[:18] + b"%8d" % (end - 1) + data[26:])
    assert codes(table) == ["fcs-text-open"]
    assert only(table).values.T.tolist() == EVENTS


def test_a_file_that_went_through_a_text_program() -> None:
    values = [(0xBFEF, 0xEFBD), (0xBDBF, 3)] * 40
    table = read(fcs(values))
    assert codes(table) == ["fcs-text-damage"]
