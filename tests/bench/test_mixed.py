"""The benchmark of mixed models: its studies, our time, and peers that are not there."""

import numpy as np
from bench.mixed import by_lme4, draw, ours

from bench import mixed


def test_studies_lose_visits_but_no_first_one():
    study = draw(3, 4, np.random.default_rng(1))
    assert np.unique(study.animal[study.day == 0.0]).size == 12
    assert study.y.size < 12 * mixed.DAYS.size


def test_our_time_and_likelihood():
    seconds, best = ours(draw(2, 4, np.random.default_rng(2)), 1)
    assert seconds > 0.0
    assert np.isfinite(best)


def test_an_absent_r_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(mixed.shutil, "which", lambda _: None)
    assert by_lme4(tmp_path / "study.csv", 1) == "lme4: Rscript is not on PATH"
