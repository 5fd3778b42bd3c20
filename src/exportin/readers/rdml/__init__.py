"""RDML 1.1 to 1.4: the open format of qPCR runs (rdml.org), a zip archive with one XML file."""

from exportin.contract.reader import Reader, Request
from exportin.readers.rdml.document import Document, read_document
from exportin.readers.rdml.frames import choose, cycle_frame, point_frame
from exportin.tables.archive import list_archive, unpack_one
from exportin.tables.kinds import Amplification, CycleThresholds
from exportin.tables.origin import Origin, Source
from exportin.tables.problems import InputError, Problem
from exportin.tables.xmltree import head_text, parse_xml

NAME = "rdml"
ENTRY = "rdml_data.xml"
MAX_XML = 25_000_000  # half a million points; the tree takes twenty times as much memory
REMEDY = "Save it again as .rdml from the software that wrote it, with fewer runs if it is large."


def sniff(source: Source) -> bool:
    """Whether the archive holds RDML data, or the bytes are its bare XML."""
    if source.data.startswith(b"PK"):
        names = list_archive(source)
        return ENTRY in names or (source.suffix == ".rdml" and bool(names))
    head = head_text(source.data)
    return head.startswith("<") and "<rdml" in head.replace("<rdml:rdml", "<rdml")


def read(source: Source, request: Request) -> CycleThresholds | Amplification:
    """Read cycles or curves of all runs, or of the run that ``channel`` names.

    Raises
    ------
    InputError
        With all problems of the file.
    """
    file = source.name
    data = source.data
    if data.startswith(b"PK"):
        data = unpack_one(source, lambda names: entry(names, file), most=MAX_XML, remedy=REMEDY)
    elif len(data) > MAX_XML:
        raise InputError(problem(file, f"The file has {len(data) / 1e6:.0f} MB.", "file-too-big"))
    document = read_document(parse_xml(Source(name=file, data=data)), file)
    curves = choose(document, request.channel, file)
    points = issubclass(request.kind, Amplification)
    frame, notes = (point_frame if points else cycle_frame)(document, curves, file)
    has_points = any(curve.points for curve in curves)
    has_cycles = any(curve.cq for curve in curves)
    other = (("cq",) if has_cycles else ()) if points else (("adp",) if has_points else ())
    kind = Amplification if points else CycleThresholds
    return kind(
        frame=frame,
        origins=(Origin(file=file, sha256=source.digest, reader=NAME),),
        notes=(*notes, *unnamed(document, file)),
        unread=(*other, *document.unread),
    )


def entry(names: list[str], file: str) -> str:
    """Choose the file of the archive that holds the data.

    Raises
    ------
    InputError
        There is none, or more than one may be meant.
    """
    if ENTRY in names:
        return ENTRY
    others = [name for name in names if name.lower().endswith(".xml")]
    if len(others) == 1:
        return others[0]
    raise InputError(problem(file, f"The archive holds no '{ENTRY}'.", "no-rdml-data"))


def unnamed(document: Document, file: str) -> tuple[Problem, ...]:
    """Note samples and targets that reactions name and the file does not describe."""
    notes = []
    for what, used, known in (
        ("sample", {curve.sample for curve in document.curves}, document.samples),
        ("target", {curve.target for curve in document.curves}, document.targets),
    ):
        lost = sorted(used - known.keys())
        if lost:
            names = ", ".join(f"'{name}'" for name in lost[:3])
            notes.append(
                Problem(
                    file=file,
                    place="",
                    message=f"{len(lost)} {what}s are used but not described: {names}.",
                    remedy="What they are has to come from the study's design.",
                    code="not-described",
                    severity="note",
                )
            )
    return tuple(notes)


def problem(file: str, message: str, code: str) -> Problem:
    """Return an error of the archive."""
    return Problem(file=file, place="", message=message, remedy=REMEDY, code=code)


READER = Reader(
    name=NAME,
    title="RDML 1.1 to 1.4, qPCR runs",
    kinds=(CycleThresholds, Amplification),
    suffixes=(".rdml", ".rdm", ".xml"),
    sniff=sniff,
    read=read,
    tested=("data_vermeulen_std_150000_15.rdml",),
    limits=(
        "Melt curves (mdp) and digital PCR (partitions) are not read.",
        "Files that unpack to more than 25 MB are refused.",
    ),
)
