"""No stored result outlives its code: the closure sees every change that can matter."""

import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

import exportin
from exportin.study.closure import closure
from exportin.study.discover import source_path

PACKAGE = Path(exportin.__file__).parent
PROGRAM = (
    "from exportin.study.closure import closure_digest as d; import sys; print(d(*sys.argv[1:]))"
)
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


def digest(folder: Path, *roots: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *roots],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.stdout


@pytest.mark.parametrize(
    ("file", "edit"),
    [
        ("kernels/hill_descent.py", "\n# faster\n"),  # three imports away
        ("curves/dose_response.py", "\nX = 1\n"),
        ("knowledge/drugs.csv", "x,1\n"),  # data that a module reads
        ("results/quantities.toml", "\n# x\n"),
    ],
)
def test_change_of_what_is_used_is_seen(copied: Path, file: str, edit: str) -> None:
    before = digest(copied, ESTIMATE)
    path = copied / "exportin" / file
    text = path.read_bytes()
    path.write_bytes(text + edit.encode())
    assert digest(copied, ESTIMATE) != before
    path.write_bytes(text)
    assert digest(copied, ESTIMATE) == before


@pytest.mark.parametrize(
    "file", ["report/document.py", "assays/viability/views.py", "figures/pen.py", "app/main.py"]
)
def test_change_of_what_is_not_used_is_not_seen(copied: Path, file: str) -> None:
    before = digest(copied, ESTIMATE)
    path = copied / "exportin" / file
    text = path.read_bytes()
    path.write_bytes(text + b"\n# changed\n")
    assert digest(copied, ESTIMATE) == before
    path.write_bytes(text)


def test_new_import_is_followed(copied: Path) -> None:
    before = digest(copied, ESTIMATE)
    path = copied / "exportin" / "kernels" / "hill.py"
    text = path.read_bytes()
    for number in range(2):  # two modules of the same import line, other content
        (copied / "exportin" / "kernels" / "extra.py").write_text(f"X = {number}\n")
        path.write_bytes(text + b"\ndef late():\n    from . import extra\n    return extra\n")
        after = digest(copied, ESTIMATE)
        assert after != before
        before = after
    path.write_bytes(text)
    (copied / "exportin" / "kernels" / "extra.py").unlink()


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("exportin", cache_dir=None)


@pytest.mark.parametrize("root", ROOTS)
def test_closure_is_grimps(root: str, graph: grimp.ImportGraph) -> None:
    """Ours may hold more, never less: names after ``from package import`` are tried as modules."""
    upstream = {root, *graph.find_upstream_modules(root)}
    ours = set(closure(root))
    assert upstream <= ours
    assert {name for name in ours - upstream if source_path(name).name != "__init__.py"} == set()


def test_outside_is_not_followed() -> None:
    assert all(name.startswith("exportin") for name in closure(ESTIMATE))
    assert all(not name.startswith("numpy.") for name in closure("numpy"))
    assert closure("exportin.no.such") == ()
