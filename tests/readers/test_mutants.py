"""Thousands of damaged files: no crash, no hang, no number that was not there."""

import os
import random
import resource
import time
from pathlib import Path

import pytest
from tests.readers.damage import mutants
from tests.readers.mutants import Case, cases, verdict
from tests.readers.samples import SAMPLES

from exportin.study.discover import load_readers

TIMES = int(os.environ.get("EXPORTIN_MUTANTS", "500"))
SEED = int(os.environ.get("EXPORTIN_MUTANTS_SEED", "20261121"))
SLOWEST, MOST_MEMORY = 5.0, 1 << 30


@pytest.fixture(scope="module")
def all_cases(realdata: Path) -> list[Case]:
    return cases(realdata, SAMPLES)


@pytest.mark.timeout(0 if TIMES > 500 else 600)
@pytest.mark.parametrize("name", [reader.name for reader in load_readers()])
def test_damaged_files_are_refused_or_read_right(name: str, all_cases: list[Case]) -> None:
    mine = [case for case in all_cases if case.reader.name == name]
    assert mine, f"no file and no sample for {name}"
    # a workbook takes twenty times as long as a text; the common run looks at fewer
    times = TIMES // 2 if TIMES <= 500 and any(case.is_archive for case in mine) else TIMES
    rng = random.Random(f"{SEED} {name}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    streams = [mutants(case, rng) for case in mine]
    refused, wrong, slowest = 0, [], 0.0
    for number in range(times):
        case, mutant = mine[number % len(mine)], next(streams[number % len(mine)])
        begin = time.process_time()
        said = verdict(case, mutant)
        slowest = max(slowest, time.process_time() - begin)
        refused += said == "-"
        if said not in ("", "-"):
            wrong.append(f"{case.name}, {mutant.what}: {said}")
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    print(
        f"{name}: {times} mutants of {len(mine)} files, {refused} refused, slowest {slowest:.2f} s"
    )
    assert not wrong, "\n".join([f"{len(wrong)} of {times}", *wrong[:10]])
    assert slowest < SLOWEST
    assert memory < MOST_MEMORY
    assert refused > times // 20, "a reader that takes everything checks nothing"
