"""The rules of the house: who imports whom, what stays light, how long a file may be."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest

import exportin

PACKAGE = Path(exportin.__file__).parent
ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(PACKAGE.rglob("*.py"))
HEAVY = {"numpy", "polars", "scipy", "matplotlib", "openpyxl", "jinja2", "PIL", "numba", "sqlite3"}
LIGHT = {  # pydantic itself is loaded by typer where a command has arguments; its users are not
    "exportin",
    "exportin.app",
    "exportin.app.commands",
    "exportin.app.guard",
    "exportin.app.main",
    "exportin.app.rooms",
    "exportin.study",
    "exportin.study.folders",
}
LONGEST, TYPICAL = 400, 150
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "manager"}
COMMANDS = (
    "new",
    "check",
    "read",
    "run",
    "show",
    "exclude",
    "why",
    "serve",
    "verify",
    "simulate",
    "fit",
    "schema",
    "export",
    "rerun",
)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def imported(path: Path) -> Iterator[str]:
    """Modules that a file imports, anywhere in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


# ---- lightness


def helped(*commands: str) -> dict[str, set[str]]:
    """Modules that are loaded after the help of each command, all in one process."""
    program = (
        "import sys, json\n"
        "from contextlib import redirect_stdout\n"
        "from io import StringIO\n"
        "from exportin.app.main import main\n"
        "found = {}\n"
        f"for name in {commands!r}:\n"
        "    sys.argv, said = ['exportin', *name.split(), '--help'], StringIO()\n"
        "    try:\n"
        "        with redirect_stdout(said):\n"
        "            main()\n"
        "    except SystemExit as end:\n"
        "        assert not end.code and 'Usage' in said.getvalue(), said.getvalue()\n"
        "    found[name] = sorted(sys.modules)\n"
        "print(json.dumps(found))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name: set(modules) for name, modules in json.loads(done.stdout).items()}


def test_help_is_light() -> None:
    for name, modules in helped("", *COMMANDS).items():
        assert not {module.partition(".")[0] for module in modules} & HEAVY, name
        ours = {m for m in modules if m.partition(".")[0] == "exportin"}
        assert ours <= LIGHT, f"'{name} --help' imports {sorted(ours - LIGHT)}"
        assert name or "pydantic" not in modules


def test_every_command_is_looked_at() -> None:
    from exportin.app.commands import app
    from exportin.contract.command import RESERVED

    names = {c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands}
    assert names == set(COMMANDS)
    assert names <= set(RESERVED)


def tops_behind(path: Path) -> set[str]:
    """Packages that a file imports, itself or by modules of ours and their packages."""
    found, todo = set(), [path]
    seen = set()
    while todo:
        one = todo.pop()
        if one in seen or not one.is_file():
            continue
        seen.add(one)
        for name in imported(one):
            top, *parts = name.split(".")
            if top != "exportin":
                found.add(top)
                continue
            place = PACKAGE.joinpath(*parts)
            todo += [place.with_suffix(".py"), place / "__init__.py", place.parent / "__init__.py"]
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("settings.py")), ids=name_of)
def test_settings_import_pydantic_only(path: Path) -> None:
    """Settings may take models from other settings, which import no more than pydantic either."""
    assert tops_behind(path) <= {"pydantic", *sys.stdlib_module_names}


# ---- who may do what


def users_of(*modules: str) -> set[str]:
    return {
        name_of(path)
        for path in SOURCES
        if any(name == m or name.startswith(f"{m}.") for name in imported(path) for m in modules)
    }


def test_only_discover_imports_by_name() -> None:
    assert users_of("importlib") == {"study/discover.py"}
    calls = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name) and node.id in ("__import__", "eval", "exec")
    }
    assert calls == set()


def test_nothing_is_pickled() -> None:
    assert (
        users_of("pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib") == set()
    )


def test_only_the_engine_starts_processes_and_never_by_fork() -> None:
    assert users_of("multiprocessing", "concurrent") == {"study/engine.py"}
    # a converter that the user names; its requirements clash with ours
    assert users_of("subprocess") == {"readers/allotrope/convert.py"}
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant):
                assert node.value != "fork", name_of(path)
            if isinstance(node, ast.Attribute):
                assert node.attr != "fork", name_of(path)


def test_no_clock_and_no_global_chance_in_results() -> None:
    """Same input, same bytes: only the ledger looks at the clock."""
    clock = {"now", "utcnow", "today", "perf_counter", "monotonic", "time_ns"}
    users = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in clock
    }
    assert users == {"study/ledger.py"}
    assert users_of("time", "random", "uuid") == set()
    assert users_of("secrets") == {"app/window/security.py"}  # the key of a window, no result
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert "random.seed" not in text, name_of(path)
        assert "prange" not in text, name_of(path)


def test_no_network_library() -> None:
    assert users_of("urllib", "http", "requests", "httpx", "aiohttp", "ftplib") == set()
    assert users_of("socket", "uvicorn", "webbrowser") == {
        "app/serving.py",
        "app/window/serve.py",  # listens on this machine, for this machine
    }
    assert {name.rpartition("/")[0] for name in users_of("starlette")} == {"app", "app/window"}


def test_imports_are_absolute() -> None:
    dotted = {
        name_of(path)
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    }
    assert dotted == set()


def test_import_contracts() -> None:
    """The layers of the design, checked by import-linter."""
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program, "install the dev requirements"
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


# ---- size and names


def lengths() -> dict[str, int]:
    return {name_of(path): len(path.read_bytes().splitlines()) for path in SOURCES}


def test_files_are_short() -> None:
    found = lengths()
    long = {name: lines for name, lines in found.items() if lines > LONGEST}
    assert not long
    assert median(found.values()) <= TYPICAL


@pytest.mark.parametrize("folder", ["tests", "bench", "reference"])
def test_names_say_what_is_inside(folder: str) -> None:
    paths = [*SOURCES, *(ROOT / folder).rglob("*.py")]
    vague = {str(path) for path in paths if path.stem in VAGUE or path.parent.name in VAGUE}
    assert not vague


def test_every_module_says_what_it_is() -> None:
    bare = [name_of(path) for path in SOURCES if not ast.get_docstring(tree(path))]
    assert not bare


# ---- no network


def test_a_study_runs_without_a_network(tmp_path: Path, cli: Callable[..., Any]) -> None:
    folder = tmp_path / "study"
    assert cli("simulate", "viability", folder, "--scenario", "n3").code == 0
    program = (
        "import socket, sys\n"
        "def refuse(*args, **kwargs):\n"
        "    raise RuntimeError('the network was asked for')\n"
        "class Blocked(socket.socket):\n"
        "    def __init__(self, family=socket.AF_INET, *args, **kwargs):\n"
        "        if family != socket.AF_UNIX and family != -1:\n"
        "            refuse()\n"
        "        super().__init__(family, *args, **kwargs)\n"
        "    connect_ex = refuse\n"
        "socket.socket, socket.create_connection, socket.getaddrinfo = Blocked, refuse, refuse\n"
        f"sys.argv = ['exportin', 'run', {str(folder)!r}, '--workers', '1']\n"
        "from exportin.app.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    text = (folder / "results" / "report.html").read_text(encoding="utf-8")
    for word in ("<script src", "<link ", "@import", 'src="http', "url(http"):
        assert word not in text
