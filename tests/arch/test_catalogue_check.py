"""The check of the catalogues finds what a reader would stumble over."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.arch.source import ROOT


def load() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location(
        "check_catalogues", ROOT / "scripts" / "check_catalogues.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECK = load()


@pytest.mark.parametrize(
    ("english", "french", "fault"),
    [
        ("Save", "", "not translated"),
        ("{n} beds", "{m} lits", "placeholders"),
        ("{n} beds", "des lits", "placeholders"),
        ("Really?", "Vraiment ?", "no-break space"),
        ("Really?", "Vraiment?", "no-break space"),
        ("Time: {t}", "Heure : {t}", "no-break space"),
        ("a “word”", "un « mot »", "no-break space"),
    ],
)
def test_a_faulty_entry_is_found(english: str, french: str, fault: str) -> None:
    """Missing text, another placeholder, a sign that can begin a line."""
    assert any(fault in one for one in CHECK.entry_faults("gui", english, french))


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("Really?", "Vraiment\u00a0?"),
        ("Time: {t}", "Heure\u202f: {t}"),
        ("a “word”", "un «\u00a0mot\u00a0»"),
        ("e.g. 37,2", "p. ex. 37,2"),
        ("at {time}", "à {time}"),
        ("14:30", "14:30"),
        (("{n} bed", "{n} beds"), ("{n} lit", "{n} lits")),
        (("One bed", "{n} beds"), ("Un lit", "{n} lits")),
    ],
)
def test_a_good_entry_passes(english: object, french: object) -> None:
    """No false alarm on times, decimals and plurals."""
    assert not list(CHECK.entry_faults("gui", english, french))


def test_sentences_are_found_however_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several lines, marked for later, in another domain; an f-string is none."""
    file = tmp_path / "sample.py"
    file.write_text(
        "_ = translator('gui')\n_c = translator('clinical')\n"
        "a = _('one '\n      'sentence')\nb = N_('later')\nc = _c('given')\nd = _(f'{a} no')\n"
    )
    monkeypatch.setattr(CHECK, "ROOT", tmp_path)
    found = {(domain, text) for domain, text, _ in CHECK.sentences(file, "gui")}
    assert found == {("gui", "one sentence"), ("gui", "later"), ("clinical", "given"), ("gui", "")}
