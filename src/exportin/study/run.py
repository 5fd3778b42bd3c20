"""Runs a study: only what changed is computed again; safe to kill and repeat."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from exportin.results.tables import Flags, Tests
from exportin.study.asked import clearer, question_faults
from exportin.study.discover import versions
from exportin.study.engine import Engine, Outputs, Step
from exportin.study.files import find_files, read_bytes
from exportin.study.frames import (
    get_frame,
    get_json,
    get_result,
    problems_from_json,
    problems_to_json,
    put_frame,
)
from exportin.study.keepsakes import read_truth, stored_sheets, stored_views
from exportin.study.layout_files import layout_files, named_layouts
from exportin.study.ledger import Entry, excluded_rows, read_ledger
from exportin.study.links import link_faults, link_outcome, link_problems
from exportin.study.load import FILE, Study, load_study
from exportin.study.lock import locked
from exportin.study.notices import lost_exclusion, unused_samples
from exportin.study.outcome import BlockOutcome, Outcome
from exportin.study.passes import Pass, Work, located
from exportin.study.pictures import with_pictures
from exportin.study.plan import BlockPlan, link_step
from exportin.study.steps.fit import get_fitted, part_rows
from exportin.study.steps.read import find_reader
from exportin.study.store import DamagedError, Store
from exportin.study.within import stored_within, within_faults
from exportin.study.worker import perform
from exportin.tables.columns import among, distinct, kept
from exportin.tables.origin import Source
from exportin.tables.problems import InputError, Problem

STORE = ".exportin"
Progress = Callable[[str, int, int], None]


def check_study(
    folder: Path, *, workers: int = 1, progress: Progress | None = None
) -> tuple[Problem, ...]:
    """Look at everything that can be looked at without estimating; return all problems.

    Notes come with severity ``note``.
    """
    try:
        study = load(folder)
        ledger = read_ledger(folder)
        with locked(folder / STORE / "run.lock"), _engine(folder, workers, progress) as engine:
            run = Pass(study, engine, ledger)
            works = read_and_join(run)
            notes = [n for w in works for n in _account(engine.store, w)[2]]
            return (*run.problems, *notes)
    except InputError as error:
        return error.problems


def joined_rows(folder: Path, block: str) -> pl.DataFrame:
    """Return the joined rows of one block, in order; exclusions name their row ids."""
    study = load(folder)
    with locked(folder / STORE / "run.lock"), _engine(folder, 1, None) as engine:
        run = Pass(study, engine, ())
        work = next(work for work in read_and_join(run) if work.plan.name == block)
        return get_frame(engine.store, work.joined["rows"])


def run_study(
    folder: Path, *, workers: int = 1, progress: Progress | None = None, pictures: bool = True
) -> Outcome:
    """Run a study and return everything it found.

    Without ``pictures`` the views are there and nothing is drawn: what a window shows while
    someone clicks. A later run draws them and computes nothing again.

    Raises
    ------
    InputError
        With every problem of the user's files, before anything is estimated.
    """
    study = load(folder)
    ledger = read_ledger(folder)
    with locked(folder / STORE / "run.lock"):
        try:
            return _run_once(study, ledger, workers, progress, pictures=pictures)
        except DamagedError:
            Store(folder / STORE).scrub()  # where one file is damaged, others may be
            return _run_once(study, ledger, workers, progress, pictures=pictures)


def load(folder: Path) -> Study:
    """Load the study file; its problems in the clearest words."""
    try:
        return load_study(folder)
    except InputError as error:
        path = folder / FILE
        data = path.read_bytes() if path.is_file() else b""
        raise InputError(
            clearer(error.problems, data.decode("utf-8-sig", errors="replace"))
        ) from None


def _run_once(
    study: Study,
    ledger: tuple[Entry, ...],
    workers: int,
    progress: Progress | None,
    *,
    pictures: bool,
) -> Outcome:
    with _engine(study.folder, workers, progress) as engine:
        run = Pass(study, engine, ledger)
        found = outcome_of(run, read_and_join(run))
        if pictures:
            found = replace(found, blocks=tuple(with_pictures(found.blocks, engine)))
        return replace(found, computed=tuple(engine.computed))


def outcome_of(run: Pass, works: Sequence[Work], *, figures: bool = True) -> Outcome:
    """Estimate what was read and joined; ``figures`` as data come along, pictures do not."""
    _estimate(run, works)
    if figures:
        _show(run, works)
    links = _link(run, works)
    store = run.engine.store
    blocks = [_block_outcome(run, work) for work in works]
    blocks += [link_outcome(run.study, store, name, out) for name, out in links.items()]
    return Outcome(
        study=run.study,
        blocks=tuple(blocks),
        ledger=run.ledger,
        versions=versions(),
        computed=tuple(run.engine.computed),
        notes=tuple(p for p in run.problems if p.severity == "note"),
    )


def _engine(folder: Path, workers: int, progress: Progress | None) -> Engine:
    store = Store(folder / STORE)
    store.open()
    return Engine(store, perform, workers=workers, progress=progress)


def _phase(run: Pass, works: Sequence[Work], make: Callable[[Work], list[Step]]) -> list[Any]:
    """Run one phase of all blocks together; return (work, outputs) pairs in plan order."""
    owned = [(work, step) for work in works for step in make(work)]
    outputs = run.engine.run([step for _, step in owned])
    return [(work, out) for (work, _), out in zip(owned, outputs, strict=True)]


def read_and_join(run: Pass) -> list[Work]:
    """Read all raw files and join them to design and layout; raises all problems at once."""
    works = [Work(BlockPlan(run.study, name)) for name in run.study.file.block]
    for work, out in _phase(run, works, lambda work: _read_steps(run, work)):
        if "problems" in out:
            run.problems.extend(problems_from_json(get_json(run.engine.store, out["problems"])))
        else:
            work.tables.append(out)
    _check_links(run)
    ready = [work for work in works if len(work.tables) == len(work.files) > 0]
    for work, out in _phase(run, ready, lambda work: _join_steps(run, work)):
        run.problems.extend(located(run, get_json(run.engine.store, out["problems"])))
        work.joined = out
    ready = [work for work in ready if "rows" in work.joined]
    check_exclusions(run, ready)
    _check_questions(run, works)
    if len(ready) == len(works):
        _note_unused(run, ready)
    run.stop_if_wrong()
    return works


def _read_steps(run: Pass, work: Work) -> list[Step]:
    steps = []
    layouts = named_layouts(run.study)
    for name in find_files(run.study, work.plan.name, run.problems, layouts):
        data = read_bytes(run.study, name, run.problems)
        if data is None:
            continue
        source = Source(name=name, data=data)
        work.files[name] = source.digest
        try:
            reader = find_reader(source, work.plan.assay.consumes, work.plan.block.reader)
        except InputError as error:
            run.problems.extend(error.problems)
            continue
        work.readers[name] = reader.name
        steps.append(work.plan.read(name, run.engine.store.put(data), reader))
    return steps


def _join_steps(run: Pass, work: Work) -> list[Step]:
    before = len(run.problems)
    design = layout = None
    section = run.study.file.study
    if (run.study.folder / section.design).is_file() or "design" in section.model_fields_set:
        design = _put(run, section.design)
    if work.plan.block.layout is not None:
        layout = _put(run, work.plan.block.layout)
    named = [] if design is None else layout_files(run.study, work.plan.name, run.problems)
    layouts = {name: digest for name in named if (digest := _put(run, name))}
    if len(run.problems) > before:
        return []
    return [work.plan.join(work.tables, design, layout, layouts)]


def _put(run: Pass, name: str) -> str | None:
    data = read_bytes(run.study, name, run.problems)
    return None if data is None else run.engine.store.put(data)


def _check_links(run: Pass) -> None:
    run.problems.extend(located(run, problems_to_json(link_faults(run.study))))


def _note_unused(run: Pass, works: Sequence[Work]) -> None:
    accounts = [get_json(run.engine.store, work.joined["account"]) for work in works]
    unused = set.intersection(*(set(account["unused"]) for account in accounts))
    if unused:
        run.problems.append(unused_samples(run.study.file.study.design, sorted(unused)))


def check_exclusions(run: Pass, works: Sequence[Work]) -> None:
    """Every exclusion must still point at a row; otherwise it would silently stop working."""
    for block in dict.fromkeys(entry.block for entry in run.ledger):
        if block not in run.study.file.block:
            for row, entry in excluded_rows(run.ledger, block).items():
                run.problems.append(lost_exclusion(block, row, entry))
    for work in works:
        rows = get_frame(run.engine.store, work.joined["rows"]).get_column("row_id")
        entries = excluded_rows(run.ledger, work.plan.name)
        held = work.plan.assay.consumes.holders(list(entries), set(rows))
        for row, entry in entries.items():
            if row not in held:
                run.problems.append(lost_exclusion(work.plan.name, row, entry))


def _check_questions(run: Pass, works: Sequence[Work]) -> None:
    """Every compare table must be one that can be answered; a run would find out later."""
    for work in works:
        found = work.joined.get("rows")
        rows = None if found is None else get_frame(run.engine.store, found)
        plan = work.plan
        faults = [
            *question_faults(plan.asked("between"), rows, plan),
            *within_faults(plan.asked("within"), rows, plan),
        ]
        run.problems.extend(located(run, problems_to_json(faults)))


def _estimate(run: Pass, works: Sequence[Work]) -> None:
    for work, out in _phase(run, works, lambda work: [_flag_step(run, work)]):
        work.flags = out
    for work, out in _phase(run, works, lambda work: _part_steps(run, work)):
        work.parts.append(out)
    for work, out in _phase(run, works, lambda work: [work.plan.pool(work.parts)]):
        work.fitted = out
    for work, out in _phase(
        run, works, lambda w: [w.plan.compare(w.joined, w.flags["flags"], w.fitted)]
    ):
        run.problems.extend(located(run, get_json(run.engine.store, out["problems"])))
        work.tests = out
    for work, out in _phase(
        run, works, lambda w: w.plan.compare_within(w.joined, w.flags["flags"], w.fitted)
    ):
        run.problems.extend(located(run, get_json(run.engine.store, out["problems"])))
        work.within = out
    run.stop_if_wrong()


def _show(run: Pass, works: Sequence[Work]) -> None:
    for work, out in _phase(
        run, works, lambda w: [w.plan.views(w.joined, w.flags["flags"], w.fitted, w.tests["tests"])]
    ):
        work.views = out


def _flag_step(run: Pass, work: Work) -> Step:
    excluded = excluded_rows(run.ledger, work.plan.name)
    missing = get_json(run.engine.store, work.joined["account"])["missing"]
    return work.plan.flag(work.joined, excluded, missing)


def _part_steps(run: Pass, work: Work) -> list[Step]:
    """One step per part; each sees the flags of its own rows, so that others may change."""
    store, keys = run.engine.store, list(work.plan.assay.part)
    if not keys:
        return [work.plan.estimate(work.joined, work.flags["flags"], {})]
    frame = get_frame(store, work.joined["rows"])
    flags = get_frame(store, work.flags["flags"])
    of = flags.get_column("row_id")
    said = sorted(set(of.to_list()) - {None})
    values = sorted(names for names in distinct(frame, keys) if None not in names)
    steps = []
    for part in [dict(zip(keys, names, strict=True)) for names in values] or [{}]:
        rows = set(part_rows(frame, part).get_column("row_id").to_list())
        mine = work.plan.assay.consumes.holders(said, rows)
        own = kept(flags, of.is_null() | among(of, mine))
        steps.append(work.plan.estimate(work.joined, put_frame(store, own), part))
    return steps


def _link(run: Pass, works: Sequence[Work]) -> dict[str, Outputs]:
    named = {work.plan.name: work for work in works}
    names = list(run.study.file.link)
    steps = [
        link_step(
            run.study,
            name,
            [(named[b].fitted, named[b].tests["tests"]) for b in run.study.file.link[name].from_],
        )
        for name in names
    ]
    made = dict(zip(names, run.engine.run(steps), strict=True))
    for outputs in made.values():
        said = link_problems(run.engine.store, outputs)
        run.problems.extend(located(run, problems_to_json(said)))
    run.stop_if_wrong()
    return made


def _account(store: Store, work: Work) -> tuple[dict[str, int], list[str], tuple[Problem, ...]]:
    if "account" not in work.joined:
        return {}, [], ()
    account = get_json(store, work.joined["account"])
    return account["counts"], account["missing"], problems_from_json(account["notes"])


def _block_outcome(run: Pass, work: Work) -> BlockOutcome:
    store, plan = run.engine.store, work.plan
    fitted = get_fitted(store, work.fitted)
    counts, _, notes = _account(store, work)
    flags = get_result(store, work.flags["flags"], Flags)
    within, wells = stored_within(store, work.within)
    checks = tuple(p for p in problems_from_json(get_json(store, work.joined["problems"])))
    return BlockOutcome(
        name=plan.name,
        assay=plan.assay.name,
        title=plan.assay.title,
        experimental_unit=plan.unit,
        settings=plan.block.settings.model_dump(mode="json"),
        estimates=fitted.estimates,
        tests=get_result(store, work.tests["tests"], Tests),
        series=fitted.series,
        flags=Flags.concat([flags, fitted.flags]),
        drawn=(),
        counts=counts,
        notes=(*notes, *checks),
        files=dict(work.files),
        readers=tuple(sorted(set(work.readers.values()))),
        rows=work.joined["rows"],
        truth=read_truth(run.study.folder, plan.name),
        within=within,
        wells=wells,
        sheets=stored_sheets(store, work.views),
        views=stored_views(store, work.views),
        scripts=get_json(store, work.tests["scripts"]),
    )
