"""A chosen printer is asked who it is before each job; what it cannot do is said in words."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from kit.core.errors import KitError
from kit.paper import chosen, delivery, ipp
from kit.paper.chosen import Chosen
from kit.paper.faults import sentence
from kit.paper.halt import Halt
from tests.paper.test_printer import free_port

TAGS = {int: 0x21, bool: 0x22, str: 0x44}
STATES = {"idle": 3, "processing": 4, "stopped": 5}


class Machine:
    """An IPP printer on loopback whose state a test sets; it keeps what it is handed."""

    def __init__(self) -> None:
        self.says: dict[str, object] = {
            "printer-info": "Laser", "printer-location": "Couloir B", "printer-uuid": "urn:uuid:0a",
            "printer-make-and-model": "HP M404", "printer-is-accepting-jobs": True,
            "printer-state": 3, "printer-state-reasons": "none",
            "document-format-supported": "application/pdf",
        }  # fmt: skip
        self.job_state = 9
        self.asked: list[int] = []
        self.address = ""
        self.then: Callable[[int], None] = lambda _operation: None

    def be(self, state: str, *reasons: str) -> None:
        """In this state, for these reasons."""
        self.says |= {"printer-state": STATES[state], "printer-state-reasons": list(reasons)}

    def answer(self, body: bytes) -> bytes:
        """To one request."""
        (operation,) = struct.unpack_from(">H", body, 2)
        self.asked.append(operation)
        self.then(operation)
        job: dict[str, object] = {"job-id": 41, "job-state": self.job_state}
        said = self.says if operation == ipp.GET_PRINTER_ATTRIBUTES else job
        return b"\x01\x01\x00\x00\x00\x00\x00\x01\x01" + encoded(said) + b"\x03"


def encoded(said: dict[str, object]) -> bytes:
    """Attributes as they stand in an answer."""
    out = b""
    for name, value in said.items():
        label = name.encode()
        for one in value if isinstance(value, list) else [value]:
            data = struct.pack(">i", one) if type(one) is int else str(one).encode()
            if isinstance(one, bool):
                data = bytes([one])
            out += struct.pack(">BH", TAGS[type(one)], len(label)) + label
            out += struct.pack(">H", len(data)) + data
            label = b""
    return out


@contextmanager
def served(machine: Machine) -> Iterator[Machine]:
    """The machine, switched on."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = machine.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    machine.address = f"ipp://127.0.0.1:{server.server_address[1]}/ipp/print"
    try:
        yield machine
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def machine() -> Iterator[Machine]:
    """A printer that works."""
    with served(Machine()) as made:
        yield made


def pick(machine: Machine, kind: str = chosen.NETWORK) -> Chosen:
    """The machine, as somebody chose it."""
    return chosen.meet(kind, [machine.address], Halt())


def ready(one: Chosen, usb: tuple[Chosen, ...] = ()) -> Chosen:
    """Ready to print, or the fault."""
    return delivery.ready(one, lambda _step: None, Halt(), delivery.Way(usb=lambda _h: [*usb]))


def code_of(call: Callable[[], object]) -> str:
    """The code of the fault, whose sentence is a sentence without holes."""
    with pytest.raises(KitError) as fault:
        call()
    said = sentence(fault.value)
    assert said != fault.value.code
    assert "…" not in said
    assert "{" not in said
    return fault.value.code


@pytest.mark.parametrize(
    ("reasons", "code"),
    [
        (("media-empty-error",), "PRN-009"),
        (("toner-low-warning", "media-needed"), "PRN-009"),
        (("media-jam-error",), "PRN-010"),
        (("door-open-error",), "PRN-011"),
        (("marker-supply-empty-error",), "PRN-012"),
        (("paused",), "PRN-013"),
        ((), "PRN-013"),
        (("offline-report",), "PRN-021"),
    ],
)
def test_why_a_printer_cannot_print_is_said_before_anything_is_sent(
    machine: Machine, reasons: tuple[str, ...], code: str
) -> None:
    one = pick(machine)
    machine.be("stopped", *reasons)
    assert code_of(lambda: ready(one)) == code
    assert ipp.PRINT_JOB not in machine.asked


def test_an_empty_second_tray_does_not_stop_anybody(machine: Machine) -> None:
    """A printer that warns and goes on is ready."""
    one = pick(machine)
    machine.be("idle", "media-empty-warning", "toner-low-report")
    assert ready(one).address == machine.address


@pytest.mark.req("HZ-291")
def test_another_printer_at_the_same_address_gets_nothing(machine: Machine) -> None:
    """DHCP gave the address away: the sheets of this ward do not come out there."""
    one = pick(machine)
    machine.says |= {"printer-uuid": "urn:uuid:0b", "printer-info": "Urgences"}
    with pytest.raises(KitError) as fault:
        ready(one)
    assert fault.value.code == "PRN-014"
    assert "Urgences" in sentence(fault.value)
    assert ipp.PRINT_JOB not in machine.asked


@pytest.mark.req("HZ-291")
def test_a_printer_without_a_uuid_is_known_by_name_model_and_place(machine: Machine) -> None:
    del machine.says["printer-uuid"]
    one = pick(machine)
    assert ready(one).key == one.key
    machine.says["printer-location"] = "Réanimation"
    assert code_of(lambda: ready(one)) == "PRN-014"


def test_a_usb_printer_is_found_again_at_another_port(machine: Machine) -> None:
    """ipp-usb numbers its ports by what is plugged in; the printer is the same."""
    now = pick(machine, chosen.USB)
    before = msgspec.structs.replace(now, address=f"ipp://localhost:{free_port()}/ipp/print")
    assert ready(before, (now,)).address == machine.address
    assert code_of(lambda: ready(before)) == "PRN-021"


def test_a_printer_that_is_off_is_told(machine: Machine) -> None:
    one = msgspec.structs.replace(pick(machine), address=f"ipp://127.0.0.1:{free_port()}/x")
    assert code_of(lambda: ready(one)) == "PRN-004"


def handed(one: Chosen, halt: Halt | None = None) -> delivery.Outcome:
    """One sheet, handed over."""
    sheets = delivery.Sheets(b"%PDF-", "x")
    return delivery.hand_over(sheets, one, lambda _step: None, halt or Halt())


def test_a_finished_job_is_said_to_be_finished(machine: Machine) -> None:
    assert handed(pick(machine)) == delivery.Outcome(pick(machine), "41", done=True)


@pytest.mark.req("HZ-292")
@pytest.mark.parametrize(
    ("job", "reason", "code"),
    [(8, "none", "PRN-015"), (5, "media-empty-error", "PRN-016"), (5, "media-jam", "PRN-017")],
)
def test_a_half_printed_pack_is_called_so(
    machine: Machine, job: int, reason: str, code: str
) -> None:
    """Given up, out of paper or stuck after the first sheets: count the pages."""
    one, machine.job_state = pick(machine), job
    if reason != "none":
        machine.be("stopped", reason)
    assert code_of(lambda: handed(one)) == code


@pytest.mark.req("HZ-292")
def test_stopping_takes_the_job_back_from_the_printer(machine: Machine) -> None:
    """What has not come out yet does not come out when nobody stands there any more."""
    one, halt, machine.job_state = pick(machine), Halt(), 5
    machine.then = lambda operation: (
        halt.stop() if machine.asked.count(ipp.GET_PRINTER_ATTRIBUTES) > 1 else None
    )
    assert handed(one, halt).done is False
    assert machine.asked[-1] == ipp.CANCEL_JOB


def test_stopping_ends_the_wait_for_a_silent_printer(machine: Machine) -> None:
    """The socket is shut: nobody waits for its timeout."""
    halt = Halt()
    machine.then = lambda _operation: halt.stop()
    with pytest.raises(KitError) as fault:
        chosen.meet(chosen.NETWORK, [machine.address, machine.address], halt)
    assert fault.value.code == "PRN-004"
    assert len(machine.asked) == 1


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        (" 10.12.4.30 ", "ipp://10.12.4.30/ipp/print"),
        ("imprimante.chu.fr:631", "ipp://imprimante.chu.fr:631/ipp/print"),
        ("fd00::7", "ipp://[fd00::7]/ipp/print"),
        ("ipps://10.0.0.1", "ipps://10.0.0.1/ipp/print"),
        ("ipp://10.0.0.1/printers/a", "ipp://10.0.0.1/printers/a"),
    ],
)
def test_an_address_is_typed_as_people_type_it(typed: str, first: str) -> None:
    assert chosen.address_of(typed)[0] == first


@pytest.mark.parametrize(
    "typed", ["", "  ", "file:///etc/passwd", "socket://10.0.0.1:9100", "a b", "10.0.0.1:x", "é.fr",
              "ipp://root:x@10.0.0.1/", "ipp://10.0.0.1/\r\nHost: x", "usb://HP/M404"],
)  # fmt: skip
def test_what_is_no_address_of_a_printer_is_refused(typed: str) -> None:
    with pytest.raises(KitError) as fault:
        chosen.address_of(typed)
    assert fault.value.code == "PRN-007"


@pytest.mark.req("HZ-293")
def test_what_a_printer_says_of_itself_is_made_fit_to_be_shown(machine: Machine) -> None:
    """Control characters, reversed writing and endless names stay out of every screen."""
    machine.says |= {
        "printer-info": "Laser\x1b[2J\n\u202egnp\u2066" + "x" * 900, "printer-location": "\x00\x07",
    }  # fmt: skip
    one = pick(machine)
    assert one.name.isprintable()
    assert len(one.name) <= 60
    assert one.place == ""
