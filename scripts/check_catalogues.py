"""Fail where a sentence of the kit is missing, untranslated, fuzzy, unused or badly typed.

Message ids are the English sentences, so English needs no catalogue. Not for compiling: that is
`compile_catalogues.py`. Sentences are found in the syntax tree, not by text search, so one written
over several lines is seen whole and an f-string, which no catalogue can hold, is refused.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {
    "clinical": ("kit/ward", "kit/people"),
    "store": ("kit/store",),
    "sync": ("kit/sync",),
    "stick": ("kit/stick/sentences.py",),
    "messages": ("kit/messages", "kit/steering", "kit/core/readback.py"),
    "gui_ward": ("kit/gui/ward",),
    "gui": ("kit/gui",),
    "gui_entry": (),
    "gui_exchange": (),
    "gui_stick": (),
    "courier": (),
    "update": ("kit/stick/update_sentences.py",),
    "gui_steering": (),
    "paper": ("kit/paper",),
    "cli": ("kit/cli*.py", "kit/node"),
    "intake": ("kit/exchange",),
    "exercise": ("kit/exercise",),
    "image": ("scripts/image",),
}
# Calls whose first argument is a sentence of the folder's own domain.
MARKS = {"_", "N_", "_N", "gettext"}
PAPER_MARK = "say"
"""Paper takes its language as an argument: its translator is a parameter."""
MAKERS = {"translator", "plural_translator", "speaker"}
PLACEHOLDER = re.compile(r"(?<!\{)\{(\w*)(?:[!:][^{}]*)?\}(?!\})")
# French sets a no-break space before these, so that none begins a line alone.
LOOSE_SIGN = re.compile(r"(?<=\S) [:;?!»%]|« (?=\S)|(?<=[\w)»])[;?!](?=\s|$)")

Found = dict[str, list[str]]
"""Sentence → where it stands."""


def python_files(domain: str) -> Iterator[Path]:
    """The files whose sentences belong to a domain."""
    for place in FOLDERS[domain]:
        for path in sorted(ROOT.glob(place)):
            for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
                if not (domain == "gui" and "ward" in file.relative_to(path).parts):
                    yield file


def marks_of(tree: ast.Module, domain: str) -> dict[str, str]:
    """Function name → domain, in one file: `_ = translator("clinical")` and the usual marks."""
    marks = dict.fromkeys(MARKS | {PAPER_MARK} if domain == "paper" else MARKS, domain)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        made, target = node.value, node.targets[0]
        if (
            isinstance(made.func, ast.Name)
            and made.func.id in MAKERS
            and isinstance(target, ast.Name)
            and made.args
            and isinstance(made.args[0], ast.Constant)
            and made.func.id != "speaker"
        ):
            marks[target.id] = str(made.args[0].value)
    for later in ("N_", "_N"):  # what is marked in a file is said by that file's own translator
        marks[later] = marks["_"]
    return marks


def sentences(path: Path, domain: str) -> Iterator[tuple[str, str, str]]:
    """(domain, sentence, place) of each marked sentence of one file; empty for an f-string."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    marks = marks_of(tree, domain)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and node.args):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in marks:
            continue
        place = f"{path.relative_to(ROOT)}:{node.lineno}"
        said = node.args[0]
        if isinstance(said, ast.JoinedStr):
            yield marks[name], "", place
        elif isinstance(said, ast.Constant) and isinstance(said.value, str) and said.value:
            yield marks[name], said.value, place


def strings_of(value: Any) -> Iterator[str]:
    """Every text inside a TOML table."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings_of(inner)


def mentioned(domain: str) -> set[str]:
    """Every literal of the domain's folders: a sentence kept in a table or a form is used too."""
    found: set[str] = set()
    files = [file for one in FOLDERS if one.startswith(domain[:3]) for file in python_files(one)]
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    for place in FOLDERS[domain]:
        for path in ROOT.glob(f"{place}/**/*.toml"):
            found |= set(strings_of(tomllib.loads(path.read_text(encoding="utf-8"))))
    return found


def asked() -> tuple[dict[str, Found], list[str]]:
    """Marked sentences by domain, and the faults met on the way."""
    found: dict[str, Found] = {domain: defaultdict(list) for domain in FOLDERS}
    faults: list[str] = []
    for folder_domain in FOLDERS:
        for path in python_files(folder_domain):
            for domain, sentence, place in sentences(path, folder_domain):
                if not sentence:
                    faults.append(
                        f"{place}: an f-string cannot be translated; use .format after it"
                    )
                elif domain not in found:
                    faults.append(f"{place}: there is no domain {domain}")
                else:
                    found[domain][sentence].append(place)
    return found, faults


def catalogue(domain: str) -> Catalog:
    """The French catalogue of a domain; an empty one where the file is not there yet."""
    path = ROOT / "kit" / "locale" / "fr" / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        return Catalog(locale="fr")
    with path.open("rb") as file:
        return read_po(file, locale="fr")


def texts(value: object) -> list[str]:
    """A sentence or its plural forms, as a list."""
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def entry_faults(domain: str, said: object, french: object) -> Iterator[str]:
    """What is wrong with one translated entry."""
    ids, translations = texts(said), texts(french)
    head = f"{domain}.po: {ids[0][:60]!r}"
    if not all(translations):
        yield f"{head} is not translated"
        return
    names = {name for one in ids for name in PLACEHOLDER.findall(one)}
    for text in translations:
        if extra := set(PLACEHOLDER.findall(text)) ^ names:
            missing_in_singular = len(ids) > 1 and extra <= names
            if not missing_in_singular:
                yield f"{head} has other placeholders: {sorted(extra)}"
        if sign := LOOSE_SIGN.search(text):
            yield f"{head} needs a no-break space at {text[max(0, sign.start() - 12) :][:24]!r}"


def domain_faults(domain: str, wanted: Found) -> Iterator[str]:
    """What is wrong with one domain: missing, fuzzy, unused and faulty entries."""
    held = catalogue(domain)
    known = {texts(message.id)[0] for message in held if message.id}
    for sentence, places in sorted(wanted.items()):
        if sentence not in known:
            yield f"{domain}.po: missing {sentence[:70]!r} ({places[0]})"
    used = set(wanted) | mentioned(domain)
    for message in held:
        if not message.id:
            continue
        if message.fuzzy:
            yield f"{domain}.po: {texts(message.id)[0][:60]!r} is fuzzy"
        if texts(message.id)[0] not in used:
            yield f"{domain}.po: {texts(message.id)[0][:60]!r} is used nowhere"
        yield from entry_faults(domain, message.id, message.string)
    for message in held.obsolete.values():
        yield f"{domain}.po: {texts(message.id)[0][:60]!r} is obsolete"


def main() -> int:
    """Print every fault and a count; 0 where there is none."""
    wanted, faults = asked()
    for domain in FOLDERS:
        faults.extend(domain_faults(domain, wanted[domain]))
    for fault in faults:
        print(fault)
    total = sum(len(found) for found in wanted.values())
    print(f"catalogues: {total} sentences in {len(FOLDERS)} domains, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
