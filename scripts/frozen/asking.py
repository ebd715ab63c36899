"""Asks the libraries that the wheels carry for their own versions; run by the frozen interpreter.

Reads a JSON list of questions on standard input (`site`, the folder of the wheels; each with `ask`,
`pil`, `call` or `told`), answers with a JSON list of versions, null where a library does not say.
Alone in its file: the interpreter that runs it has the wheels and nothing of the repository. Not
for: names and licences (`packaging/freeze/natives.toml`).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"\d+(?:\.\d+)+[a-z]?")


def number_in(text: str) -> str | None:
    """The version in a sentence like `OpenSSL 4.0.3 29 Sep 2026`."""
    found = NUMBER.search(text)
    return found[0] if found else None


def python(_path: str) -> str | None:
    """The interpreter that answers, where it is no package of Debian."""
    return platform.python_version()


def qt(_path: str) -> str | None:
    """Qt itself, not the bindings."""
    from PySide6.QtCore import qVersion

    return str(qVersion())


def pyside(_path: str) -> str | None:
    """The bindings' own library."""
    import PySide6

    return str(PySide6.__version__)


def shiboken(_path: str) -> str | None:
    """What carries the bindings."""
    import shiboken6

    return str(shiboken6.__version__)


def icu(path: str) -> str | None:
    """Each symbol of ICU bears its major version; whichever file is asked, libicuuc answers."""
    major = re.search(r"\.so\.(\d+)$", path)
    if major is None:
        return None
    folder = Path(path).parent
    ctypes.CDLL(str(folder / f"libicudata.so.{major[1]}"), mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(str(folder / f"libicuuc.so.{major[1]}"))
    numbers = (ctypes.c_uint8 * 4)()
    getattr(library, f"u_getVersion_{major[1]}")(numbers)
    return f"{numbers[0]}.{numbers[1]}"


def _cipher(question: str) -> str:
    import sqlcipher3.dbapi2 as dbapi

    connection = dbapi.connect(":memory:")
    connection.execute("pragma key = 'x'")
    return str(connection.execute(question).fetchone()[0])


def sqlcipher(_path: str) -> str | None:
    """SQLCipher's own number."""
    return number_in(_cipher("pragma cipher_version"))


def sqlite(_path: str) -> str | None:
    """The SQLite that SQLCipher is made of."""
    return number_in(_cipher("select sqlite_version()"))


def sqlcipher_openssl(_path: str) -> str | None:
    """The cryptography under SQLCipher."""
    return number_in(_cipher("pragma cipher_provider_version"))


def cryptography_openssl(_path: str) -> str | None:
    """The cryptography under the `cryptography` wheel."""
    from cryptography.hazmat.backends.openssl import backend

    return number_in(backend.openssl_version_text())


def pdfium(_path: str) -> str | None:
    """PDFium as its packager recorded it beside the library."""
    from pypdfium2 import version

    said = version.PDFIUM_INFO
    return f"{said.major}.{said.minor}.{said.build}.{said.patch}"


def zint(path: str) -> str | None:
    """Drawer of codes inside zxing-cpp: 21501 is 2.15.1."""
    told = int(ctypes.CDLL(path).ZBarcode_Version())
    return f"{told // 10_000}.{told // 100 % 100}.{told % 100}" if told > 0 else None


QUESTIONS = {
    one.__name__: one
    for one in (
        python, qt, pyside, shiboken, icu, sqlcipher, sqlite, sqlcipher_openssl,
        cryptography_openssl, pdfium, zint,
    )
}  # fmt: skip


def pil(name: str) -> str | None:
    """What Pillow says of a library that it uses."""
    from PIL import features

    told = features.version(name)
    return str(told) if told else None


def call(function: str, path: str) -> str | None:
    """What a library's own function says; a call that needs nothing and gives a text."""
    library = ctypes.CDLL(path)
    asked = getattr(library, function)
    asked.restype = ctypes.c_char_p
    said = asked(None)
    return number_in(said.decode("ascii", "replace")) if said else None


def told(name: str, wheel: str, site: str) -> str | None:
    """What the wheel's own list of contents (CycloneDX) says of a library."""
    pattern = f"{wheel.replace('-', '_')}-*.dist-info/sboms/*.json"
    for path in sorted(Path(site).glob(pattern)):
        for one in json.loads(path.read_text("utf-8")).get("components", []):
            if one.get("name") == name and one.get("version"):
                return str(one["version"])
    return None


def answer(question: dict[str, str], site: str) -> str | None:
    """One version; None where nobody says."""
    path = question.get("path", "")
    if "ask" in question:
        return QUESTIONS[question["ask"]](path)
    if "pil" in question:
        return pil(question["pil"])
    if "call" in question:
        return call(question["call"], path)
    return told(question["told"], question["wheel"], site)


def main() -> None:
    """Answer what stands on standard input."""
    asked: dict[str, Any] = json.load(sys.stdin)
    sys.path.insert(0, asked["site"])
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    answers: list[str | None] = []
    for question in asked["questions"]:
        found = None
        with contextlib.suppress(ImportError, OSError, AttributeError, ValueError):
            found = answer(question, asked["site"])
        answers.append(found)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
