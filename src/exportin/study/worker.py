"""What a worker process does: one step, from stored files to stored files."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from exportin.study.steps.compare import compare
from exportin.study.steps.fit import estimate, flag, pool
from exportin.study.steps.join import join
from exportin.study.steps.link import link
from exportin.study.steps.read import read
from exportin.study.steps.views import views
from exportin.study.steps.within import within
from exportin.study.store import Store

StepFunction = Callable[[Store, Mapping[str, Any], Mapping[str, str]], dict[str, str]]


def draw(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Draw one view; what draws is imported then, it takes a second."""
    from exportin.study.steps.draw import draw

    return draw(store, params, inputs)


STEPS: dict[str, StepFunction] = {
    "read": read,
    "join": join,
    "flag": flag,
    "estimate": estimate,
    "pool": pool,
    "compare": compare,
    "within": within,
    "views": views,
    "draw": draw,
    "link": link,
}


def perform(
    root: str, kind: str, params: Mapping[str, Any], inputs: Mapping[str, str]
) -> dict[str, str]:
    """Do one step in the store at ``root`` and return its outputs (name to digest)."""
    return STEPS[kind](Store(Path(root)), params, inputs)
