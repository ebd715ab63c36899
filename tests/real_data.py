"""Where the real data that nobody here wrote is found, and what a test does without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def real_data_folder() -> Path:
    """The folder of third-party data: KIT_REAL_DATA, else `../shared/data` beside the checkout."""
    return Path(os.environ.get("KIT_REAL_DATA", ROOT.parent / "shared" / "data"))


def real_data(name: str) -> Path:
    """One source's folder; skips the test where the data is not on this machine."""
    folder = real_data_folder() / name
    if not folder.is_dir():
        pytest.skip(f"real data {name} is not beside this checkout")
    return folder
