"""What is known while a study is computed: of the whole, and of each of its blocks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from exportin.study.engine import Engine, Outputs
from exportin.study.frames import problems_from_json
from exportin.study.ledger import Entry
from exportin.study.load import Study
from exportin.study.plan import BlockPlan
from exportin.tables.problems import InputError, Problem


@dataclass
class Work:
    """What is known of one block while it passes through the phases."""

    plan: BlockPlan
    files: dict[str, str] = field(default_factory=dict)
    readers: dict[str, str] = field(default_factory=dict)
    tables: list[Outputs] = field(default_factory=list)
    joined: Outputs = field(default_factory=dict)
    flags: Outputs = field(default_factory=dict)
    parts: list[Outputs] = field(default_factory=list)
    fitted: Outputs = field(default_factory=dict)
    tests: Outputs = field(default_factory=dict)
    within: Outputs = field(default_factory=dict)
    views: Outputs = field(default_factory=dict)


@dataclass
class Pass:
    """One pass over a study; collects problems and raises them all at once."""

    study: Study
    engine: Engine
    ledger: tuple[Entry, ...]
    problems: list[Problem] = field(default_factory=list)

    def stop_if_wrong(self) -> None:
        """Raise everything that was found, if any of it is an error."""
        if any(problem.severity == "error" for problem in self.problems):
            raise InputError(dict.fromkeys(self.problems))


def located(run: Pass, items: Sequence[dict[str, str]]) -> list[Problem]:
    """Turn key paths of the study file, such as ``block.v.compare.0``, into lines."""
    out = []
    for problem in problems_from_json(items):
        path = tuple(int(p) if p.isdigit() else p for p in problem.place.split("."))
        if path[0] not in ("block", "link"):
            out.append(problem)
            continue
        found = run.study.problem(path, problem.message, problem.remedy, problem.code)
        out.append(replace(found, severity=problem.severity))
    return out
