"""Applied Biosystems QuantStudio, ViiA 7 and kin: text export of a qPCR run.

``[Results]`` gives quantification cycles, ``[Amplification Data]`` the curves; tables of melt
curves and of raw channels are named as not read. Exports of the newer software, one table per
file under lines of ``# key: value``, are read too.
"""

import re

from exportin.contract.reader import Reader, Request
from exportin.readers.quantstudio.curves import read_curves
from exportin.readers.quantstudio.results import read_results
from exportin.readers.quantstudio.sections import AMPLIFICATION, RESULTS, SETUP, read_export
from exportin.tables.cells import read_sheets
from exportin.tables.gridvalues import open_end
from exportin.tables.head import head_text
from exportin.tables.kinds import Amplification, CycleThresholds
from exportin.tables.origin import Origin, Source
from exportin.tables.problems import InputError, Problem

NAME = "quantstudio"
LEAD = r'[*#" \t]{0,4}'  # bounded: a pattern must not wander over a file of blanks
OPENS = re.compile(rf"{LEAD}(?:Block Type|File Name|Experiment)\b", re.IGNORECASE)
INSTRUMENT = re.compile(
    rf"^{LEAD}(?:Instrument Type|Experiment Type|Chemistry|Block Type)\W", re.MULTILINE
)
SECTION = re.compile(r'^"?\[(?:Sample Setup|Results|Amplification Data)\]', re.MULTILINE)
TABLE = re.compile(r'^"?Well"?[\t,;]"?Well Position"?[\t,;]', re.MULTILINE)
READ = ("Experiment Name", "Experiment Run End Time", "Block Type")


def sniff(source: Source) -> bool:
    """Whether the file opens with the settings of a run and has one of its tables."""
    if source.data.startswith(b"PK"):
        return False
    text = head_text(source).lstrip()
    if not OPENS.match(text) or not INSTRUMENT.search(text):
        return False
    return bool(SECTION.search(text) or TABLE.search(text))


def read(source: Source, request: Request) -> CycleThresholds | Amplification:
    """Read cycles or curves, whichever the assay asks for.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    book = read_sheets(source)
    sheet = book.sheets[0]
    if not sheet.is_text:
        raise InputError(no_text(source.name))
    export = read_export(sheet, source.name)
    curves = issubclass(request.kind, Amplification)
    frame, notes, columns = (read_curves if curves else read_results)(export, request)
    read_too = {AMPLIFICATION if curves else RESULTS, SETUP}
    others = [f"[{name}]" for name in export.sections if name not in read_too]
    settings = [key for key in export.settings if key not in READ]
    kind = Amplification if curves else CycleThresholds
    return kind(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=(*book.notes, *notes, *open_end(sheet, source.name)),
        unread=(*others, *columns, *settings),
    )


def no_text(file: str) -> Problem:
    """Return the problem of a workbook."""
    return Problem(
        file=file,
        place="",
        message="This is a workbook; QuantStudio runs are read from the text export.",
        remedy="Export as .txt from the instrument's software.",
        code="not-text",
    )


READER = Reader(
    name=NAME,
    title="Applied Biosystems QuantStudio and ViiA 7, text export",
    kinds=(CycleThresholds, Amplification),
    suffixes=(".txt", ".csv", ".tsv"),
    sniff=sniff,
    read=read,
    tested=("appbio_quantstudio_example01.txt", "appbio_quantstudio_example04.txt"),
    limits=(
        "Genotyping results, melt curves and raw channels are not read.",
        "Workbooks (.xls, .xlsx) and OpenArray plates are refused.",
        "The one-table files of the newer software were written from knowledge, not tested on one.",
    ),
)
