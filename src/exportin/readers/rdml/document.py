"""The parts of an RDML document: samples, targets, and the reactions of every run."""

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from exportin.tables.names import clean
from exportin.tables.problems import InputError, Problem
from exportin.tables.wells import MAX_COLS, MAX_ROWS, well_name, well_position
from exportin.tables.xmltree import kid, kids, local, text_of

VERSIONS = ("1.1", "1.2", "1.3", "1.4")
READ_IN_DATA = {"tar", "cq", "excl", "note", "meltTemp"}
USED = {"sample", "target", "dye", "experiment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One ``data`` element: a reaction and target, with texts as they stand in the file."""

    experiment: str
    run: str
    run_date: str
    react: str
    well: str | None
    sample: str
    target: str
    cq: str
    excluded: str
    note: str
    melting: str
    points: tuple[tuple[str, str], ...]

    @property
    def place(self) -> str:
        """Name the reaction as a person would look for it."""
        return (
            f"experiment '{self.experiment}', run '{self.run}', react '{self.react}' "
            f"({self.target})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the file says of a sample; a task or quantity may hold for one target only."""

    tasks: dict[str, str]
    quantities: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the file says of a target."""

    role: str
    dye: str
    efficiency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole file."""

    samples: dict[str, Sample]
    targets: dict[str, Target]
    curves: tuple[Curve, ...]
    unread: tuple[str, ...] = field(default=())


def read_document(root: Element, file: str) -> Document:
    """Read the tree of an RDML file.

    Raises
    ------
    InputError
        Another version, or parts without the names they need.
    """
    version = root.get("version", "")
    if local(root) != "rdml" or version not in VERSIONS:
        raise InputError(other_version(file, version))
    unread = Counter(local(child) for child in root if local(child) not in USED)
    curves = []
    for experiment in kids(root, "experiment"):
        name = identity(experiment, "experiment", file)
        for run in kids(experiment, "run"):
            curves += read_run(run, name, file, unread)
    return Document(
        samples={identity(s, "sample", file): read_sample(s) for s in kids(root, "sample")},
        targets={identity(t, "target", file): read_target(t) for t in kids(root, "target")},
        curves=tuple(curves),
        unread=tuple(unread),
    )


def identity(element: Element, what: str, file: str, place: str = "") -> str:
    """Return the ``id`` of an element, which every named part has."""
    name = clean(element.get("id", ""))
    if not name:
        raise InputError(
            Problem(
                file=file,
                place=place,
                message=f"A '{what}' has no id.",
                remedy="Export the file again.",
                code="no-id",
            )
        )
    return name


def read_sample(element: Element) -> Sample:
    """Read types and quantities; the empty target stands for all."""
    quantities = {
        quantity.get("targetId", ""): (
            text_of(kid(quantity, "value")),
            text_of(kid(quantity, "unit")),
        )
        for quantity in kids(element, "quantity")
    }
    return Sample(
        tasks={kind.get("targetId", ""): text_of(kind) for kind in kids(element, "type")},
        quantities=quantities,
    )


def read_target(element: Element) -> Target:
    """Read role (reference or of interest), dye and efficiency."""
    dye = kid(element, "dyeId")
    return Target(
        role=text_of(kid(element, "type")),
        dye="" if dye is None else clean(dye.get("id", "")),
        efficiency=text_of(kid(element, "amplificationEfficiency")),
    )


def read_run(run: Element, experiment: str, file: str, unread: Counter[str]) -> list[Curve]:
    """Read every reaction of a run."""
    name = identity(run, "run", file, f"experiment '{experiment}'")
    size = plate_size(run)
    date = text_of(kid(run, "runDate"))
    curves = []
    for react in kids(run, "react"):
        place = f"experiment '{experiment}', run '{name}'"
        number = identity(react, "react", file, place)
        sample = kid(react, "sample")
        if kid(react, "partitions") is not None:
            unread["partitions"] += 1
        well = well_of(number, size, f"{place}, react '{number}'", file)
        for data in kids(react, "data"):
            parts, points = split_data(data)
            unread.update(parts.keys() - READ_IN_DATA)
            target, mark = parts.get("tar"), parts.get("excl")
            curves.append(
                Curve(
                    experiment=experiment,
                    run=name,
                    run_date=date,
                    react=number,
                    well=well,
                    sample="" if sample is None else clean(sample.get("id", "")),
                    target=identity(
                        data if target is None else target,
                        "tar",
                        file,
                        f"{place}, react '{number}'",
                    ),
                    cq=text_of(parts.get("cq")),
                    # an exclusion without a reason says itself
                    excluded="" if mark is None else text_of(mark) or "excl",
                    note=text_of(parts.get("note")),
                    melting=text_of(parts.get("meltTemp")),
                    points=points,
                )
            )
    return curves


def split_data(data: Element) -> tuple[dict[str, Element], tuple[tuple[str, str], ...]]:
    """Return the parts of a ``data`` element by name, and its points (cycle, fluorescence).

    A file may hold a million points, so every element is looked at once.
    """
    parts: dict[str, Element] = {}
    points: list[tuple[str, str]] = []
    for child in data:
        if not child.tag.endswith("adp"):
            parts.setdefault(local(child), child)
            continue
        cycle = fluor = ""
        for value in child:
            if value.tag.endswith("cyc"):
                cycle = value.text or ""
            elif value.tag.endswith("fluor"):
                fluor = value.text or ""
        points.append((cycle, fluor))
    return parts, tuple(points)


def plate_size(run: Element) -> tuple[int, int] | None:
    """Return rows and columns of a plate labelled A1, A2 ...; ``None`` for rotors and the like."""
    form = kid(run, "pcrFormat")
    if form is None:
        return None
    words = [text_of(kid(form, name)) for name in ("rows", "columns")]
    labels = (text_of(kid(form, "rowLabel")), text_of(kid(form, "columnLabel")))
    if labels != ("ABC", "123") or not all(re.fullmatch("[0-9]{1,2}", word) for word in words):
        return None
    rows, columns = (int(word) for word in words)
    return (rows, columns) if rows <= MAX_ROWS and columns <= MAX_COLS else None


def well_of(number: str, size: tuple[int, int] | None, place: str, file: str) -> str | None:
    """Return the well of a reaction numbered along the rows of its plate.

    Raises
    ------
    InputError
        The plate has no such position.
    """
    if not re.fullmatch("[0-9]{1,5}", number):
        position = well_position(number)
        return well_name(*position) if position else None
    if size is None:
        return None
    rows, columns = size
    if not 0 < int(number) <= rows * columns:
        raise InputError(
            Problem(
                file=file,
                place=place,
                message=f"A plate of {rows} rows and {columns} columns has no such position.",
                remedy="Mend pcrFormat or the id of the reaction.",
                code="well-outside-plate",
            )
        )
    return well_name(*divmod(int(number) - 1, columns))


def other_version(file: str, version: str) -> Problem:
    """Return the problem of a version we do not know."""
    return Problem(
        file=file,
        place="",
        message=f"This is RDML version '{version[:20]}'; versions 1.1 to 1.4 are read.",
        remedy="Convert it to a newer version with an RDML editor.",
        code="rdml-version",
    )
