"""Pictures and files to take along, as a run and ``exportin export`` write them.

What draws is imported when something is drawn: the window opens a second earlier.
"""

import re
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exportin.app.window.answers import absent, answer, refused
from exportin.app.window.describe import about_view, block_of, digest_of
from exportin.app.window.desk import Desk
from exportin.app.window.reading import outcome_now, threaded
from exportin.app.window.security import PICTURE

TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".csv": "text/csv; charset=utf-8",
    ".zip": "application/zip",
    ".pzfx": "application/octet-stream",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHOWN = (".svg", ".png")  # in the page; everything else is a file to keep
KINDS = {"crate": ".zip"}
COLUMNS = ("", "single", "double")
DRAWING = Lock()
"""Held while something is drawn in this process: the drawing library has one pen."""


def _figures(desk: Desk, request: Request) -> Response:
    """List the pictures of a block; those that are not drawn yet are drawn now."""
    _, outcome = outcome_now(desk)
    block = block_of(outcome, request.path_params["block"])
    drawn = desk.session.drawn(block.name)
    return answer([about_view(desk, block, one.name) for one in drawn if one.name in block.views])


def _picture(desk: Desk, request: Request) -> Response:
    """Return one figure as a file; the SVG is that of results/, byte for byte."""
    from exportin.report.exports import FIGURE_ENDINGS, export_bytes

    _, outcome = outcome_now(desk)
    block = block_of(outcome, request.path_params["block"])
    name, dot, letters = request.path_params["file"].rpartition(".")
    ending, column = f".{letters}", request.query_params.get("column", "")
    if not dot or name not in block.views:
        raise absent("figure", name or letters)
    if ending not in FIGURE_ENDINGS:
        raise absent("kind of file", ending)
    if column not in COLUMNS:
        raise refused(400, "'column' is single or double.", code="column", place="column")
    etag = f'"{digest_of(block, name)}{ending}{column}"'
    headers = {"Cache-Control": "no-cache", "ETag": etag, "Content-Security-Policy": PICTURE}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    if ending not in SHOWN:
        headers["Content-Disposition"] = attachment(
            f"{block.name}_{name}{column and '_'}{column}", ending
        )

    def draw() -> bytes:
        if ending == ".svg" and not column:
            return next(one.svg for one in desk.session.drawn(block.name) if one.name == name)
        with DRAWING:
            return export_bytes(outcome, ending, f"{block.name}/{name}", column or None)

    data = desk.keep("figure", (etag, block.name, name), draw)
    return Response(data, 200, headers, TYPES[ending])


def _export(desk: Desk, request: Request) -> Response:
    """Return the study as a file of another program."""
    from exportin.report.exports import STUDY_ENDINGS, export_bytes
    from exportin.report.exports.files import NEEDS_PICTURES

    version, outcome = outcome_now(desk)
    kind = request.path_params["kind"]
    ending = KINDS.get(kind, f".{kind}")
    if ending not in STUDY_ENDINGS:
        raise absent("kind of file", kind)

    def write() -> bytes:
        whole = desk.session.finished() if ending in NEEDS_PICTURES else outcome
        with DRAWING:
            return export_bytes(whole, ending)

    data = desk.keep("export", (version, ending), write)
    headers = {"Content-Disposition": attachment(desk.session.folder.resolve().name, ending)}
    return Response(data, 200, headers, TYPES[ending])


def attachment(name: str, ending: str) -> str:
    """Return the header that names a file to keep, in letters that every browser takes.

    >>> attachment('my "study"; x', ".csv")
    'attachment; filename="my_study_x.csv"'
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "study"
    return f'attachment; filename="{plain[:100]}{ending}"'


ROUTES = [
    Route("/api/block/{block}/figures", threaded(_figures)),
    Route("/api/block/{block}/figures/{file}", threaded(_picture)),
    Route("/api/export/{kind}", threaded(_export)),
]
