"""A study as a flat list of steps, block by block; no loops or conditions of the user's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exportin.contract.assay import Assay
from exportin.contract.reader import Reader
from exportin.study.discover import load_assay, load_links, load_readers
from exportin.study.engine import Outputs, Step, step_seed
from exportin.study.ledger import Entry
from exportin.study.load import Study
from exportin.study.model import Block, Compare
from exportin.tables.kinds import PlateLayout, PlateList

STEPS = "exportin.study.steps"
VIEW = "view:"
"""How the outputs of a step name its views."""


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """One block: its part of the study file, its assay, and how its steps are made."""

    study: Study
    name: str

    @property
    def block(self) -> Block:
        """What the study file says of the block."""
        return self.study.file.block[self.name]

    @property
    def assay(self) -> Assay[Any, Any]:
        """The block's assay."""
        return load_assay(self.block.assay)

    @property
    def unit(self) -> str:
        """What is independent in this block."""
        return self.block.experimental_unit or self.assay.experimental_unit

    @property
    def keys(self) -> tuple[str, ...]:
        """Design columns that tell results apart: the assay's, the user's, those compared."""
        asked = list(self.block.variance_keys)
        for compare in self.block.compare:
            asked += [compare.between, *within_of(compare)]
            asked += [key for key in (compare.modifier, compare.unit) if key]
        return tuple(dict.fromkeys([*self.assay.keys, *self.block.keys, *asked]))

    def _shared(self, step: str) -> dict[str, Any]:
        settings = self.block.settings.model_dump(mode="json")
        context = {
            "block": self.name,
            "experimental_unit": self.unit,
            "keys": list(self.keys),
            "seed": step_seed(self.study.file.study.seed, self.name, step),
            "conf_level": self.block.conf_level,
        }
        return {"assay": self.assay.name, "settings": settings, "context": context}

    def read(self, file: str, digest: str, reader: Reader | None) -> Step:
        """Read one raw file."""
        block = self.block
        fields = ("columns", "constants", "decimal", "sheet", "channel")
        params = {
            "assay": self.assay.name,
            "file": file,
            "reader": block.reader,
            "request": {name: getattr(block, name) for name in fields},
        }
        return self._step("read", file, params, {"file": digest}, _roots(reader))

    def join(
        self,
        tables: Sequence[Outputs],
        design: str | None,
        layout: str | None,
        layouts: Mapping[str, str],
    ) -> Step:
        """Join raw rows to design and layout; ``layouts`` are those the design names."""
        block = self.block.model_dump(mode="json", exclude={"settings"})
        params = self._shared("join") | {
            "name": self.name,
            "block": block,
            "design": self.study.file.study.design,
            "layout": self.block.layout,
            "layouts": list(layouts),
            "tables": len(tables),
            "columns": [[c.name, str(c.dtype), c.doc, c.nullable] for c in self.assay.inputs],
            "defaults": dict(self.assay.defaults),
            "samples": list(self.assay.samples),
        }
        inputs = {f"{kind}{i}": t[kind] for i, t in enumerate(tables) for kind in ("table", "meta")}
        inputs |= {"design": design} if design else {}
        inputs |= {"layout": layout} if layout else {}
        inputs |= {f"layout{i}": digest for i, digest in enumerate(layouts.values())}
        roots = (*_module(self.assay.check), *_plan_readers())
        return self._step("join", "", params, inputs, roots)

    def flag(self, joined: Outputs, excluded: Mapping[str, Entry], missing: Sequence[str]) -> Step:
        """Collect flags."""
        said = {row: {"reason": e.reason, "by": e.by} for row, e in excluded.items()}
        params = self._shared("flag") | {"excluded": said, "missing": list(missing)}
        return self._step("flag", "", params, _rows(joined), _module(self.assay.flag))

    def estimate(self, joined: Outputs, flags: str, part: Mapping[str, str]) -> Step:
        """Estimate one part."""
        label = ",".join(str(value) for value in part.values())
        params = self._shared(f"estimate {label}") | {"part": dict(part)}
        inputs = _rows(joined) | {"flags": flags}
        return self._step("estimate", label, params, inputs, _module(self.assay.estimate))

    def pool(self, parts: Sequence[Outputs]) -> Step:
        """Combine units."""
        params = self._shared("pool")
        params |= {"parts": len(parts), "conf_level": self.block.conf_level}
        params |= {"pooled": list(self.assay.pooled)}
        params |= {"shared_over": list(self.block.variance_keys)}
        inputs = {f"part{i}:{kind}": d for i, part in enumerate(parts) for kind, d in part.items()}
        return self._step("pool", "", params, inputs, ())

    def compare(self, joined: Outputs, flags: str, fitted: Outputs) -> Step:
        """Answer the compare tables between units, by their numbers or by a model of all rows."""
        asked = self.asked("between")
        inputs = {"estimates": fitted["estimates"]}
        answers = self.assay.answers
        by_rows = [self.assay.answers_by_rows(q["quantity"], q["test"]) for q in asked]
        if answers is None or not any(by_rows):
            params = {"contrasts": asked}
            order = getattr(self.block.settings, "order", ())
            params |= {"order": list(order)} if order else {}
            return self._step("compare", "", params, inputs, ())
        params = self._shared("compare") | {"contrasts": asked, "by_rows": by_rows}
        inputs |= _rows(joined) | {"flags": flags}
        return self._step("compare", "", params, inputs, _module(answers.answer))

    def compare_within(self, joined: Outputs, flags: str, fitted: Outputs) -> list[Step]:
        """Answer the compare tables within one unit by the wells of its curves; none, no step."""
        curves = self.assay.curves
        asked = self.asked("within")
        if not asked or curves is None:
            return []
        params = self._shared("within") | {"contrasts": asked, "part": list(self.assay.part)}
        inputs = _rows(joined) | {"flags": flags, "estimates": fitted["estimates"]}
        return [self._step("within", "", params, inputs, _module(curves.wells))]

    @property
    def questions(self) -> list[dict[str, Any]]:
        """The compare tables as fields of Contrast."""
        return [contrast_of(self.name, i, c) for i, c in enumerate(self.block.compare)]

    def asked(self, level: str) -> list[dict[str, Any]]:
        """Return the questions of one level: between units, or within one."""
        return [question for question in self.questions if question["level"] == level]

    def views(self, joined: Outputs, flags: str, fitted: Outputs, tests: str) -> Step:
        """Make the figures as data, and the tables of the assay's own making."""
        inputs = _rows(joined) | dict(fitted) | {"row_flags": flags, "tests": tests}
        params = self._shared("draw")
        modules = (*_module(self.assay.views), *_module(self.assay.sheets))
        return self._step("views", "", params, inputs, modules)

    def _step(
        self,
        kind: str,
        label: str,
        params: Mapping[str, Any],
        inputs: Mapping[str, str],
        modules: tuple[str, ...],
    ) -> Step:
        place = "fit" if kind in ("flag", "estimate", "pool") else kind
        roots = (f"{STEPS}.{place}", *modules, *_settings_module(self.assay))
        return Step(
            kind=kind, block=self.name, label=label, params=params, inputs=inputs, roots=roots
        )


def draw_step(block: str, view: str, digest: str) -> Step:
    """Draw one view of a block or link; what a picture looks like hangs on its view alone."""
    roots = (f"{STEPS}.draw",)
    return Step(kind="draw", block=block, label=view, inputs={"view": digest}, roots=roots)


def link_step(study: Study, name: str, results: Sequence[tuple[Outputs, str]]) -> Step:
    """Return the step of one link; ``results`` are (fit, tests) of the blocks it reads."""
    block = study.file.link[name]
    link = load_links()[block.use]
    context = {
        "block": name,
        "experimental_unit": "",
        "keys": [],
        "seed": step_seed(study.file.study.seed, name, "link"),
    }
    settings = block.settings.model_dump(mode="json")
    params = {
        "use": block.use,
        "blocks": len(results),
        "settings": settings,
        "context": context,
    }
    inputs: dict[str, str] = {}
    for i, (fitted, tests) in enumerate(results):
        inputs |= {f"estimates{i}": fitted["estimates"], f"draws{i}": fitted["draws"]}
        inputs[f"tests{i}"] = tests
    roots = (f"{STEPS}.link", *_module(link.run), *_module(link.views), link.settings.__module__)
    return Step(kind="link", block=name, params=params, inputs=inputs, roots=roots)


def contrast_of(block: str, number: int, compare: Compare) -> dict[str, Any]:
    """Return the fields of the Contrast that a compare table asks for."""
    fields = compare.model_dump(mode="json")
    fields["within"] = list(within_of(compare))
    fields["adjust"] = compare.adjusted
    fields["place"] = f"block.{block}.compare.{number}"
    return fields


def within_of(compare: Compare) -> tuple[str, ...]:
    """Keys within which a comparison is made."""
    within = compare.within
    return () if within is None else (within,) if isinstance(within, str) else tuple(within)


def _rows(joined: Outputs) -> dict[str, str]:
    return {"rows": joined["rows"], "meta": joined["meta"]}


def _module(function: Any) -> tuple[str, ...]:
    return () if function is None else (function.__module__,)


def _plan_readers() -> tuple[str, ...]:
    """Modules of the readers of layouts and plate lists, which the join calls."""
    found = [r for r in load_readers() if {PlateLayout, PlateList} & set(r.kinds)]
    return tuple(dict.fromkeys(name for reader in found for name in _roots(reader)))


def _settings_module(assay: Assay[Any, Any]) -> tuple[str, ...]:
    return (assay.settings.__module__,)


def _roots(reader: Reader | None) -> tuple[str, ...]:
    return () if reader is None else (reader.sniff.__module__, reader.read.__module__)
