"""Digest of all source a step depends on, so that no cached result outlives its code."""

import ast
from functools import cache
from hashlib import sha256
from pathlib import Path

from exportin.study.discover import source_path

PACKAGE = "exportin"
MAX_NAME = 100  # longer texts in a source do not name a file


@cache
def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_bytes())))


@cache
def _imports(module: str, path: Path) -> tuple[str, ...]:
    """Modules of this package that one file imports, at top level or inside functions."""
    found: set[str] = set()
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, path, node)
            found.add(base)
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return tuple(sorted(n for n in found if n.startswith(f"{PACKAGE}.") and n != module))


def _base(module: str, path: Path, node: ast.ImportFrom) -> str:
    """Return the full name of what ``from ... import`` starts at, dots resolved."""
    if not node.level:
        return node.module or ""
    up = node.level - (path.name == "__init__.py")
    parts = module.split(".")
    return ".".join([*parts[: len(parts) - up], *([node.module] if node.module else [])])


@cache
def _data_files(path: Path) -> tuple[Path, ...]:
    """Files (CSV, TOML ...) in a module's folder that its source names in a text."""
    texts = {
        node.value
        for node in _nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    names = sorted(t for t in texts if "." in t and t.isprintable() and len(t) < MAX_NAME)
    return tuple(path.parent / name for name in names if (path.parent / name).is_file())


def closure(*modules: str) -> tuple[str, ...]:
    """Names of all modules of this package that ``modules`` import, themselves included."""
    waiting, seen = list(modules), set()
    while waiting:
        name = waiting.pop()
        if name in seen or (path := source_path(name)) is None:
            continue
        seen.add(name)
        waiting.extend(_imports(name, path))
    return tuple(sorted(seen))


@cache
def closure_digest(*modules: str) -> str:
    """Digest of the source of the import closure of ``modules`` and of the data it reads."""
    lines = []
    for name in closure(*modules):
        if path := source_path(name):
            lines += [f"{name} {file.name} {_digest(file)}" for file in (path, *_data_files(path))]
    return sha256("\n".join(lines).encode()).hexdigest()
