"""The self-test says what is missing instead of ending with it, and passes on a whole checkout."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kit import selftest
from kit.core.errors import BadInput
from tests.arch.source import ROOT


def test_a_missing_part_is_said_and_the_others_are_still_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_folder: Path) -> dict[str, Any]:
        raise ModuleNotFoundError("No module named '_cffi_backend'")

    monkeypatch.setitem(selftest.CHECKS, "words", broken)
    found = selftest.run_checks(["words", "network"])
    assert not found["ok"]
    assert "_cffi_backend" in found["checks"]["words"]["fault"]
    assert found["checks"]["network"]["ok"]


def test_the_catalogues_are_looked_at_by_a_word_of_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.core.text.translator", lambda _domain: lambda message: message)
    found = selftest.run_checks(["words"])
    assert not found["ok"]
    assert "catalogues" in found["checks"]["words"]["fault"]


def test_an_unknown_check_is_wrong_usage() -> None:
    with pytest.raises(BadInput):
        selftest.run_checks(["everything"])


@pytest.mark.slow
@pytest.mark.sleeps
def test_a_whole_checkout_passes_its_self_test() -> None:
    """As it is run in the image: another process, exit code 0, one JSON document."""
    done = subprocess.run(
        [sys.executable, "-m", "kit.cli", "selftest"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert done.returncode == 0, found
    assert list(found["checks"]) == sorted(selftest.CHECKS)
    assert "painted" in done.stderr.splitlines()
