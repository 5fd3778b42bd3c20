"""No stored result outlives its code: the closure sees every change that can matter."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import grimp
import pytest

import exportin
from exportin.study import closure as ours
from exportin.study.closure import closure, closure_digest
from exportin.study.discover import source_path

PACKAGE = Path(exportin.__file__).parent
ESTIMATE = "exportin.assays.viability.estimate"
ROOTS = (
    ESTIMATE,
    "exportin.assays.viability.views",
    "exportin.study.steps.fit",
    "exportin.study.steps.join",
    "exportin.study.steps.draw",
    "exportin.readers.long_table",
    "exportin.readers.bmg_mars",
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package to edit."""
    folder = tmp_path_factory.mktemp("src")
    shutil.copytree(PACKAGE, folder / "exportin", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def forget() -> None:
    """A process keeps what it read of the sources; a new one would read them again."""
    for remembered in (ours._digest, ours._read, ours._imports, ours._data_files, closure_digest):
        remembered.cache_clear()


@pytest.fixture
def digest(copied: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Digest of the estimate step's closure, as a new process of the copy would find it."""

    def place(module: str) -> Path | None:
        path = copied / Path(*module.split("."))
        found = [p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()]
        return found[0] if found else None

    def call() -> str:
        forget()
        return closure_digest(ESTIMATE)

    monkeypatch.setattr(ours, "source_path", place)
    yield call
    forget()


def test_copy_gives_the_digest_of_the_package(digest: Callable[[], str]) -> None:
    found = digest()
    monkeypatched = ours.source_path
    ours.source_path = source_path
    forget()
    assert closure_digest(ESTIMATE) == found
    ours.source_path = monkeypatched


@pytest.mark.parametrize(
    ("file", "edit"),
    [
        ("kernels/hill_steps.py", "\n# faster\n"),  # five imports away
        ("curves/dose_response.py", "\nX = 1\n"),
        ("knowledge/drugs.csv", "x,1\n"),  # data that a module reads
        ("results/quantities.toml", "\n# x\n"),
    ],
)
def test_change_of_what_is_used_is_seen(
    copied: Path, digest: Callable[[], str], file: str, edit: str
) -> None:
    before = digest()
    path = copied / "exportin" / file
    text = path.read_bytes()
    path.write_bytes(text + edit.encode())
    assert digest() != before
    path.write_bytes(text)
    assert digest() == before


@pytest.mark.parametrize(
    "file", ["report/document.py", "assays/viability/views.py", "figures/pen.py", "app/main.py"]
)
def test_change_of_what_is_not_used_is_not_seen(
    copied: Path, digest: Callable[[], str], file: str
) -> None:
    before = digest()
    path = copied / "exportin" / file
    text = path.read_bytes()
    path.write_bytes(text + b"\n# changed\n")
    assert digest() == before
    path.write_bytes(text)


def test_new_import_is_followed(copied: Path, digest: Callable[[], str]) -> None:
    """Also one inside a function, with a dot instead of the package's name."""
    seen = {digest()}
    path = copied / "exportin" / "kernels" / "hill.py"
    extra = path.with_name("extra.py")
    text = path.read_bytes()
    path.write_bytes(text + b"\ndef late():\n    from . import extra\n    return extra\n")
    for number in range(2):
        extra.write_text(f"X = {number}\n")
        seen.add(digest())
    assert len(seen) == 3
    path.write_bytes(text)
    extra.unlink()


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("exportin", cache_dir=None)


@pytest.mark.parametrize("root", ROOTS)
def test_closure_is_grimps(root: str, graph: grimp.ImportGraph) -> None:
    """Ours may hold more, never less: names after ``from package import`` are tried as modules."""
    upstream = {root, *graph.find_upstream_modules(root)}
    found = set(closure(root))
    assert upstream <= found
    assert {name for name in found - upstream if source_path(name).name != "__init__.py"} == set()


def test_outside_is_not_followed() -> None:
    assert all(name.startswith("exportin") for name in closure(ESTIMATE))
    assert all(not name.startswith("numpy.") for name in closure("numpy"))
    assert closure("exportin.no.such") == ()
