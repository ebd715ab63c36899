"""What is played for the pictures of the steering capsule, over the crisis of `shots_steering`.

Not for: taking the pictures (`shots`) nor the ward's scenes (`shots_scenes`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kit.gui.shots_stage import FULL, Scene, Stage, settle
from kit.gui.steering.directive_sheet import open_directive_sheet
from kit.gui.steering.point_sheet import open_point_sheet

SITUATION, MESSAGES = "steering.situation", "shared.messages"
CRISIS, QUIET = ("crisis",), ("crisis-quiet",)


def _screen(stage: Stage, key: str) -> Any:
    stage.window.go(key)
    settle(stage.port)
    return stage.window.screen_now()


def _situation(stage: Stage) -> None:
    _screen(stage, SITUATION)


def _details(stage: Stage) -> None:
    screen = _screen(stage, SITUATION)
    screen.table.selectRow(screen.model.place_of("NEPH"))
    screen.open_details()


def _wall(stage: Stage) -> None:
    screen = _screen(stage, SITUATION)
    stage.window.work.show_wall(on=screen.show_wall(on=True))


def _order(stage: Stage) -> None:
    screen = _screen(stage, SITUATION)
    screen.show_wall(on=False)
    stage.window.work.show_wall(on=False)
    open_directive_sheet(stage.context)
    settle(stage.port)
    sheet: Any = stage.window.work.sheet
    sheet.template.setCurrentIndex(1)
    sheet.template.activated.emit(1)


def _channel(channel: str) -> Callable[[Stage], None]:
    return lambda stage: _screen(stage, MESSAGES).open_channel(channel)


def _flash(stage: Stage) -> None:
    _channel("care")(stage)
    settle(stage.port)
    screen: Any = stage.window.screen_now()
    screen.composer.choose("flash")
    screen.composer.text.setPlainText("Transfusion : double contrôle papier au lit, maintenant.")
    screen.composer.ask.setChecked(True)
    screen.composer.question.setText("Numéro à appeler")
    screen.composer.expects.setText("4321")


def _ward_point(stage: Stage) -> None:
    _screen(stage, "ward.board")
    open_point_sheet(stage.context)


STEERING_SCENES: tuple[Scene, ...] = (
    Scene("situation", (*CRISIS, *QUIET), _situation),
    Scene("situation-details", CRISIS, _details),
    Scene("situation-wall", CRISIS, _wall),
    Scene("directive-to-give", CRISIS, _order),
    Scene("messages", (*CRISIS, *QUIET), _channel("care")),
    Scene("messages-flash", CRISIS, _flash),
    Scene("messages-empty-channel", CRISIS, _channel("logistics")),
    Scene("directives", CRISIS, _channel("directives")),
    Scene("claim", ("crisis-claim",), _situation),
    Scene("ward-point", FULL, _ward_point),
)
