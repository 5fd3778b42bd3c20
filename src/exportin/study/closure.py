"""Digest of all source a step depends on, so that no cached result outlives its code."""

import ast
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from exportin.study.discover import source_path

PACKAGE = "exportin"
MAX_NAME = 100  # longer texts in a source do not name a file


@cache
def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Source:
    """What one source file imports (dots before the name count levels) and the texts in it."""

    imports: tuple[tuple[int, str], ...]
    texts: frozenset[str]


@cache
def _read(path: Path) -> _Source:
    imports: set[tuple[int, str]] = set()
    texts: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            imports |= {(0, alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = [node.module] if node.module else []
            imports |= {(node.level, ".".join([*base, alias.name])) for alias in node.names}
            imports |= {(node.level, name) for name in base}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
    return _Source(tuple(sorted(imports)), frozenset(texts))


@cache
def _imports(module: str, path: Path) -> tuple[str, ...]:
    """Modules of this package that one file imports, at top level or inside functions."""
    parts = module.split(".")
    found = set()
    for level, name in _read(path).imports:
        up = level - (path.name == "__init__.py")
        base = parts[: len(parts) - up] if level else []
        found.add(".".join([*base, name]))
    return tuple(sorted(n for n in found if n.startswith(f"{PACKAGE}.") and n != module))


@cache
def _data_files(path: Path) -> tuple[Path, ...]:
    """Files (CSV, TOML ...) in a module's folder that its source names in a text."""
    texts = sorted(_read(path).texts)
    names = [t for t in texts if "." in t and t.isprintable() and len(t) < MAX_NAME]
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
