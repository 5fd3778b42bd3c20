"""Machine code for inner loops, kept on disk and never stale.

Numba's own cache looks at the file of the compiled function only: a kernel that was inlined from
another file and has changed since would go on giving the old numbers. The folder of the cache is
therefore named after everything that goes into the machine code: the sources of all kernels,
Numba's and its compiler's version, the Python version and the processor.
"""

import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite
import numba
from llvmlite import binding
from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

SAFE_MATH = frozenset({"contract", "reassoc"})
"""Sums may be reordered and fused; infinities and NaN keep their meaning, unlike in `fastmath`."""

_KEPT = 4
_SOURCES = Path(__file__).parent / "kernels"


def compiled(function: F) -> F:
    """Compile a loop over arrays on its first call; later processes load it from disk.

    Compiled functions carry `typing.no_type_check` as well: run-time type checkers cannot see into
    machine code. Sums may be reordered, so that they run on the vector units of the processor.
    """
    return _njit(function, set(SAFE_MATH))


def compiled_strict(function: F) -> F:
    """Compile like `compiled`, every operation done as written (compensated arithmetic)."""
    return _njit(function, {"contract"})


def inner(function: F) -> F:
    """Compile like `compiled` a loop that makes no array and keeps none, called from compiled code.

    References to its arrays are not counted: its caller holds them. Where a loop is called every
    few hundred nanoseconds, counting (under a lock of the processor) costs more than its work.
    """
    return _njit(function, set(SAFE_MATH), _nrt=False)


def inner_strict(function: F) -> F:
    """Compile like `inner`, every operation done as written."""
    return _njit(function, {"contract"}, _nrt=False)


def inner_whole(function: F) -> F:
    """Compile like `inner`, and make it part of its caller: for one that is called in one place."""
    return _njit(function, set(SAFE_MATH), _nrt=False, forceinline=True)


def _njit(function: F, fastmath: set[str], **more: bool) -> F:
    folder = cache_folder()
    config: Any = numba.config
    compiler: Any = njit
    before = config.CACHE_DIR
    config.CACHE_DIR = "" if folder is None else str(folder)
    try:
        options = {"fastmath": fastmath, "error_model": "numpy", **more}
        made = compiler(cache=folder is not None, **options)(function)
    finally:
        config.CACHE_DIR = before
    return cast("F", made)


@cache
def cache_folder() -> Path | None:
    """Return the folder of this version's machine code; None where nothing can be written."""
    name = code_digest([Path(__file__), *sorted(_SOURCES.rglob("*.py"))])
    for root in _roots():
        folder = root / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, probe = tempfile.mkstemp(dir=folder)
            os.close(handle)
            Path(probe).unlink()
        except OSError:
            continue
        os.utime(folder)
        _tidy(root, folder)
        return folder
    return None


def is_cold() -> bool:
    """Whether nothing of this version's machine code is on disk yet."""
    folder = cache_folder()
    return folder is None or not any(folder.iterdir())


def code_digest(sources: Iterable[Path]) -> str:
    """Name everything that the machine code depends on in 24 letters."""
    digest = hashlib.sha256()
    target = f"{binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"
    about = (numba.__version__, llvmlite.__version__, platform.python_version(), target)
    digest.update(repr(about).encode())
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()[:24]


def _roots() -> Iterable[Path]:
    given = os.environ.get("EXPORTIN_CACHE")
    if given:
        yield Path(given) / "compiled"
    home = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    yield (Path(home) if home else Path.home() / ".cache") / "exportin" / "compiled"


def _tidy(root: Path, ours: Path) -> None:
    """Remove machine code of old versions; the few used last stay."""
    try:
        others = [folder for folder in root.iterdir() if folder.is_dir() and folder != ours]
        used_last = sorted(others, key=lambda folder: folder.stat().st_mtime, reverse=True)
    except OSError:  # another process is tidying as well
        return
    for folder in used_last[_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
