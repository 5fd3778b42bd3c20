"""Colors that can be read, and a page that stays small."""

import re
from pathlib import Path

import pytest

from exportin.report import document

CSS = (Path(document.__file__).parent / "style.css").read_text(encoding="utf-8")
LEAST_CONTRAST = 4.5  # WCAG 2.2, level AA


def _light(color: str) -> float:
    color = "".join(2 * c for c in color[1:]) if len(color) == 4 else color[1:]
    parts = [int(color[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _themes() -> list[dict[str, str]]:
    roots = re.findall(r":root \{([^}]*)\}", CSS)
    return [dict(re.findall(r"--(\w+): (#[0-9a-f]+)", root)) for root in roots]


@pytest.mark.parametrize("theme", _themes(), ids=["light", "dark", "print"])
def test_contrast(theme):
    for ink in ("ink", "soft", "accent", "warn"):
        for paper in ("paper", "tint", "badge"):
            one, two = sorted((_light(theme[ink]), _light(theme[paper])), reverse=True)
            assert (one + 0.05) / (two + 0.05) >= LEAST_CONTRAST, (ink, paper)


def test_own_markup_is_small(page):
    markup = re.sub(r'src="data:[^"]*"', "", page)
    assert len(CSS) < 10_000
    empty = re.sub(r"<tbody>.*?</tbody>", "", markup, flags=re.S)
    assert len(empty) < 30_000
