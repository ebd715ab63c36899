"""What native code lies in a frozen folder: each piece has somebody who speaks for it."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.frozen import asking, contents, natives
from scripts.image.sbom import read_wheels
from tests.arch.source import ROOT

ELF = natives.ELF + bytes(60)
RULES: dict[str, list[dict[str, Any]]] = {
    "part": [
        {
            "wheel": "sealer", "files": ["sealer/_box.*"], "name": "libbox", "how": "STATIC_LINK",
            "call": "box_version", "licence": "ISC", "supplier": "Person: B",
        },
        {
            "wheel": "sealer", "files": ["sealer.libs/libseal-*"], "name": "libseal",
            "how": "CONTAINS", "told": "seal", "licence": "MIT", "supplier": "Person: S",
        },
        {
            "wheel": "sealer", "files": ["sealer/_box.*"], "name": "quiet", "how": "STATIC_LINK",
            "present": "quiet_open", "licence": "MIT", "supplier": "Person: Q",
        },
    ],
    "mark": [
        {
            "name": "zlib", "pattern": r"deflate (\d\.\d\.\d) Copyright", "licence": "Zlib",
            "supplier": "Person: Z",
        }
    ],
}  # fmt: skip
ANSWERS = {"libbox": "1.0.20", "libseal": "2.1"}
BOX = "sealer/_box.cpython-313.so"
SEAL = "sealer.libs/libseal-1234.so.2"
CRATE = {
    "name": "ring", "version": "0.17.8", "purl": "pkg:cargo/ring@0.17.8",
    "licenses": [{"expression": "Apache-2.0 AND ISC"}],
}  # fmt: skip


class Bench:
    """A frozen folder, a folder of wheels and a system with dpkg, all of them small."""

    def __init__(self, tmp_path: Path) -> None:
        self.root, self.site, self.folder = (
            tmp_path / name for name in ("root", "site", "made/cyber-kit")
        )
        self.sources = natives.Sources(self.root, self.site, "/opt/site")
        self.toc: dict[str, str] = {}
        self.answers: dict[str, str] = dict(ANSWERS)
        self._file(self.site / "sealer-3.0.dist-info/RECORD", f"{BOX},sha256=x,1\n{SEAL},,\n")
        listed = {"components": [CRATE, {"name": "seal", "version": "2.1"}]}
        self._file(self.site / "sealer-3.0.dist-info/sboms/s.json", json.dumps(listed))
        self._file(
            self.root / "var/lib/dpkg/status",
            "Package: zlib1g\nStatus: installed\nArchitecture: amd64\nVersion: 1:1.3\n\n",
        )
        self._file(
            self.root / "var/lib/dpkg/info/zlib1g:amd64.list", "/usr/lib/x/libz.so.1\n/usr/lib\n"
        )
        self._file(self.root / "usr/share/doc/zlib1g/copyright", "License: Zlib\n")
        self.put(BOX, f"/opt/site/{BOX}", ELF + b"quiet_open\0 deflate 1.3.1 Copyright\0")
        self.put(SEAL.rpartition("/")[2], f"/opt/site/{SEAL}")
        self.put("libz.so.1", "/lib/x/libz.so.1")
        self.put("../kit", "")
        self._file(self.folder / "_internal/data.txt", "no library")

    def put(self, place: str, source: str | None, content: bytes = ELF) -> None:
        """A native file in the folder, and where the freezer says that it took it."""
        name = f"_internal/{place}" if not place.startswith("../") else place.removeprefix("../")
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if source is not None:
            self.toc[name] = source

    def found(self, rules: dict[str, Any] = RULES) -> dict[str, Any]:
        """The inventory."""
        names = {str(one.get("call", one.get("told"))): one["name"] for one in RULES["part"]}

        def ask(questions: list[dict[str, str]]) -> list[str | None]:
            asked = [one.get("call") or one.get("told") or one["ask"] for one in questions]
            return [self.answers.get(names.get(one, one)) for one in asked]

        return natives.inventory(self.folder, self.toc, self.sources, ask, rules)

    def _file(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_each_file_has_an_owner(bench: Bench) -> None:
    found = bench.found()
    assert found["unknown"] == []
    owner = {one["path"]: one["by"] for one in found["files"]}
    assert owner == {
        f"_internal/{BOX}": "wheel:sealer",
        "_internal/libseal-1234.so.2": "wheel:sealer",
        "_internal/libz.so.1": "deb:zlib1g",
        "kit": "wheel:pyinstaller",
    }
    [deb] = found["debs"]
    assert (deb["name"], deb["version"], deb["licences"]) == ("zlib1g", "1:1.3", ["Zlib"])


def test_what_a_wheel_carries_of_others_is_named_with_the_version_that_it_says(
    bench: Bench,
) -> None:
    parts = {one["name"]: (one["version"], one["how"]) for one in bench.found()["parts"]}
    assert parts == {
        "libbox": ("1.0.20", "STATIC_LINK"),
        "libseal": ("2.1", "CONTAINS"),
        "quiet": ("", "STATIC_LINK"),
        "zlib": ("1.3.1", "STATIC_LINK"),
        "ring": ("0.17.8", "STATIC_LINK"),
    }


@pytest.mark.req("HZ-303")
def test_an_interpreter_that_is_no_package_is_named_with_its_version(bench: Bench) -> None:
    bench.put("libpython3.11.so", "/home/x/3.11/lib/libpython3.11.so")
    bench.sources = bench.sources._replace(python="/home/x/3.11")
    bench.answers["python"] = "3.11.9"
    found = bench.found()
    assert (found["interpreter"], found["unknown"]) == ("3.11.9", [])
    bench.answers.pop("python")
    assert len(bench.found()["unknown"]) == 1


def stray(bench: Bench) -> str:
    bench.put("libstray.so.1", None)
    return "libstray.so.1"


def foreign(bench: Bench) -> str:
    bench.put("libforeign.so", "/usr/local/lib/libforeign.so")
    return "libforeign.so"


def unruled(bench: Bench) -> str:
    record = bench.site / "sealer-3.0.dist-info/RECORD"
    record.write_text(record.read_text() + "sealer.libs/libnew.so.1,,\n")
    bench.put("libnew.so.1", "/opt/site/sealer.libs/libnew.so.1")
    return "libnew.so.1"


def silent(bench: Bench) -> str:
    bench.answers.pop("libbox")
    return "libbox"


@pytest.mark.req("HZ-303")
@pytest.mark.parametrize("change", [stray, foreign, unruled, silent])
def test_what_nobody_speaks_for_is_told(bench: Bench, change: Callable[[Bench], str]) -> None:
    name = change(bench)
    [said] = bench.found()["unknown"]
    assert name in said


def test_the_freezers_own_list_is_read() -> None:
    rows = "('a.so', '/site/a.so', 'BINARY'), ('l', 'a.so', 'SYMLINK')"
    toc = f"([{rows}], 1, ('kit', 'x', 'EXECUTABLE'))"
    assert natives.origins(toc) == {"_internal/a.so": "/site/a.so", "kit": ""}


@given(st.text())
def test_any_sentence_gives_a_version_or_none(text: str) -> None:
    found = asking.number_in(text)
    assert found is None or (found in text and found[0].isdigit())


def test_no_version_is_typed_by_hand() -> None:
    """A rule asks in exactly one way, or says what its bytes hold; it has no version of its own."""
    rules = natives.rules_of()
    for one in rules["part"]:
        assert len(one.keys() & {*natives.WAYS, "present"}) == 1, one["name"]
        assert one["how"] in ("CONTAINS", "STATIC_LINK")
        assert "version" not in one
        assert one.get("ask", "qt") in asking.QUESTIONS
    for one in (*rules["part"], *rules["mark"]):
        assert one["licence"]
        assert one["supplier"].partition(": ")[0] in ("Organization", "Person")


@pytest.mark.req("HZ-303")
def test_every_native_library_of_the_locked_wheels_is_spoken_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The wheels of this machine, as the freezer would take them; each library is really asked."""
    site = Path(sysconfig.get_path("platlib"))
    locked = {
        natives.plain(one.name) for one in read_wheels((ROOT / "requirements/run.lock").read_text())
    }
    of_wheel, versions = natives.owners(site)
    assert {"pyside6-essentials", "sqlcipher3", "cryptography", "pynacl"} <= versions.keys()
    taken = sorted(
        short
        for short, wheel in of_wheel.items()
        if wheel in locked and ".so" in short and not contents.is_dropped(short)
        and "PySide6/Qt/lib/libQt6" not in short.replace("libQt6Core", "").replace("libQt6Gui", "")
    )  # fmt: skip
    monkeypatch.setattr(natives, "natives_of", lambda _folder: taken)
    sources = natives.Sources(Path("/nowhere"), site, str(site))

    def ask(questions: list[dict[str, str]]) -> list[str | None]:
        told = json.dumps({"site": str(site), "questions": questions})
        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts/frozen/asking.py")],
            input=told, capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        answers: list[str | None] = json.loads(done.stdout)
        return answers

    toc = {short: f"{site}/{short}" for short in taken}
    found = natives.inventory(site, toc, sources, ask, natives.rules_of())
    assert found["unknown"] == []
    named = {(one["wheel"], one["name"]) for one in found["parts"]}
    assert named >= {
        ("pyside6-essentials", "Qt"), ("pyside6-essentials", "ICU"), ("sqlcipher3", "SQLCipher"),
        ("sqlcipher3", "SQLite"), ("sqlcipher3", "OpenSSL"), ("cryptography", "OpenSSL"),
        ("pynacl", "libsodium"), ("pypdfium2", "PDFium"), ("zxing-cpp", "zint"),
    }  # fmt: skip
