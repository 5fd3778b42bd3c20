"""What the pages are told while the inner loops are made ready."""

from threading import Event
from typing import Any

import pytest

from exportin import compiled
from exportin.app.window.warm import COMPILING, LOADING, Warmth


def warmed(warmth: Warmth, look: Any = lambda: None) -> dict[str, str]:
    """Warm up and wait for it; returns what is said then."""
    finished = Event()
    warmth.start(look, finished.set)
    assert finished.wait(120)
    return warmth.said()


def test_it_is_ready_after_a_fit_and_a_look() -> None:
    warmth, looks = Warmth(), []
    assert warmth.said() == {"state": "compiling", "message": LOADING}
    assert warmed(warmth, lambda: looks.append(1)) == {"state": "ready", "message": ""}
    assert looks == [1]


def test_the_first_use_of_a_version_says_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    warmth = Warmth()
    monkeypatch.setattr(compiled, "is_cold", lambda: True)
    seen: list[dict[str, str]] = []
    warmed(warmth, lambda: seen.append(warmth.said()))
    assert seen == [{"state": "compiling", "message": COMPILING}]


def test_a_study_that_cannot_be_looked_at_is_no_reason_to_wait() -> None:
    def fails() -> None:
        raise OSError("gone")

    assert warmed(Warmth(), fails)["state"] == "ready"


def test_pages_and_study_say_it(window: Any) -> None:
    window.desk.warmth.done.clear()
    window.desk.warmth.message = COMPILING
    assert window.get("/api/study")["warm"] == {"state": "compiling", "message": COMPILING}
    assert window.ask("GET", "/").status_code == 200
