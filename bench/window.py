"""Prints how long a person waits in the window: from the last click to the new number on screen.

    python -m bench.window               25 exclusions on a plate of 96 and one of 1,536 wells
    python -m bench.window --clicks 60   more of them

A real browser (chromium, headless) does what a hand does: a well is chosen, a reason is written,
"Leave out" is clicked; the clock runs from that click until the browser has painted the changed
table of estimates. Then the same until the curves are redrawn. Every click is a new well, so that
nothing was computed before.
"""

import json
import subprocess
import sys
from argparse import ArgumentParser
from math import ceil
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.machine import facts
from bench.printing import say

WARM_UP = 4
REASON = "bubble seen in the well"
WATCH = """
() => {
  const seen = { click: 0, number: 0, curve: 0 };
  window.seen = seen;
  const painted = (name) => requestAnimationFrame(() => setTimeout(() => {
    if (seen.click && !seen[name]) seen[name] = performance.now();
  }));
  const watch = (node, name, more) => new MutationObserver(() => {
    if (seen.click && !seen[name]) painted(name);
  }).observe(node, { childList: true, subtree: true, characterData: true, ...more });
  watch(document.querySelector('[data-part="estimates"]'), "number", {});
  watch(document.querySelector("#chart"), "curve", { attributeFilter: ["d", "cx", "cy"] });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("dialog button[type=submit]")) return;
    Object.assign(seen, { click: performance.now(), number: 0, curve: 0 });
  }, true);
}
"""


def arguments() -> Any:
    ask = ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--clicks", type=int, default=25)
    ask.add_argument("--wells", type=int, nargs="*", default=[96, 1536])
    return ask.parse_args()


def make_study(folder: Path, wells: int) -> None:
    """One plate: vehicle, blanks, and drugs at eight or ten doses in triplicate, randomized."""
    rows, columns = {96: (8, 12), 384: (16, 24), 1536: (32, 48)}[wells]
    names = [f"{_letter(r)}{c:02d}" for r in range(rows) for c in range(1, columns + 1)]
    rng = np.random.default_rng(wells)
    free = [names[i] for i in rng.permutation(len(names))]
    vehicle, blank = ceil(wells / 10), ceil(wells / 36)
    layout, value = ["well,role,treatment,dose,dose_unit"], {}
    for role, count, height in (("vehicle", vehicle, 1e5), ("blank", blank, 400.0)):
        for _ in range(count):
            well = free.pop()
            layout.append(f"{well},{role},,,")
            value[well] = height * rng.normal(1, 0.06)
    doses = 10 ** np.linspace(0, 4, 8)
    for drug in range(len(free) // (3 * len(doses))):
        middle = 10 ** rng.uniform(1, 3)
        for dose in np.repeat(doses, 3):
            well = free.pop()
            layout.append(f"{well},treated,drug {drug + 1:02d},{dose:.4g},nM")
            height = 400 + 99600 * (0.1 + 0.9 / (1 + (dose / middle) ** 1.2))
            value[well] = height * rng.normal(1, 0.06)
    (folder / "plates").mkdir(parents=True)
    lines = [f"{well},{height:.1f}" for well, height in sorted(value.items())]
    _write(folder / "plates" / "P1.csv", ["well,value", *lines])
    _write(folder / "layout.csv", layout)
    _write(folder / "design.csv", ["sample_id,file,unit_id,model", "P1,plates/P1.csv,E1,line"])
    _write(folder / "study.toml", [
        "[study]", "schema = 1", f'title = "A plate of {wells} wells"', "seed = 1",
        "[block.viability]", 'assay = "viability"', 'files = ["plates/*.csv"]',
        'layout = "layout.csv"',
    ])  # fmt: skip


def _letter(row: int) -> str:
    return chr(65 + row) if row < 26 else "A" + chr(65 + row - 26)


def _write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def clicks_of(url: str, wells: int, count: int) -> list[tuple[float, float]]:
    """Leave out one well after the other; milliseconds to the number, and to the curve."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        page.goto(url.split("?", maxsplit=1)[0] + "block/viability")
        page.wait_for_selector("#chart svg", timeout=120_000)
        page.wait_for_selector('#map [data-well], #map [role="gridcell"]')
        page.evaluate(WATCH)
        treated = page.evaluate(
            "async () => (await (await fetch('/api/block/viability/plates')).json())"
            ".plates[0].wells.filter((w) => w.role === 'treated').map((w) => w.well)"
        )
        chosen = np.random.default_rng(1).permutation(sorted(treated))[: count + WARM_UP]
        found = [_one(page, str(well)) for well in chosen]
        browser.close()
    return found[WARM_UP:]


def _one(page: Any, well: str) -> tuple[float, float]:
    page.click(f'#map [data-well="{well}"]')
    page.fill("dialog #reason", REASON)
    page.click("dialog button[type=submit]")
    page.wait_for_function(
        "() => window.seen.number && window.seen.curve", timeout=60_000, polling=250
    )  # seldom: looking at every frame would take time from what is measured
    seen = page.evaluate("() => window.seen")
    page.wait_for_function("() => !document.querySelector('dialog[open]')", polling=100)
    page.wait_for_timeout(1500)  # to choose a well and say why takes a hand longer
    return seen["number"] - seen["click"], seen["curve"] - seen["click"]


def main() -> None:
    args = arguments()
    if which("chromium") is None:
        sys.exit("chromium is not here: apt-get install chromium")
    say(facts())
    for wells in args.wells:
        with TemporaryDirectory() as place:
            folder = Path(place) / "study"
            make_study(folder, wells)
            serve = [sys.executable, "-m", "exportin", "serve", str(folder)]
            command = [*serve, "--no-browser", "--json"]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
                assert server.stdout is not None
                try:
                    url = json.loads(server.stdout.readline())["url"]
                    found = np.array(clicks_of(url, wells, args.clicks))
                finally:
                    server.terminate()
        number, curve = found.T
        for what, times in (("click-to-refit", number), ("click-to-curve", curve)):
            say(
                f"{what} p95: {np.quantile(times, 0.95):.0f} ms ({wells:,} wells; "
                f"median {np.median(times):.0f}, largest {times.max():.0f}, n = {times.size})"
            )


if __name__ == "__main__":
    main()
