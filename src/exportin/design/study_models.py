"""Tumor growth of a finished study: blocks, models, and the visits that enter the growth model."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exportin.assays.tumor_growth.growth_models import Entering, entering
from exportin.assays.tumor_growth.settings import TumorGrowthSettings
from exportin.assays.tumor_growth.visits import Visits, models, visits
from exportin.contract.assay import Context
from exportin.study.frames import get_frame
from exportin.study.outcome import Outcome
from exportin.study.run import STORE, run_study
from exportin.study.store import Store
from exportin.tables.kinds import TumorLog

ASSAY = "tumor_growth"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyModel:
    """One model of one block, with what the assay would fit."""

    block: str
    name: str
    seen: Visits
    used: Entering
    settings: TumorGrowthSettings
    context: Context


def study_models(folder: Path) -> list[StudyModel]:
    """Return every model of a study that has volumes; what was computed before is not again."""
    return list(_each(run_study(folder)))


def _each(outcome: Outcome) -> Iterator[StudyModel]:
    for block in outcome.blocks:
        if block.assay != ASSAY or not block.rows:
            continue
        settings = TumorGrowthSettings.model_validate(dict(block.settings))
        rows = TumorLog(frame=get_frame(Store(outcome.study.folder / STORE), block.rows))
        context = Context(block=block.name, experimental_unit=block.experimental_unit,
                          conf_level=0.95)  # fmt: skip
        for name, seen in models(visits(rows, block.flags, settings)):
            used = entering(seen, settings)
            if not used.frame.is_empty():
                yield StudyModel(block=block.name, name=name, seen=seen, used=used,
                                 settings=settings, context=context)  # fmt: skip
