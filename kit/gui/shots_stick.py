"""Pictures of the stick: its door in every state, its questions, its screen.

What the keeper says is written here and handed over as the node would. Not for: a real stick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.core.clock import DAY
from kit.core.errors import Refused
from kit.gui.first_run import FirstRun
from kit.gui.screen import of_capsule
from kit.gui.shared.stick_rows import bundle_places
from kit.gui.shots_exchange import CODE
from kit.gui.shots_stage import FULL, Scene, Stage, settle

KEY = "shared.stick"
SEALED, NEW = ("sealed",), ("new",)
DISK = {"model": "SanDisk Ultra", "serial": "4C530001230719114203", "bytes": 31_914_983_424}
CLOCK = {"ok": True, "rtc_local": True}


def medium(stage: Stage, state: str, **facts: Any) -> dict[str, Any]:
    """What the keeper says."""
    clock = {**CLOCK, "build_ms": stage.port.now_ms() - 20 * DAY, **facts.pop("clock", {})}
    return {
        "medium": state, "seed": False, "disk": DISK, "slot": "a", "version": "1.0.0",
        "other": {"slot": "b", "version": "0.9.4"}, "altered": False, "layout": "fr",
        "persist_free": 21_400_000_000, "clock": clock, **facts,
    }  # fmt: skip


def _door(state: str, **facts: Any) -> Callable[[Stage], Any]:
    def play(stage: Stage) -> Any:
        said = medium(stage, state, **dict(facts))
        stage.reception.greeted({"open": False, "has_kit": state != "absent", "medium": said})
        settle(stage.port)
        return stage.reception.stick

    return play


def _typed(stage: Stage) -> None:
    _door("locked")(stage)
    door: Any = stage.reception.door
    door.phrase.edit.setText("fenetre marine tilleul")
    stick: Any = stage.reception.stick
    stick.secret.eye.click()
    stick.secret.caps.show()


def _working(service: str, **said: Any) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        seed = service == "create"
        stick = _door("absent" if seed else "locked", seed=seed)(stage)
        stick.show_work(service)
        stage.port.progress.emit({"job": "medium", **said})

    return play


def _refused(code: str, text: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        _door("locked")(stage).refused(Refused(code, {"text": text}))

    return play


def _restore(stage: Stage) -> None:
    _refused("KEY-029", DAMAGED)(stage)
    stick: Any = stage.reception.stick
    stick.choose("restore")


def _question(name: str, **facts: Any) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        getattr(_door("locked", **facts)(stage), f"ask_{name}")()

    return play


def _farewell(stage: Stage) -> None:
    _door("locked")(stage).frame.say_farewell()


# -- the screen -----------------------------------------------------------------------------------

DRIVES: list[dict[str, Any]] = [
    {"device": "sdb", "model": "Kingston DataTraveler 3.0", "serial": "E0D55EA573F0F4A0F8A30C12",
     "bytes": 62_008_590_336, "label": "CLE-USB", "kit": None},
    {"device": "sdc", "model": "SanDisk Ultra", "serial": "4C530001230719114551",
     "bytes": 31_914_983_424, "label": "", "kit": {"version": "0.9.4"}},
    {"device": "sdd", "model": "Generic Flash Disk", "serial": "", "bytes": 8_053_063_680},
]  # fmt: skip
PARTS: list[dict[str, Any]] = [
    {"name": name, "state": "right", "bytes": size}
    for name, size in (
        ("table", 0), ("mbr", 440), ("kit-bios", 1_048_576), ("EFI/BOOT/BOOTX64.EFI", 983_040),
        ("EFI/debian/grub.cfg", 2_100), ("kit/manifest.json", 48_000), ("kit/a/vmlinuz", 12_000),
        ("kit/a/initrd", 52_000_000), ("root-a", 539_000_832), ("root-a-verity", 8_519_680),
        ("kit/rescue/vmlinuz", 12_100_000), ("root-b", 531_628_032), ("kit/grubenv", 1_024),
    )
]  # fmt: skip
SOURCES: list[dict[str, Any]] = [
    {"source": "sdc", "kind": "stick", "label": "SanDisk Ultra, 32 Go", "version": "1.1.0"},
    {"source": "peer:ab", "kind": "peer", "label": "Cellule de crise A", "version": "1.1.0"},
]  # fmt: skip


CABLE: dict[str, Any] = {"device": "eth0", "kind": "wired", "state": "joined", "carrier": True,
                         "address": "given"}  # fmt: skip
WIFI: dict[str, Any] = {"device": "wlan0", "kind": "wifi", "state": "idle", "makes_cells": True}
CELLS: list[dict[str, Any]] = [
    {"ssid": f"{place:02x}", "name": name, "signal": signal, "asks": asks, "known": known}
    for place, (name, signal, asks, known) in enumerate((
        ("CH-Valmont-Soins", 82, "personal", True), ("CH-Valmont-Soins", 79, "open", False),
        ("CH-Valmont-Agents", 61, "account", False), ("DIRECT-7F-Imprimante\ufffd", 44, "personal",
         False), ("Visiteurs", 20, "open", False), ("Vieux point d'accès", 12, "other", False),
    ))
]  # fmt: skip
SECRET = "tifu-redi-kuse-bexi-neju-pide"
CELL: dict[str, Any] = {"ssid": "KIT-RTXB", "secret": SECRET, "running": True}
NETWORK = 4


def _networks(**facts: Any) -> Callable[[Stage], Any]:
    """The part about networks, as the node says it."""
    said = {"cards": [{**CABLE, "carrier": False, "state": "off"}, WIFI], "cells": CELLS, **facts}

    def play(stage: Stage) -> Any:
        screen = _screen(NETWORK)(stage)
        screen.network.show_networks(said)
        screen.focus_first()
        return screen

    return play


def _on_network(work: Callable[[Any], None], **facts: Any) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        work(_networks(**facts)(stage).network)

    return play


def _wifi(**facts: Any) -> list[dict[str, Any]]:
    return [{**CABLE, "carrier": False, "state": "off"}, {**WIFI, **facts}]


def _cell_shown(part: Any) -> None:
    part.job.say("✓ La cellule est ouverte", [])
    part.focus_first()


def _wrong_secret(part: Any) -> None:
    part.job.refuse(Refused("KEY-069", {"text": WRONG_SECRET}))


def _join(part: Any) -> None:
    part.table.selectRow(3)
    part.ask_join()


def _join_open(part: Any) -> None:
    part.table.selectRow(1)
    part.ask_join()


def _searching(part: Any) -> None:
    part.context = None  # the demo's node has no keeper to ask
    part.ask()


def _joining(part: Any) -> None:
    part.job.run(on=True)
    part.job.progress.begin("Connexion à « CH-Valmont-Soins » : jusqu'à une minute")


def _screen(part: int = 0, **facts: Any) -> Callable[[Stage], Any]:
    def play(stage: Stage) -> Any:
        window = stage.window
        window.go(KEY)
        shown = window.screen_now()
        if window.person is not None and (shown is None or shown.key != KEY):
            window.enter(window.person, window.ward, of_capsule("ward"))
            window.go(KEY)
        settle(stage.port)
        screen: Any = window.screen_now()
        screen.bar.setCurrentIndex(part)
        settle(stage.port)
        screen.show_medium(medium(stage, "open", root_hash="7f3a" * 16, **facts))
        for one in screen.parts:
            one.job.clear()
        screen.other.drives.show_drives(DRIVES)
        screen.clone.drives.show_drives(DRIVES)
        screen.update_part.show_sources(SOURCES)
        screen.focus_first()
        return screen

    return play


def _running(part: int, words: str, **said: Any) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        screen = _screen(part)(stage)
        job = screen.parts[part].job
        job.run(on=True)
        job.progress.begin(words)
        stage.port.progress.emit({"job": "medium", **said})

    return play


def _checked(part: int, worst: str) -> Callable[[Stage], None]:
    def play(stage: Stage) -> None:
        screen = _screen(part)(stage)
        last = {**PARTS[-1], "state": worst, "why": "" if worst == "right" else "UPD-070"}
        parts = [*PARTS[:-1], last]
        screen.parts[part].checked({"parts": parts, "version": "1.0.0"})

    return play


def _erase(stage: Stage) -> None:
    screen = _screen(2)(stage)
    screen.clone.drives.table.selectRow(1)
    screen.clone.ask()


def _unnamed(stage: Stage) -> None:
    _screen(2)(stage).clone.drives.table.selectRow(2)


def _copied(stage: Stage) -> None:
    _screen(2)(stage).clone.copied({})


def _offer(**facts: Any) -> Callable[[Stage], Any]:
    said = {"current": "1.0.0", "version": "1.1.0", "signed_by": "Éditeur du kit", "newer": True,
            "bytes": 612_000_000, **facts}  # fmt: skip

    def play(stage: Stage) -> Any:
        screen = _screen(3)(stage)
        screen.update_part.checked(said)
        return screen

    return play


def _applied(stage: Stage) -> None:
    _offer()(stage).update_part.applied({})


def _elsewhere(kind: str) -> Callable[[Stage], None]:
    """Other screens as they are on a stick: drives are opened for them."""

    def play(stage: Stage) -> None:
        _screen()(stage)
        stage.port.on_stick = True
        window = stage.window
        window.enter(window.person, window.ward, of_capsule("ward"))  # type: ignore[arg-type]
        window.go(f"shared.{kind}")
        settle(stage.port)
        screen: Any = window.screen_now()
        if kind == "printing":
            screen.ask_drive()
            window.work.dialogs.dialog.drives.show_drives(DRIVES)  # type: ignore[union-attr]
        elif kind == "intake":
            screen.stick.click()
            dialog: Any = window.work.dialogs.dialog
            dialog.drives.show_drives(DRIVES)
            dialog.drives.focus_first()
        else:
            screen.carry("out")
            settle(stage.port)
            screen.courier.show_places(bundle_places({"drives": DRIVES}))
        stage.port.on_stick = False

    return play


def _first_import(stage: Stage) -> None:
    stage.port.on_stick = True
    run = FirstRun(stage.port, stage.reception.facts, "import")
    stage.window.show_door(run)
    settle(stage.port)
    step: Any = run.step
    step.drives.show_drives(DRIVES)
    stage.port.on_stick = False


DAMAGED = (
    "Les données de cette clé sont abîmées. Rien n'a été écrasé. Choisissez : réparer, travailler"
    " sans (tout est perdu à l'arrêt), ou partir d'une autre clé."
)
WRONG_SECRET = (
    "« CH-Valmont-Soins » n'a pas accepté ce mot de passe. Rien n'a été gardé. Les majuscules"
    " comptent : affichez-le avec l'œil et saisissez-le de nouveau."
)
WRONG = (
    "Ces mots n'ouvrent pas cette clé. Rien n'a été changé. Vérifiez chaque mot sur la carte et"
    " saisissez-les de nouveau."
)

STICK_SCENES: tuple[Scene, ...] = (
    Scene("stick-locked", SEALED, _door("locked")),
    Scene("stick-typed", SEALED, _typed),
    Scene("stick-wrong", SEALED, _refused("KEY-027", WRONG)),
    Scene("stick-opening", SEALED, _working("unlock", done=1, total=3, step="open")),
    Scene("stick-damaged", SEALED, _refused("KEY-029", DAMAGED)),
    Scene("stick-restore", SEALED, _restore),
    Scene("stick-altered", SEALED, _door("locked", altered=True)),
    Scene("stick-clock", SEALED, _door("locked", clock={"ok": False})),
    Scene("stick-time", SEALED, _question("time")),
    Scene("stick-layout", SEALED, _question("layout")),
    Scene("stick-power", SEALED, _question("power")),
    Scene("stick-farewell", SEALED, _farewell),
    Scene("stick-seed", NEW, _door("absent", seed=True)),
    Scene("stick-making", NEW, _working("create", done=3, total=7, step="format")),
    Scene("stick-first-run", NEW, _door("absent")),
    Scene("key-state", FULL, _screen()),
    Scene("key-altered", FULL, _screen(altered=True)),
    Scene("key-reading", FULL, _running(0, "Lecture", done=310, total=1_160, step="read")),
    Scene("key-right", FULL, _checked(0, "right")),
    Scene("key-other", FULL, _screen(1)),
    Scene("key-other-altered", FULL, _checked(1, "altered")),
    Scene("key-copy", FULL, _screen(2)),
    Scene("key-copy-unnamed", FULL, _unnamed),
    Scene("key-copy-erase", FULL, _erase),
    Scene("key-copying", FULL, _running(2, "Écriture", done=210, total=1_160, step="write")),
    Scene("key-copied", FULL, _copied),
    Scene("key-update", FULL, _screen(3)),
    Scene("key-update-offer", FULL, _offer()),
    Scene("key-update-old", FULL, _offer(version="0.9.4", newer=False)),
    Scene("key-update-done", FULL, _applied),
    Scene("key-net", FULL, _networks()),
    Scene("key-net-none", FULL, _networks(cards=[CABLE], cells=[])),
    Scene("key-net-search", FULL, _on_network(_searching, cells=[])),
    Scene(
        "key-net-joined",
        FULL,
        _networks(
            cards=_wifi(state="joined", network="CH-Valmont-Soins", address="own"), kept=False
        ),
    ),
    Scene("key-net-join", FULL, _on_network(_join)),
    Scene("key-net-open", FULL, _on_network(_join_open)),
    Scene("key-net-joining", FULL, _on_network(_joining)),
    Scene("key-net-wrong", FULL, _on_network(_wrong_secret)),
    Scene(
        "key-net-cell",
        FULL,
        _on_network(
            _cell_shown,
            cell=CELL | {"qr_rows": CODE},
            cells=[],
            login="kit-07",
            cards=[CABLE, {**WIFI, "state": "joined", "own_cell": True}],
        ),
    ),
    Scene("key-net-account", FULL, _on_network(lambda part: part.ask_account())),
    Scene("stick-import", FULL, _elsewhere("intake")),
    Scene("stick-courier", FULL, _elsewhere("exchange")),
    Scene("stick-printing", FULL, _elsewhere("printing")),
    Scene("stick-first-import", ("open",), _first_import),
)
