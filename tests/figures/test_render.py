"""Bytes, literal names, every mark."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib as mpl
import pytest
from defusedxml.ElementTree import fromstring

from exportin.contract.view import MARK_COLUMNS, View
from exportin.figures import render_pdf, render_png, render_svg

from .samples import FRAMES, HOSTILE, hostile_view, view_of

SVG = "{http://www.w3.org/2000/svg}"


def test_every_mark_kind_has_a_sample():
    assert set(FRAMES) == set(MARK_COLUMNS)


@pytest.mark.parametrize("kind", sorted(MARK_COLUMNS))
def test_mark_draws(kind):
    drawn = render_svg(view_of(kind))
    panel = view_of(kind).panels[0]
    empty = View(
        name=kind, title=kind, caption="",
        panels=(type(panel)(title=kind, x=panel.x, y=panel.y, marks=()),),
    )  # fmt: skip
    assert fromstring(drawn).tag == f"{SVG}svg"
    assert drawn != render_svg(empty)


def test_same_bytes_twice():
    view = hostile_view(2)
    assert render_svg(view) == render_svg(view)
    assert render_pdf(view) == render_pdf(view)
    assert render_png(view, 100) == render_png(view, 100)


def test_same_bytes_in_processes_with_other_hash_seeds():
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from samples import hostile_view\n"
        "from exportin.figures import render_svg, render_pdf\n"
        "view = hostile_view(2)\n"
        "print(hashlib.sha256(render_svg(view) + render_pdf(view)).hexdigest())"
    )
    folder = str(Path(__file__).parent)
    seen = {
        subprocess.run(
            [sys.executable, "-c", code, folder],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "77")
    }  # fmt: skip
    assert len(seen) == 1


def test_hostile_names_are_inert_and_literal():
    svg = render_svg(hostile_view(1))
    root = fromstring(svg)
    tags = {element.tag for element in root.iter()}
    assert f"{SVG}script" not in tags
    assert b"<script" not in svg
    assert not any(name.startswith("on") for e in root.iter() for name in e.attrib)
    title = root.find(f"{SVG}title")
    assert title is not None
    assert HOSTILE[0] in title.text
    assert "bell\\x07" in title.text


def test_user_settings_neither_matter_nor_change():
    view = view_of("points")
    plain = render_svg(view)
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "red", "text.usetex": True}):
        assert render_svg(view) == plain
        assert mpl.rcParams["font.size"] == 20
        assert mpl.rcParams["text.usetex"] is True


def test_no_pyplot_and_no_date():
    code = "import sys, exportin.figures; print('matplotlib.pyplot' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
    assert b"<dc:date>" not in render_svg(view_of("line"))
    assert b"CreationDate" not in render_pdf(view_of("line"))


def test_empty_view_and_empty_panel_draw():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        render_svg(View(name="n", title="", caption="", panels=()))
        panel = view_of("points").panels[0]
        bare = type(panel)(title="t", x=panel.x, y=panel.y, marks=())
        svg = render_svg(View(name="n", title="", caption="", panels=(bare,)))
    assert b"no data" in svg  # outlines carry their words as a comment
