"""Digest of all source a step depends on, so that no cached result outlives its code."""

import ast
from functools import cache
from hashlib import sha256
from pathlib import Path

from exportin.study.discover import source_path

PACKAGE = "exportin"


@cache
def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


@cache
def _imports(module: str, path: Path) -> tuple[str, ...]:
    """Modules of this package that one file imports, at top level or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return tuple(sorted(n for n in found if n.startswith(f"{PACKAGE}.") and n != module))


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


def closure_digest(*modules: str) -> str:
    """Digest of the source text of the import closure of ``modules``."""
    lines = [f"{name} {_digest(path)}" for name in closure(*modules) if (path := source_path(name))]
    return sha256("\n".join(lines).encode()).hexdigest()
