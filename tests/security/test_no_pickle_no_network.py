"""Nothing is unpickled, nothing is evaluated, nothing speaks to the network."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import exportin

SOURCES = sorted(Path(exportin.__file__).parent.rglob("*.py"))
FORBIDDEN_MODULES = {
    "pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "yaml", "urllib",
    "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "telnetlib", "socketserver",
}  # fmt: skip
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "input", "breakpoint"}


def _faults(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module or "").split(".")[0]]
        else:
            names = []
        found += [f"{path.name}:{node.lineno}: {n}" for n in names if n in FORBIDDEN_MODULES]
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            if called in FORBIDDEN_CALLS:
                found.append(f"{path.name}:{node.lineno}: {called}()")
            loads = [k for k in node.keywords if k.arg == "allow_pickle"]
            found += [f"{path.name}:{node.lineno}: allow_pickle" for k in loads if _true(k.value)]
            xml = node.func.value if isinstance(node.func, ast.Attribute) else None
            if isinstance(xml, ast.Name) and xml.id in ("ElementTree", "ET", "minidom", "sax"):
                found.append(f"{path.name}:{node.lineno}: {xml.id} (use defusedxml)")
    return found


def _true(value: ast.expr) -> bool:
    return not (isinstance(value, ast.Constant) and value.value is False)


def test_nothing_is_unpickled_or_evaluated() -> None:
    faults = [fault for path in SOURCES for fault in _faults(path)]
    allowed = [fault for fault in faults if "xml" in fault.casefold() and "writ" in fault]
    assert [fault for fault in faults if fault not in allowed] == []


@pytest.mark.parametrize(
    "code", ["import pickle", "from urllib.request import urlopen", "eval('1')", "exec(x)"]
)
def test_the_look_finds_what_it_looks_for(code: str, tmp_path: Path) -> None:
    path = tmp_path / "planted.py"
    path.write_text(code)
    assert _faults(path)


def test_the_suite_runs_without_a_network() -> None:
    """What `conftest` forbids is forbidden, here and in every process the tests start."""
    with pytest.raises(RuntimeError, match="network"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(RuntimeError, match="network"):
        socket.getaddrinfo("example.org", 80)
    child = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = subprocess.run(
        [sys.executable, "-c", child], capture_output=True, text=True, check=False
    )
    assert "no network" in done.stderr
