"""`kit run`: the kit shown to whom has just cloned it; with a window, or off screen with proofs.

With a display it opens the demo hospital. Without, it plays the same acts through the same node
(a snapshot in, a patient found, a dose given, one omitted, vitals, a note, its correction, the ward
pack) and leaves a PDF, screenshots and a report. Not for: what the acts are (`exercise.scenario`).
"""

from __future__ import annotations

import os
import sys
from importlib import resources
from pathlib import Path
from typing import Any

from kit.exchange.report import report_json
from kit.exercise.scenario import PRINT, play
from kit.node.demo import PIN, WARD, make_demo
from kit.node.desk import KEY_HOLDER
from kit.node.importing import import_steps
from kit.node.opening import open_kit
from kit.node.service import Node
from kit.node.work import Sliced
from kit.rehearsal_fleet import open_windows, play_fleet, prepared
from kit.store.home import Home

THIRD_PARTY = "fhir-hospital-clinosim/bulk"
SEED = 7
NURSE = "IDE"


def run_demo(out: Path, *, real_data: str = "", off_screen: bool = False) -> int:
    """Show the demo hospital; exit code 0, or 1 where a step of the scenario failed."""
    out.mkdir(parents=True, exist_ok=True)
    snapshot = _snapshot(real_data)
    if not off_screen and has_display():
        return _with_windows(out, snapshot)
    home, phrase = _demo_home(out)
    print("Pas d'écran ici : le scénario se joue hors écran.")
    return _off_screen(out, home, phrase, snapshot)


def has_display() -> bool:
    """Whether a window can be opened on this machine."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def third_party() -> Path | None:
    """The third-party hospital, where its data lies beside the checkout."""
    folder = Path(os.environ.get("KIT_REAL_DATA", "../shared/data")) / THIRD_PARTY
    return folder if folder.is_dir() else None


def _demo_home(out: Path) -> tuple[Path, str]:
    home, kept = out / "home", out / "phrase.txt"
    if Home(home).has_kit() and kept.exists():
        return home, kept.read_text("utf-8")
    made = make_demo(home, SEED)
    kept.write_text(made["phrase"], "utf-8")
    print(f"Hôpital de démonstration : {made['events']} événements, graine {SEED}.")
    return home, made["phrase"]


def _snapshot(real_data: str) -> Path | None:
    """The snapshot to import: named, else offered to a person at a terminal, else none."""
    if real_data:
        return Path(real_data)
    found = third_party()
    if found is None or not (sys.stdin.isatty() and has_display()):
        return found if found is not None and not has_display() else None
    print("1  CH de Valmont (démonstration)\n2  le même, plus un hôpital tiers importé (FHIR)")
    return found if input("Votre choix [1] : ").strip() == "2" else None


def _with_windows(out: Path, snapshot: Path | None) -> int:
    """A steering window and two ward windows, each on a kit of its own, joined on this machine."""
    places = prepared(out, SEED)
    if snapshot is not None:
        ward = places[1]
        node = Node(ward.home)
        node.use(open_kit(ward.home, ward.phrase.read_text("utf-8")))
        for _ in import_steps(node.desk, snapshot, node.sitting.who):
            pass
        node.close()
    print(f"Code PIN de chaque compte de démonstration : {PIN}")
    return open_windows(places)


def _off_screen(out: Path, home: Path, phrase: str, snapshot: Path | None) -> int:
    node = Node(home)
    node.use(open_kit(home, phrase))
    pdf = out / "paquet-service.pdf"
    try:
        lines = [_imported(node, snapshot or _example())]
        node.sitting.sign_in(_nurse(node), PIN)
        steps = play(_do(node, pdf), _ask(node), WARD)
    finally:
        node.close()
    steps += play_fleet(prepared(out, SEED), out / "captures")
    lines += [f"{'✓' if step.ok else '✗'} {step.sentence}" for step in steps]
    _photograph(out / "captures", home, phrase, lines)
    report = out / "rapport.md"
    listed = "".join(f"- {line}\n" for line in lines)
    report.write_text(f"# Démonstration hors écran\n\n{listed}", "utf-8")
    for line in (*lines, f"Rapport : {report}", f"PDF : {pdf}", f"Captures : {out / 'captures'}"):
        print(line)
    return 0 if all(step.ok for step in steps) else 1


def _example() -> Path:
    """The CSV template that ships with the kit, with its synthetic example rows."""
    return Path(str(resources.files("kit.exchange") / "template"))


def _imported(node: Node, snapshot: Path) -> str:
    import_id = Sliced("import", import_steps(node.desk, snapshot, node.sitting.who)).drain()
    counts = report_json(node.desk.kit.db, import_id)["counts"]
    facts = ", ".join(f"{number} {name}" for name, number in counts.items())
    return f"✓ Extrait importé ({snapshot.name}) : {facts}"


def _do(node: Node, pdf: Path) -> Any:
    def do(name: str, args: dict[str, Any]) -> dict[str, Any]:
        if name == PRINT:
            return {"ok": _printed(node, pdf, args)}
        return node.handle({"id": 0, "do": name, "args": args})

    return do


def _ask(node: Node) -> Any:
    def ask(name: str, args: dict[str, Any]) -> Any:
        return node.handle({"id": 0, "ask": name, "args": args}).get("ok")

    return ask


def _printed(node: Node, path: Path, args: dict[str, Any]) -> dict[str, Any]:
    asked = {"document": "ward-pack", "args": args}
    rendered = node.handle({"id": 0, "call": "print.render", "args": asked})["ok"]
    node.printing.save(rendered["job"], path, node.sitting.who)
    return {"pages": rendered["pages"], "path": str(path)}


def _photograph(folder: Path, home: Path, phrase: str, lines: list[str]) -> None:
    """The screens as pictures; a machine without Qt's libraries keeps the rest of the proof."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        from kit.gui.port import LoopNode
        from kit.gui.shots import Look, grab_all
    except ImportError as fault:
        lines.append(f"✗ Pas de captures : {fault}")
        return
    node = Node(home)
    node.use(open_kit(home, phrase))
    try:
        node.sitting.sign_in(_nurse(node), PIN)
        port = LoopNode(node, node.desk.now)
        shots = grab_all(lambda _condition: port, folder, "-normal", [Look("fr", False, 1366, 768)])
    finally:
        node.close()
    lines.append(f"✓ {len(shots)} captures d'écran dans {folder}")


def _nurse(node: Node) -> str:
    people = node.desk.ask("person.list", {}, KEY_HOLDER)
    return str(next(row.person for row in people if row.profession == NURSE))
