"""Gating-ML 2.0: gates, scales and compensation matrices of other flow cytometry software.

Rectangle, polygon, ellipsoid, quadrant and boolean gates; flin, flog, fasinh and logicle scales;
compensation by the file's own matrix ("FCS"), none, or a square spectrum matrix. A quadrant gate
becomes one rectangle per quadrant, as the standard defines it. What is not known is refused by
name, as are outlines that cross themselves: what lies inside them depends on the software.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

import polars as pl
from pydantic import TypeAdapter, ValidationError

from exportin.contract.reader import Reader, Request
from exportin.events.settings import Gate, Matrix, gate_faults
from exportin.tables.gates import GateTable
from exportin.tables.origin import Origin, Source
from exportin.tables.problems import InputError, Problem, problem_at
from exportin.tables.xmltree import head_text, kid, kids, local, parse_xml

NAME = "gating_ml"
ROOT = re.compile(r"<(?:[\w.-]+:)?Gating-ML[\s>]")
SCALES = {  # element to kind and its numbers
    "flin": ("linear", "TA"),
    "flog": ("log", "TM"),
    "fasinh": ("fasinh", "TMA"),
    "logicle": ("logicle", "TWMA"),
}
IGNORED = ("custom_info",)
AGAIN = "Change it in the software that wrote it, and export the gates again."
GATE: TypeAdapter[Any] = TypeAdapter(Gate)
Fields = dict[str, Any]


def sniff(source: Source) -> bool:
    """Whether the root of the XML is that of Gating-ML."""
    head = head_text(source.data)
    return head.startswith("<") and bool(ROOT.search(head))


def read(source: Source, request: Request) -> GateTable:
    """Read every gate and every matrix, a row each.

    Raises
    ------
    InputError
        With all problems of the file, each with the element and its id.
    """
    root = parse_xml(source)
    if local(root) != "Gating-ML" or "v2.0" not in root.tag:
        version = re.search(r"v(\d[\d.]*)", root.tag)
        message = f"the file is Gating-ML {version[1] if version else 'of no version'}, not 2.0."
        remedy = "Export the gates as Gating-ML 2.0."
        raise InputError(problem_at(source.name, "", message, remedy, "gating-ml-version"))
    document = _Document(source.name, root)
    found = list(document.rows())
    if not document.problems and not any(row["what"] == "gate" for row in found):
        message, remedy = "the file holds no gate.", "Export the gates again."
        raise InputError(problem_at(source.name, "", message, remedy, "no-gates"))
    if document.problems:
        raise InputError(document.problems)
    frame = pl.DataFrame(
        [{"row_id": f"{source.name}:{row['name']}", **row} for row in found],
        schema={column.name: column.dtype for column in GateTable.columns},
    )
    return GateTable(
        frame=frame,
        origins=(Origin(file=source.name, sha256=source.digest, reader=NAME),),
        unread=tuple(document.unread),
    )


class _Document:
    """One file: what its elements say, and all that is wrong with them."""

    def __init__(self, file: str, root: Element) -> None:
        self.file, self.root = file, root
        self.problems: list[Problem] = []
        self.unread: list[str] = []
        self.scales: dict[str, Element] = {}
        self.matrices: dict[str, Fields] = {}

    def rows(self) -> Iterator[Fields]:
        makers: dict[str, Callable[[Element], list[Fields]]] = {
            "RectangleGate": self._rectangle,
            "PolygonGate": self._polygon,
            "EllipsoidGate": self._ellipsoid,
            "QuadrantGate": self._quadrants,
            "BooleanGate": self._boolean,
        }
        known = {*makers, *IGNORED, "transformation", "spectrumMatrix"}
        for element in kids(self.root, "transformation"):
            self.scales[attribute(element, "id")] = element
        for element in kids(self.root, "spectrumMatrix"):
            self._try(element, self._matrix)
        made: list[Any] = []
        for element in self.root:
            name = local(element)
            if name in makers:
                made += self._try(element, makers[name])
            elif name not in known:
                self._refuse(element, f"<{name}> is not known.", "unknown-element")
            elif name in IGNORED and name not in self.unread:
                self.unread.append(name)
        for fault in gate_faults(made, self.matrices):
            message, _, hint = fault.partition(". ")
            self.problems.append(
                problem_at(self.file, "", f"{message}.", f"{hint} {AGAIN}", "gating-ml-tree")
            )
        for name, fields in self.matrices.items():
            yield self._row("matrix", name, "", "", fields)
        for gate in made:
            fields = gate.model_dump(mode="json", exclude_defaults=False)
            yield self._row("gate", gate.name, gate.kind, gate.parent, fields)

    def _row(self, what: str, name: str, kind: str, parent: str, fields: Fields) -> Fields:
        return {
            "file": self.file,
            "sample_id": "",
            "what": what,
            "name": name,
            "gate_kind": kind,
            "parent": parent,
            "definition": json.dumps(fields, sort_keys=True, ensure_ascii=False),
        }

    def _try(self, element: Element, make: Callable[[Element], list[Fields]]) -> list[Any]:
        """Return the gates of an element; what is wrong with it goes to the problems."""
        try:
            return [GATE.validate_python(fields) for fields in make(element)]
        except _UnreadableError as error:
            self._refuse(element, error.message, error.code)
        except ValidationError as error:
            for fault in error.errors():
                said = str(fault["msg"]).removeprefix("Value error, ")
                where = ".".join(str(part) for part in fault["loc"][1:])
                self._refuse(element, f"{where}: {said}" if where else said, "gating-ml-value")
        return []

    def _refuse(self, element: Element, message: str, code: str) -> None:
        place = f"{local(element)} '{attribute(element, 'id')}'"
        message = message if message.rstrip().endswith(".") else f"{message}."
        self.problems.append(problem_at(self.file, place, message, AGAIN, code))

    # ---- gates

    def _named(self, element: Element, kind: str) -> Fields:
        return {
            "kind": kind,
            "name": needed(element, "id"),
            "parent": attribute(element, "parent_id"),
        }

    def _rectangle(self, element: Element) -> list[Fields]:
        sides = []
        for dimension in kids(element, "dimension"):
            limits = {end: attribute(dimension, end) for end in ("min", "max")}
            given = {end: number(text, end) for end, text in limits.items() if text}
            sides.append({"axis": self._axis(dimension), **given})
        return [{**self._named(element, "rectangle"), "sides": sides}]

    def _polygon(self, element: Element) -> list[Fields]:
        axes = [self._axis(dimension) for dimension in kids(element, "dimension")]
        if len(axes) != 2:
            raise _UnreadableError(f"it has {len(axes)} dimensions, not 2.", "gating-ml-value")
        corners = [values(vertex, "coordinate") for vertex in kids(element, "vertex")]
        fields = {"x": axes[0], "y": axes[1], "vertices": corners}
        return [{**self._named(element, "polygon"), **fields}]

    def _ellipsoid(self, element: Element) -> list[Fields]:
        fields = {
            "at": [self._axis(dimension) for dimension in kids(element, "dimension")],
            "mean": values(child(element, "mean"), "coordinate"),
            "covariance": [
                values(row, "entry") for row in kids(child(element, "covarianceMatrix"), "row")
            ],
            "distance_square": number(
                needed(child(element, "distanceSquare"), "value"), "distanceSquare"
            ),
        }
        return [{**self._named(element, "ellipsoid"), **fields}]

    def _quadrants(self, element: Element) -> list[Fields]:
        """Return a rectangle per quadrant: its limits are the dividers around its location."""
        dividers = {
            needed(divider, "id"): (
                self._axis(divider),
                sorted(number(v.text or "", "divider value") for v in kids(divider, "value")),
            )
            for divider in kids(element, "divider")
        }
        parent = attribute(element, "parent_id")
        out = []
        for quadrant in kids(element, "Quadrant"):
            name = needed(quadrant, "id")
            sides = []
            for position in kids(quadrant, "position"):
                divider = needed(position, "divider_ref")
                if divider not in dividers:
                    raise _UnreadableError(
                        f"there is no divider '{divider}'.", "gating-ml-reference"
                    )
                axis, cuts = dividers[divider]
                at = number(needed(position, "location"), "location")
                side: Fields = {"axis": axis}
                side |= {"min": max(cut for cut in cuts if cut <= at)} if cuts[:1] <= [at] else {}
                side |= {"max": min(cut for cut in cuts if cut > at)} if cuts[-1:] > [at] else {}
                sides.append(side)
            out.append({"kind": "rectangle", "name": name, "parent": parent, "sides": sides})
        return out

    def _boolean(self, element: Element) -> list[Fields]:
        operations = [c for c in element if local(c) in ("and", "or", "not")]
        if len(operations) != 1:
            message = f"it has {len(operations)} of 'and', 'or', 'not'; one is needed."
            raise _UnreadableError(message, "gating-ml-value")
        operands = [
            {
                "gate": needed(reference, "ref"),
                "complement": attribute(reference, "use-as-complement") in ("true", "1"),
            }
            for reference in kids(operations[0], "gateReference")
        ]
        fields = {"operation": local(operations[0]), "of": operands}
        return [{**self._named(element, "boolean"), **fields}]

    # ---- axes

    def _axis(self, dimension: Element) -> Fields:
        channel = kid(dimension, "fcs-dimension")
        if channel is None:
            ratio = kid(dimension, "new-dimension") is not None
            what = "a new-dimension (fratio) is not supported." if ratio else "it names no channel."
            raise _UnreadableError(what, "unsupported-element" if ratio else "gating-ml-value")
        matrix = needed(dimension, "compensation-ref")
        place: Fields = {"channel": needed(channel, "name"), "scale": self._scale(dimension)}
        if matrix == "uncompensated":
            return {**place, "space": "linear"}
        if matrix != "FCS" and matrix not in self.matrices:
            raise _UnreadableError(f"there is no matrix '{matrix}'.", "gating-ml-reference")
        return {**place, "matrix": "file" if matrix == "FCS" else matrix}

    def _scale(self, dimension: Element) -> Fields:
        reference = attribute(dimension, "transformation-ref")
        if not reference:
            return {"kind": "linear"}
        if reference not in self.scales:
            raise _UnreadableError(
                f"there is no transformation '{reference}'.", "gating-ml-reference"
            )
        element = self.scales[reference]
        for bound in ("boundMin", "boundMax"):
            if attribute(element, bound):
                message = f"{bound} of the transformation '{reference}' is not supported."
                raise _UnreadableError(message, "unsupported-element")
        forms = list(element)
        name = local(forms[0]) if len(forms) == 1 else ""
        if name not in SCALES:
            what = name or f"{len(forms)} elements"
            message = f"the transformation '{reference}' ({what}) is not supported."
            raise _UnreadableError(message, "unsupported-element")
        kind, letters = SCALES[name]
        return {"kind": kind} | {x: number(needed(forms[0], x), x) for x in letters}

    def _matrix(self, element: Element) -> list[Fields]:
        """Keep a matrix; it gives no gate."""
        name = needed(element, "id")
        if attribute(element, "matrix-inverted-already") in ("true", "1"):
            raise _UnreadableError(
                "matrix-inverted-already is not supported.", "unsupported-element"
            )
        dyes, detectors = (
            [needed(d, "name") for d in kids(child(element, part), "fcs-dimension")]
            for part in ("fluorochromes", "detectors")
        )
        rows = [values(row, "coefficient") for row in kids(element, "spectrum")]
        if len(dyes) != len(detectors):
            message = f"a matrix of {len(dyes)} dyes and {len(detectors)} detectors (spectral "
            raise _UnreadableError(f"{message}unmixing) is not supported.", "unsupported-element")
        named = {} if dyes == detectors else {"dyes": dyes}
        matrix = Matrix.model_validate({"detectors": detectors, "rows": rows, **named})
        self.matrices[name] = matrix.model_dump(mode="json")
        return []


class _UnreadableError(Exception):
    """One element cannot be taken over."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message, self.code = message, code


def attribute(element: Element, name: str) -> str:
    """Return an attribute whatever its namespace; empty if it is not there."""
    for key, text in element.attrib.items():
        if key.rsplit("}", 1)[-1] == name:
            return str(text).strip()
    return ""


def needed(element: Element, name: str) -> str:
    """Return an attribute that must be there."""
    text = attribute(element, name)
    if not text:
        raise _UnreadableError(f"<{local(element)}> has no '{name}'.", "gating-ml-value")
    return text


def child(element: Element, name: str) -> Element:
    """Return a child that must be there."""
    found = kid(element, name)
    if found is None:
        raise _UnreadableError(f"there is no <{name}>.", "gating-ml-value")
    return found


def values(element: Element, name: str) -> list[float]:
    """Return the attribute ``value`` of all children of a name."""
    return [number(needed(one, "value"), name) for one in kids(element, name)]


def number(text: str, what: str) -> float:
    """Return a number, refused by name if it is none."""
    try:
        return float(text)
    except ValueError:
        raise _UnreadableError(f"{what}: '{text[:40]}' is no number.", "gating-ml-value") from None


READER = Reader(
    name=NAME,
    title="Gating-ML 2.0 gates (XML)",
    kinds=(GateTable,),
    suffixes=(".xml", ".gatingml", ".gml"),
    sniff=sniff,
    read=read,
    limits=(
        "Not supported, and refused by name: ratios (fratio), hyperlog, bounds of transformations, "
        "spectral matrices (more detectors than dyes), matrices given as their inverse.",
        "Polygons that cross themselves are refused.",
    ),
)
