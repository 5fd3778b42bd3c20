"""What all tests share."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Folder of the real files; skipped where it is absent, an error on CI."""
    path = (ROOT / os.environ.get("EXPORTIN_REALDATA", "../shared/data")).resolve()
    if not path.is_dir():
        why = f"real data not found at {path} (set EXPORTIN_REALDATA)"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return path
