"""Which native code lies in a frozen folder, where it came from, and which version it says it is.

Every library and programme of the folder belongs to a package of Debian, to a wheel, or to the
interpreter; what wheels carry of others is named in `packaging/freeze/natives.toml`. The result
goes into the folder as NAME, and the image's list of contents is made from it. Not for: asking
(`asking.py`), SPDX (`scripts.image.sbom_native`).
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from scripts.image.sbom import deb_licences

RULES = Path(__file__).resolve().parent.parent.parent / "packaging" / "freeze" / "natives.toml"
NAME = "natives.json"
INSIDE = "_internal"
WAYS = ("ask", "pil", "call", "told")
FREEZER = "pyinstaller"
PYTHON = "python"
ELF = b"\x7fELF"
MERGED = ("lib/", "lib64/", "bin/", "sbin/")
LIBRARY = re.compile(r"lib[^/]*\.so(?:\.[0-9.]+)?")
"""A library of somebody, as against an extension of Python, which bears its module's name."""

Ask = Callable[[list[dict[str, str]]], list[str | None]]
"""Versions for questions, by the interpreter that has the wheels."""


class Sources(NamedTuple):
    """Where the files of a frozen folder came from.

    root: the system's root, `/` or a chroot; site: folder of the wheels as seen from outside;
    inside: the same as the freezer saw it; python: folder of an interpreter that is no package.
    """

    root: Path
    site: Path
    inside: str
    python: str = ""


class Deb(NamedTuple):
    """A package of Debian of which files were taken."""

    name: str
    version: str
    architecture: str


def origins(toc: str) -> dict[str, str]:
    """Place in the folder → where the freezer took it from, by the freezer's own list."""
    found: dict[str, str] = {}
    for name, source, kind in _rows(ast.literal_eval(toc)):
        if kind != "SYMLINK":
            place = name if kind == "EXECUTABLE" else f"{INSIDE}/{name}"
            found[place] = "" if kind == "EXECUTABLE" else source
    return found


def _rows(tree: Any) -> Iterable[tuple[str, str, str]]:
    """Every (name, source, kind) of a nested list."""
    if isinstance(tree, tuple) and len(tree) == 3 and all(isinstance(one, str) for one in tree):
        yield tree
    elif isinstance(tree, (list, tuple)):
        for one in tree:
            yield from _rows(one)


def owners(site: Path) -> tuple[dict[str, str], dict[str, str]]:
    """File of a wheel → wheel, and wheel → version, by what the wheels recorded themselves."""
    files: dict[str, str] = {}
    versions: dict[str, str] = {}
    for folder in sorted(site.glob("*.dist-info")):
        name, version, *_ = folder.name.removesuffix(".dist-info").split("-")
        wheel = plain(name)
        versions[wheel] = version
        record = folder / "RECORD"
        for line in record.read_text("utf-8").splitlines() if record.exists() else ():
            files[line.split(",")[0].strip('"')] = wheel
    return files, versions


def debian(root: Path) -> tuple[dict[str, str], dict[str, Deb]]:
    """File → package, and package → what it is, by dpkg's own records; both empty elsewhere."""
    state = root / "var/lib/dpkg"
    debs: dict[str, Deb] = {}
    status = state / "status"
    for block in status.read_text("utf-8").split("\n\n") if status.exists() else ():
        told = dict(re.findall(r"^(Package|Version|Architecture): (.+)$", block, re.MULTILINE))
        if len(told) == 3:
            debs[told["Package"]] = Deb(told["Package"], told["Version"], told["Architecture"])
    files: dict[str, str] = {}
    for path in sorted((state / "info").glob("*.list")):
        package = path.name.removesuffix(".list").partition(":")[0]
        for line in path.read_text("utf-8", "replace").splitlines():
            files[_merged(line)] = package
    return files, debs


def _merged(place: str) -> str:
    """Where a file lies since `/lib` is `/usr/lib`."""
    short = place.lstrip("/")
    return f"usr/{short}" if short.startswith(MERGED) else short


def natives_of(folder: Path) -> list[str]:
    """Every library and programme of a folder, links aside."""
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and _is_elf(path)
    ]


def _is_elf(path: Path) -> bool:
    with path.open("rb") as readable:
        return readable.read(len(ELF)) == ELF


def inventory(
    folder: Path, toc: Mapping[str, str], sources: Sources, ask: Ask, rules: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything native in the folder. `unknown`: what nobody speaks for, with the reason."""
    of_wheel, versions = owners(sources.site)
    of_deb, debs = debian(sources.root)
    files: list[dict[str, str]] = []
    unknown: list[str] = []
    inside: dict[str, list[tuple[str, str]]] = {}
    for place in natives_of(folder):
        source = toc.get(place)
        short = (source or "").removeprefix(f"{sources.inside}/")
        if source == "":
            by, short = f"wheel:{FREEZER}", place
        elif short in of_wheel:
            by = f"wheel:{of_wheel[short]}"
        elif _merged(source or "?") in of_deb:
            by = f"deb:{of_deb[_merged(source or '')]}"
        elif source and sources.python and source.startswith(f"{sources.python}/"):
            by = PYTHON
        else:
            unknown.append(f"{place}: from {source or 'nowhere that the freezer names'}")
            continue
        files.append({"path": place, "by": by})
        if by.startswith("wheel:"):
            inside.setdefault(by.removeprefix("wheel:"), []).append((place, short))
    parts, more = _parts(folder, inside, sources, ask, rules)
    interpreter = ""
    if any(one["by"] == PYTHON for one in files):
        interpreter = ask([{"ask": "python"}])[0] or ""
        more += [] if interpreter else ["the interpreter does not say its version"]
    used = {one["by"].partition(":")[2] for one in files}
    return {
        "files": files,
        "parts": parts,
        "debs": [_deb(debs[name], sources.root) for name in sorted(used & debs.keys())],
        "interpreter": interpreter,
        "wheels": {name: versions.get(name, "") for name in sorted(inside)},
        "unknown": sorted([*unknown, *more]),
    }


def _parts(
    folder: Path, inside: Mapping[str, list[tuple[str, str]]], sources: Sources, ask: Ask,
    rules: Mapping[str, Any],
) -> tuple[list[dict[str, str]], list[str]]:  # fmt: skip
    """What wheels carry of others; and what is there that no rule names or that says no version."""
    wanted: list[tuple[dict[str, str], dict[str, str]]] = []
    parts: list[dict[str, str]] = []
    unknown: list[str] = []
    for wheel, found in sorted(inside.items()):
        rest = {place for place, short in found if LIBRARY.fullmatch(Path(short).name)}
        for rule in rules["part"]:
            hits = [one for one in found if rule["wheel"] == wheel and _matches(one[1], rule)]
            if not hits:
                continue
            if rule["how"] == "CONTAINS":
                rest -= {place for place, _short in hits}
            if "present" in rule:
                data = b"".join((folder / place).read_bytes() for place, _short in hits)
                if rule["present"].encode() in data:
                    parts.append(_part(rule, wheel, "", rule["how"], "says no version"))
                continue
            path = f"{sources.inside}/{hits[0][1]}"
            way = {key: rule[key] for key in WAYS if key in rule}
            wanted.append((rule, {"wheel": wheel, "path": path, **way}))
        # Plug-ins and extensions that are called lib… but are the wheel's own are named by a rule.
        unknown += [f"{place}: no rule names this library of {wheel}" for place in sorted(rest)]
    answers = ask([question for _rule, question in wanted])
    for (rule, question), version in zip(wanted, answers, strict=True):
        if not version:
            unknown.append(f"{rule['name']} in {rule['wheel']}: does not say its version")
            continue
        how = next(key for key in WAYS if key in question)
        parts.append(_part(rule, rule["wheel"], version, rule["how"], f"{how}:{question[how]}"))
    parts += _marked(folder, inside, rules, parts)
    parts += _listed(inside, sources.site)
    return sorted(parts, key=lambda one: (one["wheel"], one["name"], one["version"])), unknown


def _matches(short: str, rule: Mapping[str, Any]) -> bool:
    return any(fnmatchcase(short, pattern) for pattern in rule["files"])


def _marked(
    folder: Path, inside: Mapping[str, list[tuple[str, str]]], rules: Mapping[str, Any],
    parts: list[dict[str, str]],
) -> list[dict[str, str]]:  # fmt: skip
    """Libraries that write their name into what they are linked into, and that no part is yet."""
    there = {(one["wheel"], one["name"], one["version"]) for one in parts}
    found: list[dict[str, str]] = []
    patterns = [(rule, re.compile(rule["pattern"].encode())) for rule in rules["mark"]]
    for wheel, files in sorted(inside.items()):
        for place, _short in files:
            data = (folder / place).read_bytes()
            for rule, pattern in patterns:
                for version in sorted({hit[1].decode() for hit in pattern.finditer(data)}):
                    key = (wheel, rule["name"], version)
                    if key not in there:
                        there.add(key)
                        told = f"mark in {place}"
                        found.append(_part(rule, wheel, version, "STATIC_LINK", told))
    return found


def _listed(inside: Iterable[str], site: Path) -> list[dict[str, str]]:
    """Rust crates, as the wheels' own lists of contents name them."""
    found = []
    for wheel in sorted(inside):
        for path in sorted(site.glob(f"{wheel.replace('-', '_')}-*.dist-info/sboms/*.json")):
            for one in json.loads(path.read_text("utf-8")).get("components", []):
                if str(one.get("purl", "")).startswith("pkg:cargo/") and one.get("version"):
                    rule = {"name": one["name"], "licence": _licence(one), "supplier": ""}
                    part = _part(rule, wheel, one["version"], "STATIC_LINK", f"list {path.name}")
                    found.append(part | {"purl": f"pkg:cargo/{one['name']}@{one['version']}"})
    return [one for n, one in enumerate(found) if one not in found[:n]]


def _licence(component: Mapping[str, Any]) -> str:
    """A component's licence in SPDX words, empty where it names none."""
    told = [
        one.get("expression") or one.get("license", {}).get("id") or ""
        for one in component.get("licenses") or []
    ]
    return " AND ".join(f"({one})" if " OR " in one and len(told) > 1 else one for one in told)


def _part(rule: Mapping[str, str], wheel: str, version: str, how: str, told: str) -> dict[str, str]:
    return {
        "name": rule["name"], "version": version, "licence": rule["licence"],
        "supplier": rule["supplier"], "how": how, "wheel": wheel, "told": told,
    }  # fmt: skip


def _deb(deb: Deb, root: Path) -> dict[str, Any]:
    text = root / "usr/share/doc" / deb.name / "copyright"
    said = text.read_text("utf-8", "replace") if text.exists() else ""
    return {**deb._asdict(), "licences": list(deb_licences(said))}


def plain(name: str) -> str:
    """A wheel's name as its index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def rules_of(path: Path = RULES) -> dict[str, Any]:
    """The rules of `natives.toml`."""
    return tomllib.loads(path.read_text("utf-8"))


def take(folder: Path, work: Path, sources: Sources, run: Callable[[str], str]) -> Path:
    """Make the inventory of a folder that was just frozen, and put it there.

    work: the freezer's own folder; run: `asking.py` with this text as its input; what it says.
    """
    toc = origins((work / "kit" / "COLLECT-00.toc").read_text("utf-8"))

    def ask(questions: list[dict[str, str]]) -> list[str | None]:
        answers: list[str | None] = json.loads(
            run(json.dumps({"site": sources.inside, "questions": questions}))
        )
        return answers

    return write(folder, inventory(folder, toc, sources, ask, rules_of()))


def write(folder: Path, found: Mapping[str, Any]) -> Path:
    """Put the inventory into the folder."""
    path = folder / INSIDE / NAME
    path.write_text(json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return path
