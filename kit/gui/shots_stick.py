"""Pictures of the stick: its door in every state, its questions.

What the keeper says is written here and handed over as the node would. Not for: a real stick.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.core.clock import DAY
from kit.core.errors import Refused
from kit.gui.shots_stage import Scene, Stage, settle

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


DAMAGED = (
    "Les données de cette clé sont abîmées. Rien n'a été écrasé. Choisissez : réparer, travailler"
    " sans (tout est perdu à l'arrêt), ou partir d'une autre clé."
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
)
