"""Scripts and styles of the pages, by a list that is read once: no address is ever a path."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from exportin.app.window.answers import absent

STATIC = Path(__file__).with_name("static")
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """The bytes of a file and what they are."""

    data: bytes
    kind: str
    etag: str


def read_assets(folder: Path = STATIC) -> dict[str, Asset]:
    """Read every file of the pages, by its name below the folder."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in TYPES and path.is_file()
    }
    screen = {f"screen/{name}": _bytes(data) for name, data in _screen().items()}
    return {name: asset(name, data) for name, data in {**found, **screen}.items()}


def asset(name: str, data: bytes) -> Asset:
    """Return a file with its type and a name for its content."""
    return Asset(data, TYPES[Path(name).suffix], f'"{sha256(data).hexdigest()[:20]}"')


def _screen() -> Mapping[str, bytes | str]:
    """Return the modules that draw figures on the screen."""
    from exportin.figures.screen import assets

    return assets()


def _bytes(data: bytes | str) -> bytes:
    return data.encode() if isinstance(data, str) else data


async def _static(request: Request) -> Response:
    found: Asset | None = request.app.state.assets().get(request.path_params["name"])
    if found is None:
        raise absent("file", request.path_params["name"])
    headers = {"Cache-Control": "no-cache", "ETag": found.etag}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.data, 200, {**headers, "Content-Type": found.kind})


ROUTES = [Route("/static/{name:path}", _static)]
