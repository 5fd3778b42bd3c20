"""Names full of scripts through study, report and figures; nothing of them runs in a browser."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.security.payloads import PAYLOADS

from exportin.tables.names import clean

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
POLICY = re.compile(rb'<meta http-equiv="Content-Security-Policy"[^>]*>')


@pytest.fixture(scope="module")
def results(cli: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A measurement study whose every free text is one of the payloads."""
    assert len(PAYLOADS) >= 50
    folder = tmp_path_factory.mktemp("hostile") / "study"
    folder.mkdir()
    rows = ["treatment;unit_id;value"]
    for number, name in enumerate(PAYLOADS):
        quoted = '"' + clean(f"{name} {number}").replace('"', '""') + '"'
        rows += [f"{quoted};E{unit};{10 + number % 7 + unit * 0.3}" for unit in range(3)]
    (folder / "values.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    title = json.dumps("".join(PAYLOADS[:5]))
    quantity = json.dumps(PAYLOADS[0])
    (folder / "study.toml").write_text(
        f"[study]\nschema = 1\ntitle = {title}\nseed = 1\n"
        f'[block.names]\nassay = "measurement"\nfiles = ["values.csv"]\n'
        f"quantity = {quantity}\nunits = {quantity}\n",
        encoding="utf-8",
    )
    said = cli("run", folder, "--workers", 1)
    if said.code:  # free words of the settings may be refused; names of groups may not
        text = (folder / "study.toml").read_text(encoding="utf-8").rsplit("quantity", 1)[0]
        (folder / "study.toml").write_text(text, encoding="utf-8")
        said = cli("run", folder, "--workers", 1)
    assert said.code == 0, said.text
    row = (folder / "values.csv").name
    cli("exclude", folder, "names", f"{row}:2", "--reason", PAYLOADS[1])
    assert cli("run", folder, "--workers", 1).code == 0
    return folder / "results"


def test_every_name_stands_in_the_report_as_text(results: Path) -> None:
    page = (results / "report.html").read_bytes().decode()
    assert "<script" not in page.casefold()
    text = html.unescape(page)
    assert [name for name in PAYLOADS if clean(name) not in text] == []


def test_tables_hold_no_formulas(results: Path) -> None:
    """Every cell that a spreadsheet would run begins with a quote mark."""
    seen = 0
    for path in results.rglob("*.csv"):
        for cell in re.findall(r'(?:^|,)"?([=+@\t][^,]*)', path.read_text("utf-8"), re.M):
            seen += 1
            assert cell in ("=",), (path.name, cell)
    assert seen


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_nothing_runs_in_a_browser(results: Path, tmp_path: Path) -> None:
    """Report with and without its policy, and every figure opened on its own."""
    page = (results / "report.html").read_bytes()
    bare = tmp_path / "bare.html"
    bare.write_bytes(POLICY.sub(b"", page))
    assert bare.read_bytes() != page
    figures = sorted(results.rglob("*.svg"))
    assert figures
    alive = tmp_path / "alive.html"
    alive.write_text(f"<html><body>{PAYLOADS[0]}</body></html>")
    assert "data-ran" in _opened(alive, tmp_path), "the browser runs no scripts: nothing is tested"
    for path in [results / "report.html", bare, *figures]:
        assert 'data-ran="1"' not in _opened(path, tmp_path), path.name


def _opened(path: Path, folder: Path) -> str:
    done = subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=2000",
            "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr[-500:]
    return re.sub(r"&quot;", '"', done.stdout.split(">", 2)[0] + ">" + done.stdout.split(">", 2)[1])


def test_fitted_tables_hold_no_formulas(cli: Callable[..., Any], tmp_path: Path) -> None:
    """Names of curves that a spreadsheet would run, through `exportin fit` and `exportin new`."""
    name = '=HYPERLINK("http://x")'
    quoted = '"' + name.replace('"', '""') + '"'
    rows = [f"{quoted},{dose},{1 / (1 + dose / 50):.3f}" for dose in (1, 5, 20, 80, 300, 1000)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["drug,dose,y", *rows]) + "\n")
    out = tmp_path / "fits.csv"
    said = cli(
        "fit", path, "--curve", "drug", "--dose", "dose", "--response", "y", "--out", out
    )  # fmt: skip
    assert said.code == 0, said.text
    assert "\"'=HYPERLINK(" in out.read_text()
    plate = tmp_path / "=1+1.csv"
    plate.write_text("=1+1,1,2,3\nA,1,2,3\nB,4,5,6\n")
    assert cli("new", tmp_path / "s", "--from", plate).code == 0
    assert "\n'=1+1," in (tmp_path / "s" / "design.csv").read_text()
