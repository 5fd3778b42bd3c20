"""Eight windows on one study: no change is lost, all see the same at the end."""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from exportin.app.window.watch import Watch, event
from exportin.study.ledger import excluded_rows, read_ledger

BLOCK = "/api/block/viability"
WINDOWS = 8


def wells() -> list[str]:
    return [f"plates/SIM-LPS-1-E1.csv:{row}{column:02d}" for row in "BCD" for column in range(3, 9)]


def someone(window: Any, seed: int, times: int) -> list[dict[str, Any]]:
    """Change things at random; returns what was acknowledged, in the words of the answers."""
    chance = random.Random(seed)
    done = []
    for _ in range(times):
        act = chance.choice(["exclude", "exclude", "take-back", "undo", "redo", "late"])
        rows = chance.sample(wells(), chance.randint(1, 3))
        if act in ("undo", "redo"):
            found = window.ask("POST", f"/api/{act}", json={"block": "viability"})
        elif act == "late":
            old = window.get(BLOCK)["version"]
            late = {"rows": rows, "reason": f"by {seed}"}
            found = window.ask("POST", f"{BLOCK}/exclude", json=late, headers={"If-Match": old})
        else:
            body = {"rows": rows, "reason": f"by {seed}"}
            found = window.ask("POST", f"{BLOCK}/{act}", json=body)
        assert found.status_code in (200, 400, 409), found.text
        if found.status_code == 200:
            done.append({"act": act, "said": found.json().get("entry")})
    return done


def model(entries: tuple[Any, ...]) -> set[str]:
    """Rows that are out after these lines, the plain way: one set after each line."""
    after: list[set[str]] = [set()]
    for entry in entries:
        rows, now = set(entry.rows), after[-1]
        if entry.reverses:  # undone: they are again what they were before that line
            now = now - rows | after[entry.reverses - 1] & rows
        else:
            now = now | rows if entry.action == "exclude" else now - rows
        after.append(now)
    return after[-1]


def together(study: Path, open_window: Callable[..., Any], times: int) -> None:
    same = open_window(study)  # four pages of one server, four servers
    windows = [same] * 4 + [open_window(study) for _ in range(WINDOWS - 4)]
    with ThreadPoolExecutor(WINDOWS) as pool:
        done = list(pool.map(lambda k: someone(windows[k], k, times), range(WINDOWS)))
    entries = read_ledger(study)
    every = [one for each in done for one in each]
    assert len(entries) == len(every)  # each acknowledged change is one line, and no line is else
    by_number = {entry.number: entry for entry in entries}
    for one in every:
        if one["said"]:
            entry = by_number[one["said"]["number"]]
            assert list(entry.rows) == one["said"]["rows"]
            assert entry.reason == one["said"]["reason"]
    out = model(entries)
    assert set(excluded_rows(entries, "viability")) == out
    answers = [window.get(BLOCK) for window in windows]
    assert all(set(found["excluded"]) == out for found in answers)
    assert len({found["version"] for found in answers}) == 1
    assert len({str(found["html"]) for found in answers}) == 1


def test_eight_windows_lose_nothing(study: Path, open_window: Callable[..., Any]) -> None:
    together(study, open_window, 4)


@pytest.mark.long
def test_eight_windows_lose_nothing_for_long(study: Path, open_window: Callable[..., Any]) -> None:
    together(study, open_window, 60)


# ---- the stream of events


def heard(
    changes: Callable[[list[str]], None], listeners: int = 2
) -> tuple[list[list[bytes]], int]:
    """Listen while the version changes; returns what each heard, and how often it was looked."""
    now, looks = ["one"], 0

    def version() -> str:
        nonlocal looks
        looks += 1
        return now[0]

    async def listen(watch: Watch) -> list[bytes]:
        return [found async for found in watch.stream()]

    async def main() -> list[list[bytes]]:
        watch = Watch(version, every_s=0.01)
        tasks = [asyncio.create_task(listen(watch)) for _ in range(listeners)]
        await asyncio.sleep(0.1)
        changes(now)
        await asyncio.sleep(0.2)
        watch.tell("warm", "{}")
        await asyncio.sleep(0.05)
        watch.close()
        return await asyncio.wait_for(asyncio.gather(*tasks), 2)

    return asyncio.run(main()), looks


def test_everyone_hears_of_a_change_once() -> None:
    found, _ = heard(lambda now: now.__setitem__(0, "two"))
    told = [event("version", "one"), event("version", "two"), event("warm", "{}")]
    assert found == [told, told]


def test_one_look_serves_all() -> None:
    _, one = heard(lambda now: None, listeners=1)
    _, many = heard(lambda now: None, listeners=20)
    assert many - 20 < 2 * one  # each looks once when it comes; not all of them all the time


def test_nobody_looks_while_nobody_listens() -> None:
    looks = 0

    def version() -> str:
        nonlocal looks
        looks += 1
        return "one"

    async def main() -> int:
        watch = Watch(version, every_s=0.01)
        stream = watch.stream()
        await anext(stream)
        await stream.aclose()
        await asyncio.sleep(0.05)
        before = looks
        await asyncio.sleep(0.2)
        return looks - before

    assert asyncio.run(main()) == 0


def test_too_many_listeners_are_refused(study: Path, open_window: Callable[..., Any]) -> None:
    window = open_window(study, listeners=0)
    found = window.ask("GET", "/api/events")
    assert found.status_code == 503
