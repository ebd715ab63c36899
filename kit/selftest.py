"""The self-test: whether this copy of the kit is whole, on this machine, in a few seconds.

Meant for a packaged kit on a machine where nothing else is set up: it makes a throw-away kit, opens
the application on it, records a vital through a node of its own, makes a PDF, starts the limited
reader, loads discovery. Nothing stays and nothing leaves the machine. Not for: whether the rules
are right (the tests), nor for the state of a real kit (`kit verify`).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kit.core.errors import BadInput

Check = Callable[[Path], dict[str, Any]]
SEED = 7
READER_PATIENCE_S = 20.0


class Unsound(Exception):
    """A part of the kit did not do what it is for; the text says which, for whoever packages."""


def run_checks(names: Sequence[str] = ()) -> dict[str, Any]:
    """Run the named checks, or all in their order; what each saw and how long it took."""
    unknown = sorted(set(names) - set(CHECKS))
    if unknown:
        raise BadInput("CMD-002", name=unknown[0], why=" ".join(CHECKS))
    checks: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="kit-selftest-") as folder:
        for name in names or CHECKS:
            checks[name] = _run(CHECKS[name], Path(folder))
    return {"ok": all(check["ok"] for check in checks.values()), "checks": checks}


def _run(check: Check, folder: Path) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        seen = {"ok": True, **check(folder)}
    except Exception as fault:  # noqa: BLE001 - whatever is missing has to be said, not to end it
        seen = {"ok": False, "fault": f"{type(fault).__name__}: {fault}"}
    return {**seen, "seconds": round(time.perf_counter() - start, 2)}


def _need(good: object, what: str) -> None:
    if not good:
        raise Unsound(what)


def _demo(folder: Path) -> dict[str, Any]:
    """The throw-away kit, made once, and its phrase."""
    from kit.node.demo import make_demo

    made = folder / "phrase"
    home = folder / "kit"
    if not made.exists():
        made.write_text(make_demo(home, SEED)["phrase"], "utf-8")
    return {"home": home, "phrase": made.read_text("utf-8")}


def _screen(folder: Path) -> dict[str, Any]:
    """The application on an empty home: painted, and its node answers."""
    from kit.gui.checked import open_and_look

    seen = open_and_look(folder / "nothing-yet")
    _need(seen["painted"], "the window was never painted")
    _need(seen["asked"], "the node never answered the window")
    _need(seen["colours"] > 1, "nothing is drawn on the window")
    _need(seen["icon_colours"] > 1, "drawings are missing")
    _need(not seen["fonts_missing"], f"fonts are missing: {seen['fonts_missing']}")
    _need(seen["qt_french"], "Qt's French sentences are missing")
    return seen


def _words(_folder: Path) -> dict[str, Any]:
    """The compiled catalogues: French is not the English of the code."""
    from kit.core.text import choose_language, translator

    choose_language("fr")
    _need(translator("gui")("Close") == "Fermer", "the French catalogues are missing")
    return {}


def _node(folder: Path) -> dict[str, Any]:
    """A node of this programme: opened, a nurse signed in, a vital recorded and read back."""
    from kit.exercise.hospital import DEMO_PEOPLE
    from kit.exercise.scenario import MEASURED
    from kit.node.demo import PIN, WARD
    from kit.node.piped import Client

    kit = _demo(folder)
    nurse = next(one for one in DEMO_PEOPLE if one.ward == WARD and one.profession == "IDE")
    client = Client(kit["home"], kit["phrase"])
    try:
        client.request({"call": "sign_in", "args": {"person": nurse.person, "pin": PIN}})
        board = client.request({"ask": "ward.board", "args": {"ward": WARD}})
        patient = next(row["patient"] for row in board if row.get("patient"))
        args = {"patient": patient, "values": MEASURED}
        client.request({"do": "vitals.record", "args": args, "key": "selftest"})
        asked = {"patient": patient, "limit": 1}
        latest = client.request({"ask": "vitals.history", "args": asked})
    finally:
        client.close()
    _need(latest and latest[0]["actor"] == nurse.person, "the vital was not read back")
    return {"patients": len(board)}


def _paper(folder: Path) -> dict[str, Any]:
    """A patient's sheets as a PDF, through fonts, symbols and the preview."""
    from kit.node.desk import KEY_HOLDER
    from kit.node.opening import open_kit
    from kit.node.service import Node
    from kit.paper.preview import page_png

    kit = _demo(folder)
    node = Node(kit["home"])
    node.use(open_kit(kit["home"], kit["phrase"]))
    try:
        steps = node.printing.steps("blank:SURV", {}, KEY_HOLDER)
        rendered = _drained(steps)
        out = folder / "sheet.pdf"
        node.printing.save(rendered["job"], out, KEY_HOLDER)
    finally:
        node.close()
    pdf = out.read_bytes()
    _need(pdf.startswith(b"%PDF-"), "no PDF came out")
    _need(page_png(pdf, 0, dpi=40).startswith(b"\x89PNG"), "the PDF cannot be previewed")
    return {"pages": rendered["pages"], "bytes": len(pdf)}


def _drained(steps: Any) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _reader(folder: Path) -> dict[str, Any]:
    """The limited reader of foreign files starts and tells what lies in a folder."""
    from kit.sync.courier_frames import Done, Listing, Look
    from kit.sync.courier_pipe import LimitedReader

    foreign = folder / "foreign"
    foreign.mkdir(exist_ok=True)
    (foreign / "lettre.txt").write_text("?", "ascii")
    heard: list[Any] = []
    with LimitedReader(foreign) as reader:
        reader.ask(Look())
        while not any(isinstance(one, Done) for one in heard):
            said = reader.said(READER_PATIENCE_S)
            _need(said is not None, "the limited reader does not answer")
            heard.append(said)
    listed = [one.strange for one in heard if isinstance(one, Listing)]
    _need(listed == [1], "the limited reader did not see the file")
    return {}


def _network(_folder: Path) -> dict[str, Any]:
    """Discovery, TLS and the certificate maker can be loaded; nothing is sent."""
    from kit.sync import certificate, interfaces, mdns, transport

    loaded = [certificate.__name__, interfaces.__name__, mdns.__name__, transport.__name__]
    return {"loaded": loaded}


CHECKS: dict[str, Check] = {
    "screen": _screen,
    "words": _words,
    "node": _node,
    "paper": _paper,
    "reader": _reader,
    "network": _network,
}
