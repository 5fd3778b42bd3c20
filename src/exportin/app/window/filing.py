"""Which file belongs to which block: taken out, moved, or given a block of its own."""

from collections import Counter
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exportin.app.window.answers import absent, answer, refused
from exportin.app.window.bodies import text_of, texts_of
from exportin.app.window.changing import Body, changed
from exportin.app.window.describe import study_json
from exportin.app.window.desk import Desk
from exportin.app.window.reading import threaded
from exportin.study.edit.block_names import propose_name, taken_names
from exportin.study.edit.files_of import file_of, files_of, left_out
from exportin.study.edit.move import move_files, other_settings, takers
from exportin.study.edit.plates_apart import other_layout
from exportin.study.edit.study_file import StudyText, read_study_file
from exportin.study.edit.take_out import goes_with, take_out
from exportin.study.load import FILE


def _block(request: Request) -> str:
    name: str = request.path_params["block"]
    return name


def _study(desk: Desk, block: str) -> StudyText:
    """Return the study file as it stands.

    Raises
    ------
    RefusedError
        404 where it has no such block.
    """
    if not (desk.session.folder / FILE).is_file():
        raise absent("block", block)
    study = read_study_file(desk.session.folder)
    if block not in study.blocks:
        raise absent("block", block)
    return study


def _files(desk: Desk, request: Request) -> Response:
    """List the files of a block, where each may go, and what goes with the last of them."""
    block = _block(request)
    study = _study(desk, block)
    names = files_of(study, block)
    assay = str(study.block(block).get("assay", ""))
    taken = taken_names(study)
    out = Counter(file_of(row, names) for row in left_out(study, block, names, names))
    return answer({
        "version": desk.session.version(),
        "name": block,
        "files": [
            {"file": file, "own": propose_name(file, assay, taken), "left_out": out[file]}
            for file in names
        ],
        "to": [
            {"name": one, "said": _becomes(study, block, one)}
            for one in takers(study, block)
        ],
        "goes": asdict(goes_with(study, block)),
    })  # fmt: skip


def _becomes(study: StudyText, block: str, to: str) -> str:
    said = (other_layout(study, block, to), other_settings(study, block, to))
    return " ".join(filter(None, said))


def _name(desk: Desk, request: Request) -> Response:
    """Propose the name of a block for a file that is not in the study yet."""
    folder, file = desk.session.folder, request.query_params.get("file", "")
    if not file.strip() or len(file) > desk.limits.name:
        raise refused(400, "no file is named.", "Name it by ?file=NAME.", code="name", place="file")
    if not (folder / FILE).is_file():
        raise absent("study", folder.name)
    taken = taken_names(read_study_file(folder))
    return answer({"name": propose_name(file, "block", taken)})


def _move(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    block, files = _block(request), texts_of(body, "files")
    _study(desk, block)
    to, name = text_of(body, "to", ""), text_of(body, "name", "").strip()
    moved = desk.change(
        seen,
        lambda session: move_files(
            session.folder, block, files, to=to, name=name, with_block=_may_go(body)
        ),
    )
    return answer(study_json(desk) | {"moved": asdict(moved)})


def _take_out(desk: Desk, seen: str, body: Body, request: Request) -> Response:
    block, file = _block(request), text_of(body, "file")
    _study(desk, block)
    desk.change(
        seen, lambda session: take_out(session.folder, block, file, with_block=_may_go(body))
    )
    return answer(study_json(desk))


def _may_go(body: Body) -> bool:
    """Whether it was said that a block may go with its last file."""
    return body.get("with_block") is True


ROUTES = [
    Route("/api/files/name", threaded(_name), methods=["GET"]),
    Route("/api/block/{block}/files", threaded(_files), methods=["GET"]),
    Route("/api/block/{block}/move", changed(_move), methods=["POST"]),
    Route("/api/block/{block}/take-out", changed(_take_out), methods=["POST"]),
]
