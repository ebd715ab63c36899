"""Every word of the trade that the code uses is explained, in French and in English."""

from __future__ import annotations

import ast
import re

from tests.arch.source import ROOT, modules

TEXT = (ROOT / "docs" / "GLOSSARY.md").read_text(encoding="utf-8")
TYPE = re.compile(r"`([A-Z]\w+)`")
ROW = re.compile(r"^\| (`[A-Z].*?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", re.MULTILINE)


def spoken_types() -> set[str]:
    """The public classes of the rooms of care and of people."""
    return {
        node.name
        for module in [*modules("kit/ward"), *modules("kit/people")]
        for node in module.tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }


def explained_types() -> set[str]:
    """The type names in the first column of the glossary."""
    return {name for row in ROW.findall(TEXT) for name in TYPE.findall(row[0])}


def test_every_type_of_the_trade_is_in_the_glossary() -> None:
    """A newcomer can look up each noun that the rules use."""
    assert sorted(spoken_types() - explained_types()) == []


def test_the_glossary_names_nothing_that_is_gone() -> None:
    """A renamed type takes its row along."""
    assert sorted(explained_types() - spoken_types()) == []


def test_every_row_has_french_english_and_a_meaning() -> None:
    """No half-explained word."""
    assert all(all(cell.strip() for cell in row[1:4]) for row in ROW.findall(TEXT))


def test_every_type_stands_once() -> None:
    """Two explanations of one word would drift apart."""
    named = [name for row in ROW.findall(TEXT) for name in TYPE.findall(row[0])]
    assert sorted(named) == sorted(set(named))
