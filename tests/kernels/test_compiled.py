"""Machine code on disk: never stale, never in the way, the same numbers as interpreted code."""

import os
import subprocess
import sys
from pathlib import Path
from typing import no_type_check

import numpy as np
import pytest
from numba.core.errors import NumbaError

import exportin
from exportin.compiled import cache_folder, code_digest, inner

INNER = """
from typing import no_type_check
from exportin.compiled import compiled

@no_type_check
@compiled
def inner(x):
    return x + {number}
"""
OUTER = """
from typing import no_type_check
from exportin.compiled import compiled
from exportin.kernels.inner import inner

@no_type_check
@compiled
def outer(x):
    return inner(x) * 2.0
"""


def run(program: str, folder: Path, **more: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "EXPORTIN_CACHE": str(folder), "PYTHONPATH": "", **more},
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package with two small kernels of its own, one calling the other."""
    package = tmp_path / "lib" / "exportin"
    (package / "kernels").mkdir(parents=True)
    source = Path(exportin.__file__).parent
    for name in ("__init__.py", "compiled.py", "kernels/__init__.py"):
        (package / name).write_bytes((source / name).read_bytes())
    (package / "kernels" / "outer.py").write_text(OUTER)
    return package


def answer(package: Path, cache: Path) -> float:
    program = "from exportin.kernels.outer import outer; print(outer(1.0))"
    return float(run(program, cache, PYTHONPATH=str(package.parent)))


def test_a_changed_inner_kernel_changes_the_answer_of_the_outer(copy: Path, tmp_path: Path) -> None:
    """Numba alone would go on giving 22: it looks at the file of the outer function only."""
    cache, inner = tmp_path / "cache", copy / "kernels" / "inner.py"
    for number, expected in ((10.0, 22.0), (20.0, 42.0), (10.0, 22.0)):
        inner.write_text(INNER.format(number=number))
        assert answer(copy, cache) == expected
    assert len(list((cache / "compiled").iterdir())) == 2


def test_second_process_loads_what_the_first_compiled(copy: Path, tmp_path: Path) -> None:
    (copy / "kernels" / "inner.py").write_text(INNER.format(number=1.0))
    program = (
        "from exportin.kernels.outer import outer; outer(1.0);"
        "print(sum(outer.stats.cache_hits.values()), sum(outer.stats.cache_misses.values()))"
    )
    first, second = (
        run(program, tmp_path / "cache", PYTHONPATH=str(copy.parent)) for _ in range(2)
    )
    assert (first, second) == ("0 1", "1 0")


def test_a_cache_that_cannot_be_written_is_not_needed(copy: Path, tmp_path: Path) -> None:
    (copy / "kernels" / "inner.py").write_text(INNER.format(number=1.0))
    blocked = tmp_path / "file"
    blocked.write_text("")
    program = (
        "from exportin.compiled import cache_folder, is_cold; print(cache_folder(), is_cold())"
    )
    env = {"PYTHONPATH": str(copy.parent), "XDG_CACHE_HOME": str(blocked), "LOCALAPPDATA": ""}
    assert run(program, blocked, **env) == "None True"
    work = "from exportin.kernels.outer import outer; print(outer(1.0))"
    assert run(work, blocked, **env) == "4.0"


def test_digest_depends_on_every_source(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.py", "b.py")]
    for file in files:
        file.write_text("x = 1")
    before = code_digest(files)
    files[1].write_text("x = 2")
    assert code_digest(files) != before
    assert code_digest(files[:1]) != before


def test_an_inner_loop_can_make_no_array() -> None:
    """So nothing in it is counted; numba says so by refusing what would need counting."""

    @no_type_check
    @inner
    def makes_one(x):
        return np.zeros(3)[0] + x[0]

    @no_type_check
    @inner
    def borrows_one(x):
        return x[1:][0] + x[0]

    x = np.ones(2)
    assert borrows_one(x) == 2.0
    with pytest.raises(NumbaError, match="returning of array"):
        makes_one(x)


def test_user_settings_of_numba_are_left_alone() -> None:
    import numba

    import exportin.kernels.hill_loops  # noqa: F401

    assert str(numba.config.CACHE_DIR) != str(cache_folder())


def test_exponential_is_right_to_the_last_places() -> None:
    from exportin.kernels.hill_loops import exp_negative

    t = -np.random.default_rng(20264).uniform(0.0, 707.0, 4000)
    t[:3] = 0.0, -1e-300, -5e-324
    found, bits = np.empty(t.size), np.empty(t.size, np.int64)
    exp_negative(t, bits, found, t.size)
    assert np.max(np.abs(found / np.exp(t) - 1.0)) < 5e-16
    floor = np.array([-708.5, -1e6, -np.inf])
    exp_negative(floor, bits, found, 3)
    assert (found[:3] < 1e-307).all()
    assert (found[:3] >= 0).all()
