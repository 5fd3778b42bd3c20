"""Runs every command of the tutorial and compares what it prints with what the page says."""

import os
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def commands(page):
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            if command.endswith("<<'END'"):
                text, end, shown = shown.partition("\nEND\n")
                command = f"{command}\n{text}{end}"
            yield command, [line for line in shown.splitlines() if line.strip()]


def fits(shown, printed):
    """Each shown line must follow in order; '...' skips lines, or words within a line."""
    at = 0
    for line in shown:
        if line.strip() == "...":
            continue
        pattern = line.replace("[", "[[]").replace("...", "*")
        while at < len(printed) and not fnmatchcase(printed[at], pattern):
            at += 1
        if at == len(printed):
            return False
        at += 1
    return True


@pytest.mark.timeout(900)
def test_the_tutorial_prints_what_it_says(tmp_path):
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    env["COLUMNS"] = "200"
    count = 0
    page = DOCS / "tutorial.md"
    for command, shown in commands(page):
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert "Traceback" not in output, output
        wanted = 2 if any(line.startswith("error") for line in shown) else 0
        assert done.returncode == wanted, f"{command}\n{output}"
        assert fits(shown, output.splitlines()), f"{command}\n{output}\nexpected {shown}"
        count += 1
    assert count >= 25
    code = "\n".join(re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL))
    assert "run_study" in code
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
