"""The screens' only door to the node: commands, questions and services out, changes in.

Not for: what a command means, or rows' shapes (screens convert what arrives). Every method returns
at once; the answer comes to a callback on the GUI thread, unless its widget is gone by then.

A `do` carries a key made here once, so that sending it again after the node restarts cannot record
it twice. A node that has just started holds no key: requests wait until it says hello with
`{"open": true}`, or until `unlock` or `create` has succeeded; what a person had asked waits until
that same person has signed in again, since every act is stamped with who is signed in.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import msgspec
from PySide6.QtCore import QDateTime, QObject, QProcess, QTimer, QUuid, Signal

from kit.core.errors import BadInput, Refused
from kit.core.frame import FrameReader, Message, encode
from kit.core.programme import this_programme

Then = Callable[[Any], None]
OnRefused = Callable[[Refused], None]

RETRY_MS = 1_000
OPENING = frozenset({"hello", "unlock", "create"})
MEDIUM = "medium."
"""Services of the stick that the kit runs from: it is opened before the kit can be."""
SITTING = frozenset({"sign_in", "lock"})


class _Request(msgspec.Struct):
    message: Message
    then: Then | None
    refused: OnRefused | None
    again: bool = True
    sent: bool = False
    person: str = ""  # who was signed in when it was asked; nobody else's name may stand on it

    @property
    def opens(self) -> bool:
        """True for what may be said to a node that is still sealed."""
        service = str(self.message.get("call") or "")
        return service in OPENING or service.startswith(MEDIUM)


class NodePort(QObject):
    """What every screen is given. Subclasses say how bytes travel (`_send`) and what time it is."""

    changed = Signal(object)  # set[str] of topics, e.g. {"ward:CARD", "patient:9f2c"}
    progress = Signal(dict)  # {"job", "done", "total", "text"}
    state = Signal(dict)  # facts of the node for the frame: printer, outbox, data age...
    faulted = Signal(str, dict)  # code and arguments of a fault that no callback took
    down = Signal(int)  # whole seconds since the node was lost, once a second
    up = Signal()  # the node is there and open; waiting requests have been sent
    sealed = Signal()  # the node is there but wants its phrase; requests wait

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._next_id = 1
        self._waiting: dict[int, _Request] = {}
        self._open = True
        self._person = ""
        self.on_stick = False
        """The kit runs from a stick: other drives are opened for it by root's keeper."""

    def now_ms(self) -> int:
        """The time now, milliseconds UTC; the only clock that screens may read."""
        raise NotImplementedError

    def do(
        self,
        name: str,
        args: Message,
        then: Then | None = None,
        refused: OnRefused | None = None,
        *,
        second: Message | None = None,
    ) -> None:
        """Ask for a command to be recorded; exactly one of the callbacks will be called.

        second: another person with a PIN, or why there is none (`widgets` of the act know which).
        """
        message = {"do": name, "args": args, "key": fresh_key()} | _beside(second)
        self._request(_Request(message, then, refused))

    def ask(self, name: str, args: Message, then: Then, refused: OnRefused | None = None) -> None:
        """Ask a registered query; `then` gets its rows as plain lists and maps."""
        self._request(_Request({"ask": name, "args": args}, then, refused))

    def call(
        self,
        service: str,
        args: Message,
        then: Then | None = None,
        refused: OnRefused | None = None,
        *,
        again: bool = False,
        second: Message | None = None,
    ) -> None:
        """Ask for a service; sent again after a restart only where `again` says it is harmless.

        A service lost with the node is refused with `node.lost`. second: as for `do`.
        """
        message = {"call": service, "args": args} | _beside(second)
        self._request(_Request(message, then, refused, again))

    @property
    def unanswered(self) -> int:
        """How many requests wait for an answer."""
        return len(self._waiting)

    def _send(self, message: Message) -> bool:
        """Put it on the way; False where there is nobody to send to."""
        raise NotImplementedError

    def _request(self, request: _Request) -> None:
        number, self._next_id = self._next_id, self._next_id + 1
        request.message["id"] = number
        request.person = self._person
        self._waiting[number] = request
        if self._may_go(request):
            self._send_once(request)

    def _may_go(self, request: _Request) -> bool:
        return request.opens or (self._open and request.person in ("", self._person))

    def _send_once(self, request: _Request) -> None:
        if not request.sent:
            request.sent = True  # before: an answer may come while it is being sent
            if not self._send(request.message):
                request.sent = False

    def _receive(self, message: Message) -> None:
        if "id" in message:
            self._answer(message)
        if "changed" in message:
            self.changed.emit(set(message["changed"]))
        if "progress" in message:
            self.progress.emit(message["progress"])
        if "state" in message:
            self.state.emit(message["state"])

    def _answer(self, message: Message) -> None:
        request = self._waiting.pop(message["id"], None)
        if request is None:
            return
        if "refused" in message:
            self._refuse(request, _refusal(message["refused"]))
        elif "fault" in message:
            self._refuse(request, _refusal(message["fault"]))
        else:
            value = message.get("ok")
            if request.then is not None and _alive(request.then):
                request.then(value)
            self._after(request, value)

    def _after(self, request: _Request, value: object) -> None:
        """Note who is signed in and whether the node is open; let waiting requests go."""
        service = request.message.get("call")
        if service not in OPENING | SITTING:
            return
        facts = value if isinstance(value, dict) else {}
        if service in SITTING:
            self._person = str(facts.get("person") or "")
            self._release()
        elif service == "hello" and not facts.get("open", True):
            self.sealed.emit()
        elif not self._open:
            self._open = True
            self._release()
            self.up.emit()

    def _release(self) -> None:
        """Send what waited, except what another person than the one now signed in had asked."""
        for number, request in list(self._waiting.items()):
            if request.sent:
                continue
            if self._may_go(request):
                self._send_once(request)
            elif self._person:
                del self._waiting[number]
                self._refuse(request, Refused("node.other-person"))

    def _refuse(self, request: _Request, refusal: Refused) -> None:
        if request.refused is not None and _alive(request.refused):
            request.refused(refusal)
        else:
            self.faulted.emit(refusal.code, refusal.args)

    def _lost(self) -> None:
        """The node is gone: keep what can be sent again, refuse the rest."""
        self._open = False
        self._person = ""
        for number, request in list(self._waiting.items()):
            if request.again:
                request.sent = False
            else:
                del self._waiting[number]
                if request.message.get("call") != "hello":  # asked by the port itself
                    self._refuse(request, Refused("node.lost"))


def _beside(second: Message | None) -> Message:
    return {"second": second} if second else {}


class ProcessNode(NodePort):
    """The node as a child process on a pipe; started again, at once and then each second."""

    def __init__(
        self, home: Path, parent: QObject | None = None, command: list[str] | None = None
    ) -> None:
        super().__init__(parent)
        default = this_programme().command("node", "--stdio", "--home", str(home))
        self._command = command or default
        self._reader = FrameReader()
        self._down_s = 0
        self._ending = False
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self._open = False  # until the node has said hello
        self._process.started.connect(self._on_started)
        self._process.readyReadStandardOutput.connect(self._on_bytes)
        self._process.finished.connect(self._on_gone)
        self._process.errorOccurred.connect(self._on_error)
        self._ticks = QTimer(self)
        self._ticks.setInterval(RETRY_MS)
        self._ticks.timeout.connect(self._on_tick)

    def now_ms(self) -> int:
        """The machine's clock."""
        return QDateTime.currentMSecsSinceEpoch()

    def start(self) -> None:
        """Start the node; requests may be made at once and leave when it says that it is open."""
        self._reader = FrameReader()
        self._process.start(self._command[0], self._command[1:])

    @property
    def process_id(self) -> int:
        """The node's process; 0 while it is not running."""
        return int(self._process.processId())

    def close(self) -> None:
        """End the node by closing its input; it finishes what it has acknowledged."""
        self._ending = True
        self._ticks.stop()
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(3_000):
            self._process.kill()
            self._process.waitForFinished(1_000)

    def _send(self, message: Message) -> bool:
        try:
            data = encode(message)
        except BadInput as error:
            self._answer({"id": message["id"], "fault": {"code": error.code, "args": error.args_}})
            return True
        if self._process.state() is not QProcess.ProcessState.Running:
            return False
        self._process.write(data)
        return True

    def _on_started(self) -> None:
        self.call("hello", {}, lambda _value: self._ticks.stop())
        for request in list(self._waiting.values()):
            if request.opens:
                self._send_once(request)

    def _on_bytes(self) -> None:
        data = self._process.readAllStandardOutput().data()
        try:
            messages = self._reader.feed(bytes(data))
        except BadInput:
            self._process.kill()  # a pipe that lies once is not believed again
            return
        for message in messages:
            self._receive(message)
        if self._reader.broken:
            self._process.kill()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._on_gone()

    def _on_gone(self) -> None:
        if self._ending:
            return
        self._lost()
        if not self._ticks.isActive():
            self._down_s = 0
            self.down.emit(0)
            self._ticks.start()
            self.start()

    def _on_tick(self) -> None:
        self._down_s += 1
        self.down.emit(self._down_s)
        if self._process.state() is QProcess.ProcessState.NotRunning:
            self.start()


class Handler(Protocol):
    """A node in this process: one message in, one answer out."""

    def handle(self, message: Message) -> Message: ...


class LoopNode(NodePort):
    """The same port over an object in this process, through the same bytes; for tests and demos."""

    def __init__(
        self, handler: Handler, now: Callable[[], int], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._handler = handler
        self._now = now
        self._out, self._back = FrameReader(), FrameReader()

    def now_ms(self) -> int:
        """The time that the test or demo says it is."""
        return self._now()

    def push(self, message: Message) -> None:
        """Something the node says unasked: changed, progress or state."""
        for arrived in self._back.feed(encode(message)):
            self._receive(arrived)

    def _send(self, message: Message) -> bool:
        for arrived in self._out.feed(encode(message)):
            self.push(self._handler.handle(arrived))
        return True


def fresh_key() -> str:
    """32 random hex digits that name one intention to record."""
    return QUuid.createUuid().toString(QUuid.StringFormat.Id128)


def _refusal(raw: Message) -> Refused:
    return Refused(str(raw.get("code", "RPC-005")), dict(raw.get("args") or {}))


def _alive(callback: Callable[..., None]) -> bool:
    """False where the callback belongs to a widget whose C++ half is gone."""
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, QObject):
        try:
            owner.objectName()
        except RuntimeError:  # how PySide says so; asking shiboken costs 70 ms at start-up
            return False
    return True
