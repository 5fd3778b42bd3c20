"""GraphPad Prism project files (.pzfx): one data table in, with its excluded values marked."""

from exportin.contract.reader import Reader, Request
from exportin.readers.pzfx.rows import build
from exportin.readers.pzfx.tree import PrismTable, read_tables
from exportin.tables.kinds import Values, WellReadings
from exportin.tables.origin import Origin, Source
from exportin.tables.problems import InputError, Problem, nearest
from exportin.tables.xmltree import head_text, kids, local, parse_xml, text_of

NAME = "pzfx"
ROOT = "GraphPadPrismFile"
USED = ("Table", "HugeTable", "Created", "TableSequence", "InfoSequence")


def sniff(source: Source) -> bool:
    """Whether the file is XML whose first element is Prism's."""
    head = head_text(source.data)
    return head.startswith("<") and f"<{ROOT}" in head


def read(source: Source, request: Request) -> WellReadings | Values:
    """Read one data table, a row per value; ``request.sheet`` names it where there are several.

    Beside the columns of the kind a row has ``group`` (title of the column), ``replicate``
    (subcolumn), ``row``, for XY tables ``x``, and ``excluded_in_file`` where Prism shows the
    value as excluded. ``request.columns`` renames them, ``{ dose = "x", treatment = "group" }``;
    ``dose = "10^x"`` takes the X values as logarithms.

    Raises
    ------
    InputError
        With all problems of the table.
    """
    root = parse_xml(source)
    if local(root) != ROOT:
        raise InputError(fault(source.name, f"The root is no '{ROOT}'.", "Save it from Prism."))
    tables = read_tables(root, source.name)
    filled = [table for table in tables if table.is_filled]
    table = pick(filled, request.sheet, source.name)
    frame, notes, unread = build(source, table, request)
    others = [f"table '{other.title}'" for other in tables if other is not table]
    infos = [f"{local(node)} '{text_of(next(iter(kids(node, 'Title')), None))}'" for node in root
             if local(node) == "Info"]  # fmt: skip
    rest = dict.fromkeys(local(node) for node in root if local(node) not in (*USED, "Info"))
    kind = Values if issubclass(request.kind, Values) else WellReadings
    return kind(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        notes=notes,
        unread=(*others, *table.unread, *unread, *infos, *rest),
    )


def pick(filled: list[PrismTable], wanted: str, file: str) -> PrismTable:
    """Return the table that is asked for by title or id, or the only one with values."""
    names = [table.title for table in filled]
    if wanted:
        found = [t for t in filled if wanted in (t.title, t.id)]
        if len(found) == 1:
            return found[0]
        several = f"{len(found)} tables are called '{wanted}'."
        message = several if found else f"There is no filled table '{wanted}'."
        ids = ", ".join(table.id for table in found)
        remedy = f"Name it by its id: {ids}." if found else nearest(wanted, names)
        raise InputError(fault(file, message, remedy, "no-such-sheet"))
    if len(filled) == 1:
        return filled[0]
    if not filled:
        message, remedy = "No table of the file holds a value.", "Save it from Prism again."
        raise InputError(fault(file, message, remedy, "no-values"))
    message = f"The file has several tables: {', '.join(repr(name) for name in names)}."
    raise InputError(
        fault(file, message, f'Write sheet = "{names[0]}" in the block.', "several-sheets")
    )


def fault(file: str, message: str, remedy: str, code: str = "not-prism") -> Problem:
    """Return a problem of the whole file."""
    return Problem(file=file, place="", message=message, remedy=remedy, code=code)


READER = Reader(
    name=NAME,
    title="GraphPad Prism project (.pzfx)",
    kinds=(Values, WellReadings),
    suffixes=(".pzfx", ".xml"),
    sniff=sniff,
    read=read,
    rank=0,
    limits=(
        "Graphs, analyses and info sheets of a project are not read.",
        "The binary .pzf of Prism 4 and the zipped .prism of Prism 10 are not read.",
        "A value that Prism excludes can be taken back in Prism only.",
    ),
)
