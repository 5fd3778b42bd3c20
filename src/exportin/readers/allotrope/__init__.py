"""Allotrope simple model (ASM) JSON: plate readers and qPCR, as converters write them."""

from exportin.contract.reader import Reader, Request
from exportin.readers.allotrope.convert import convert
from exportin.readers.allotrope.document import TECHNIQUES, note, read_document
from exportin.readers.allotrope.plates import read_plates
from exportin.readers.allotrope.qpcr import read_qpcr
from exportin.tables.kinds import CycleThresholds, WellReadings
from exportin.tables.origin import Origin, Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.strictjson import head_has

NAME = "allotrope"
CONVERTED = "The file was converted by allotropy as {}."


def sniff(source: Source) -> bool:
    """Whether the file is JSON that names an Allotrope manifest."""
    return head_has(source, r'"\$asm\.manifest"\s*:') or (
        head_has(source, r'aggregate document"') and b'"$asm.manifest"' in source.data
    )


def is_json(source: Source) -> bool:
    """Whether the file opens as JSON does."""
    return head_has(source, "")


def read(source: Source, request: Request) -> WellReadings | CycleThresholds:
    """Read the measurements of a plate reader or a qPCR run.

    Keys are found by their names at whatever depth they stand. A value that the file marks with
    an error (converters write -0.0 there) is missing, with the error's words as its cause.
    Calculated results are left aside; ``request.channel`` reads one of them by its name.

    A file that is no JSON is handed to allotropy where the environment variable
    ``EXPORTIN_ALLOTROPY`` names a Python that has it; ``request.sheet`` is then the vendor.

    Raises
    ------
    InputError
        With all problems of the file, or the name of the technique that is not read.
    """
    raw = source
    notes: tuple[Problem, ...] = ()
    if not is_json(source):
        source = convert(raw, request.sheet)
        notes = (
            note(raw.name, CONVERTED.format(request.sheet), "Check a few wells.", "converted"),
        )
    document = read_document(source)
    wanted = CycleThresholds if issubclass(request.kind, CycleThresholds) else WellReadings
    if TECHNIQUES[document.technique] is not wanted:
        message = f"The file holds '{document.technique}', not {wanted.kind}."
        remedy = f"Use it with an assay that reads {TECHNIQUES[document.technique].kind}."
        raise InputError(
            Problem(file=source.name, place="", message=message, remedy=remedy, code="wrong-kind")
        )
    reading = read_qpcr if wanted is CycleThresholds else read_plates
    frame, found, unread = reading(source, document, request)
    return wanted(
        frame=frame,
        origins=(Origin(file=raw.name, sha256=raw.digest, reader=NAME),),
        notes=(*notes, *found),
        unread=unread,
    )


READER = Reader(
    name=NAME,
    title="Allotrope simple model (ASM JSON), plate reader and qPCR",
    kinds=(WellReadings, CycleThresholds),
    suffixes=(".json",),
    sniff=sniff,
    read=read,
    tested=(
        "16-02-29 14-34-46 Transcreener ADP2 FI.json",
        "MD_SMP_absorbance_endpoint_example05.json",
        "PE_Envision_fluorescence_example01.json",
        "luminescence_endpoint_single_plate_example_01.json",
        "SLA01P01_OD.json",
        "multi-plate_example01.json",
        "appbio_quantstudio_example01.json",
        "example01.json",
    ),
    limits=(
        "Converters write optical densities with the unit mAU; value and unit are kept as stated.",
        "Amplification curves (data cubes) of a qPCR run are not read.",
        "Other techniques (dPCR, electrophoresis, cell counting ...) are refused by name.",
    ),
)
