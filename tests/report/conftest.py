"""Fixtures of the report's tests; method names are those of the made-up study."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from exportin.report import document, methods, names


@pytest.fixture(scope="session")
def study() -> ModuleType:
    """The builders of ``study.py``."""
    spec = spec_from_file_location("report_study", Path(__file__).with_name("study.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _own_rooms(monkeypatch: pytest.MonkeyPatch, study: ModuleType) -> None:
    """The report must not depend on which assays exist."""
    monkeypatch.setattr(methods, "load_methods", lambda: study.METHODS)
    monkeypatch.setattr(names, "assay_names", lambda: ())


@pytest.fixture
def page(study: ModuleType) -> str:
    """The report of the made-up study."""
    return document.build_report(study.outcome()).decode()
