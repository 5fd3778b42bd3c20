"""Figures on a screen: scripts and styles that draw the JSON of a view in a browser."""

from functools import cache
from pathlib import Path

ENDINGS = (".js", ".css")


@cache
def assets() -> dict[str, bytes]:
    """Return what a page must be served to draw figures, by file name.

    Returns
    -------
    dict of str to bytes
        Every script and style of this folder (UTF-8). A page loads ``screen.css`` and imports
        ``drawView`` from ``view.js``; the scripts import each other by these names.

    Examples
    --------
    >>> sorted(assets())[-1]
    'words.js'
    """
    return {
        item.name: item.read_bytes()
        for item in sorted(Path(__file__).parent.iterdir())
        if item.suffix in ENDINGS
    }
