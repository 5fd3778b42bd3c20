"""Step ``draw``: one view to a picture and the numbers behind it."""

from collections.abc import Mapping
from typing import Any

from exportin.contract.view import source_frame
from exportin.contract.view_json import view_from_json
from exportin.figures import render_svg
from exportin.study.export import csv_bytes
from exportin.study.frames import put_json
from exportin.study.store import Store


def draw(store: Store, params: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """Draw one view; the same view is drawn once, whatever else of its block has changed."""
    del params
    view = view_from_json(store.get(inputs["view"]))
    about = {"name": view.name, "title": view.title, "caption": view.caption}
    return {
        "about": put_json(store, about),
        "svg": store.put(render_svg(view)),
        "source": store.put(csv_bytes(source_frame(view))),
    }
