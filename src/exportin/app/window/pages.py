"""The pages: rendered here, made alive by the scripts of ``static``."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from exportin.app.window.describe import block_json, study_json
from exportin.app.window.desk import Desk
from exportin.app.window.reading import threaded
from exportin.report.typeset import shown
from exportin.study.discover import versions

TEMPLATES = Path(__file__).with_name("templates")
PLAIN = (
    "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>exportin</title>"
    "<h1>{{ status }}</h1>{% for one in problems %}<p>{{ one.message }} {{ one.remedy }}</p>"
    "{% endfor %}"
)


@cache
def environment() -> Environment:
    """Return the templates; every name from a file stays text in them."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(name: str, code: int = 200, **context: Any) -> Response:
    """Render a page."""
    about = {"version": versions()["exportin"], "problem": None, "block": None, "entry": None}
    text = environment().get_template(name).render(**(about | context))
    return HTMLResponse(text, code)


def error_page(status: int, problems: list[dict[str, Any]], study: dict[str, Any]) -> Response:
    """Render what went wrong; in plain words where even that cannot be done."""
    first = problems[0] if problems else {"message": "", "remedy": ""}
    said = {"status": status, "message": first["message"], "remedy": first["remedy"]}
    context = {"status": status, "problems": problems, "problem": said, "page": "error"}
    try:
        return page("error.html.j2", status, study=study, warm=study["warm"], **context)
    except Exception:  # noqa: BLE001 - what went wrong first is what matters
        return HTMLResponse(environment().from_string(PLAIN).render(**context), status)


def _start(desk: Desk, request: Request) -> Response:
    del request
    study = study_json(desk)
    return page("start.html.j2", study=study, page="start", warm=study["warm"])


def _block(desk: Desk, request: Request) -> Response:
    name, state = request.path_params["block"], desk.state()
    block, study = block_json(desk, name, state), study_json(desk, state)
    entry = next((line for line in study["blocks"] if line["name"] == name), None)
    context = {"study": study, "block": block, "html": block["html"], "entry": entry}
    return page("block.html.j2", page="block", warm=study["warm"], **context)


ROUTES = [Route("/", threaded(_start)), Route("/block/{block}", threaded(_block))]
