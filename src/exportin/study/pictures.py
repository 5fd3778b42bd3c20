"""Draws the figures of a run that were not drawn yet; nothing is computed for it."""

from collections.abc import Sequence
from dataclasses import replace

from exportin.study.engine import Engine
from exportin.study.frames import StoredBlobs, get_json
from exportin.study.outcome import BlockOutcome, Drawn
from exportin.study.plan import draw_step
from exportin.study.store import Store


def with_pictures(blocks: Sequence[BlockOutcome], engine: Engine) -> list[BlockOutcome]:
    """Return the blocks with a picture per view, those of all blocks drawn side by side."""
    owned = [
        (block.name, draw_step(block.name, view, digest))
        for block in blocks
        if isinstance(block.views, StoredBlobs)
        for view, digest in block.views.digests.items()
    ]
    outputs = engine.run([step for _, step in owned])
    found: dict[str, list[Drawn]] = {block.name: [] for block in blocks}
    for (name, _), out in zip(owned, outputs, strict=True):
        found[name].append(_drawn(engine.store, out))
    return [replace(block, drawn=tuple(found[block.name])) for block in blocks]


def _drawn(store: Store, out: dict[str, str]) -> Drawn:
    about = get_json(store, out["about"])
    return Drawn(**about, svg=store.get(out["svg"]), source=store.get(out["source"]))
