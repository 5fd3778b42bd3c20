"""A small study, and a window on a copy of it."""

import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
import pytest

from exportin.app.window.build import build
from exportin.app.window.desk import Desk
from exportin.app.window.limits import Limits
from exportin.app.window.security import Keys
from exportin.study.run import run_study
from exportin.study.session import Session

with warnings.catch_warnings():  # it would like another package than httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

PORT = 8123
BASE = f"http://127.0.0.1:{PORT}"
TOKEN = "a-token-of-the-tests-only"
BLOCK = "viability"


@pytest.fixture(scope="session")
def made_study(tmp_path_factory: pytest.TempPathFactory, cli: Callable[..., Any]) -> Path:
    """Three plates of one line, with numbers in its store."""
    folder = tmp_path_factory.mktemp("window") / "study"
    assert cli("simulate", "viability", folder, "--scenario", "n3").code == 0
    run_study(folder, pictures=False)
    return folder


@pytest.fixture
def study(made_study: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(copytree(made_study, tmp_path / "study"))


@dataclass
class Window:
    """A window in this process, and how it is asked."""

    desk: Desk
    client: TestClient

    @property
    def bearer(self) -> dict[str, str]:
        """The header that opens it."""
        return {"Authorization": f"Bearer {TOKEN}"}

    def ask(self, method: str, path: str, **given: Any) -> Any:
        """Send a request with the token."""
        headers = {**self.bearer, **given.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **given)

    def get(self, path: str, **given: Any) -> Any:
        """Return the JSON of an address."""
        found = self.ask("GET", path, **given)
        assert found.status_code == 200, found.text
        return found.json()

    def post(self, path: str, body: Any, **given: Any) -> Any:
        """Return the JSON that a change gives back."""
        found = self.ask("POST", path, json=body, **given)
        assert found.status_code == 200, found.text
        return found.json()


@pytest.fixture
def open_window() -> Iterator[Callable[..., Window]]:
    """Open windows on folders; all are closed at the end."""
    opened: list[Window] = []

    def make(folder: Path, **limits: int) -> Window:
        desk = Desk(Session(folder), Limits(**limits))
        desk.warmth.done.set()
        app = build(desk, Keys(TOKEN, PORT))
        client = TestClient(app, base_url=BASE, follow_redirects=False)
        client.__enter__()
        opened.append(Window(desk, client))
        return opened[-1]

    yield make
    for window in opened:
        window.client.__exit__(None, None, None)
        window.desk.session.close()


@pytest.fixture
def window(study: Path, open_window: Callable[..., Window]) -> Window:
    """A window on the small study."""
    return open_window(study)


@dataclass
class Served:
    """A window in a process of its own."""

    process: subprocess.Popen[str]
    said: dict[str, Any]
    client: httpx.Client

    def get(self, path: str) -> Any:
        """Return the JSON of an address."""
        return self.client.get(path).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        """Return the JSON that a change gives back."""
        return self.client.post(path, json=body).raise_for_status().json()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(20)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Start ``exportin serve`` on a folder; what still runs at the end is ended."""
    started: list[Served] = []

    def start(folder: Path, *args: str) -> Served:
        command = [sys.executable, "-m", "exportin", "serve", str(folder), "--no-browser", "--json"]
        process = subprocess.Popen(
            [*command, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        bearer = {"Authorization": f"Bearer {said['token']}"}
        client = httpx.Client(base_url=said["base"], headers=bearer, timeout=60, trust_env=False)
        started.append(Served(process, said, client))
        return started[-1]

    yield start
    for served in started:
        served.client.close()
        if served.process.poll() is None:
            served.kill()
        for stream in (served.process.stdout, served.process.stderr):
            if stream is not None:
                stream.close()
