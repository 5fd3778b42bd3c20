"""A study kept warm: read and joined once, estimated again after each exclusion."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exportin.study.engine import Engine, Outputs
from exportin.study.ledger import Entry, read_ledger
from exportin.study.load import Study
from exportin.study.lock import locked
from exportin.study.outcome import Outcome
from exportin.study.passes import Pass, Work
from exportin.study.run import STORE, check_exclusions, load, outcome_of, read_and_join
from exportin.study.store import Store
from exportin.study.worker import STEPS
from exportin.tables.problems import Problem


@dataclass(frozen=True, slots=True)
class Prepared:
    """A study whose files were read and joined; exclusions change nothing of it."""

    study: Study
    works: tuple[Work, ...]
    problems: tuple[Problem, ...]


def prepare(folder: Path, store: Store) -> Prepared:
    """Read and join a study, as every run does first.

    Raises
    ------
    InputError
        With every problem of the user's files.
    """
    study = load(folder)
    with locked(folder / STORE / "run.lock"):
        store.open()
        with _engine(store) as engine:
            run = Pass(study, engine, ())
            works = read_and_join(run)
    return Prepared(study, tuple(works), tuple(run.problems))


def numbers(prepared: Prepared, store: Store, *, figures: bool = True) -> Outcome:
    """Estimate with the exclusions of this moment: the same steps as a run, without pictures.

    Without ``figures`` the numbers, tests and flags alone, for who waits for a number.

    The files of a study are not looked at, and no run is waited for: what is stored goes by
    content, so that another run can only have done the same.

    Raises
    ------
    InputError
        If the ledger or a question cannot be used.
    DamagedError
        If a stored file was damaged; it is gone then, and a full run makes it again.
    """
    with _engine(store) as engine:
        ledger = read_ledger(prepared.study.folder)
        return _estimated(prepared, ledger, engine, figures=figures)


def _engine(store: Store) -> Engine:
    """Return an engine that works in this process and in this store, also in its memory."""

    def here(_: str, kind: str, params: Mapping[str, Any], inputs: Mapping[str, str]) -> Outputs:
        return STEPS[kind](store, params, inputs)

    return Engine(store, here)


def _estimated(
    prepared: Prepared, ledger: tuple[Entry, ...], engine: Engine, *, figures: bool
) -> Outcome:
    run = Pass(prepared.study, engine, ledger, list(prepared.problems))
    works = [replace(work, parts=[]) for work in prepared.works]
    check_exclusions(run, works)
    run.stop_if_wrong()
    return outcome_of(run, works, figures=figures)
