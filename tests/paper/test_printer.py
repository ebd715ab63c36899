"""Sheets go out by a real print service, by IPP to one address, or to a file; faults are told."""

from __future__ import annotations

import getpass
import http.client
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kit.core.errors import KitError
from kit.paper import ipp, printer
from kit.paper.faults import sentence
from kit.paper.pack import render_patient
from tests.paper.sample import Allotter, patient, ward_pack

CUPSD = shutil.which("cupsd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
LPADMIN = shutil.which("lpadmin", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")

CUPSD_CONF = """Listen 127.0.0.1:{port}
LogLevel warn
Browsing Off
DefaultAuthType None
WebInterface No
PreserveJobFiles Yes
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Location /admin>
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    Order allow,deny
    Allow from 127.0.0.1
  </Limit>
</Policy>
"""
CUPS_FILES = """ServerRoot {root}
RequestRoot {root}/spool
TempDir {root}/spool/tmp
CacheDir {root}/cache
StateDir {root}/state
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
FileDevice Yes
{owner}
"""


@dataclass
class PrintService:
    """A CUPS of our own with one queue that swallows what it gets."""

    server: str
    spool: Path

    @property
    def spooled(self) -> list[bytes]:
        """The documents of all jobs, in order."""
        return [file.read_bytes() for file in sorted(self.spool.glob("d*"))]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """True when something takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrintService]:
    """A real cupsd on loopback with its own root; skipped where CUPS is not installed."""
    if CUPSD is None or LPADMIN is None:
        pytest.skip("cupsd or lpadmin is not installed on this machine")
    root = tmp_path_factory.mktemp("cups")
    for name in ("spool/tmp", "cache", "state", "log"):
        (root / name).mkdir(parents=True)
    owner = f"User {getpass.getuser()}"
    if os.geteuid() == 0:
        # cupsd refuses to run its filters as root.
        owner = "User lp\nGroup lp"
        for folder in (root, *root.parents):
            if folder.is_relative_to(tmp_path_factory.getbasetemp().parent):
                folder.chmod(0o755)
        for name in ("spool", "spool/tmp", "cache", "state"):
            shutil.chown(root / name, "lp", "lp")
    port = free_port()
    (root / "cupsd.conf").write_text(CUPSD_CONF.format(port=port))
    (root / "cups-files.conf").write_text(CUPS_FILES.format(root=root, owner=owner))
    files = ("-c", str(root / "cupsd.conf"), "-s", str(root / "cups-files.conf"))
    with subprocess.Popen([CUPSD, "-f", *files], stderr=subprocess.DEVNULL) as process:
        try:
            yield _ready(process, port, root)
        finally:
            process.terminate()


def _ready(process: subprocess.Popen[bytes], port: int, root: Path) -> PrintService:
    for _ in range(200):
        if answers(port):
            break
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        pytest.skip(f"cupsd does not start here: {(root / 'log' / 'error').read_text()[-200:]}")
    server = f"127.0.0.1:{port}"
    subprocess.run(
        [str(LPADMIN), "-h", server, "-p", "avaleur", "-E", "-v", "file:/dev/null", "-m", "raw"],
        check=True,
        capture_output=True,
    )
    return PrintService(server, root / "spool")


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """A real sheet."""
    return render_patient(ward_pack(0), patient(1), Allotter(), forms=("MEDA",)).pdf


def test_cups_takes_the_sheet_byte_for_byte(service: PrintService, pdf: bytes) -> None:
    """What the spooler holds is the file that was made."""
    assert [queue.name for queue in printer.queues(service.server)] == ["avaleur"]
    sent = printer.print_by_cups(pdf, "avaleur", "MEDA A7F-3K9Q", server=service.server)
    assert sent.job.startswith("avaleur-")
    assert service.spooled[-1] == pdf


def test_ipp_takes_the_sheet_byte_for_byte(service: PrintService, pdf: bytes) -> None:
    """The same without `lp`, when the computer's own print service is broken."""
    address = f"ipp://{service.server}/printers/avaleur"
    asked = ipp.printer_attributes(address)
    assert asked.name == "avaleur"
    assert asked.accepting
    assert asked.takes_pdf
    before = len(service.spooled)
    sent = printer.print_by_ipp(pdf, address, "MEDA A7F-3K9Q", copies=2)
    assert int(sent.job) > 0
    assert len(service.spooled) == before + 1
    assert service.spooled[-1] == pdf


def test_a_queue_that_is_not_there_is_named(service: PrintService, pdf: bytes) -> None:
    """The person reads which printer, and what to do."""
    with pytest.raises(KitError) as fault:
        printer.print_by_cups(pdf, "ailleurs", "x", server=service.server)
    assert fault.value.code == "PRN-002"
    assert "« ailleurs »" in sentence(fault.value).replace("\u00a0", " ")
    with pytest.raises(KitError) as fault:
        printer.print_by_ipp(pdf, f"ipp://{service.server}/printers/ailleurs", "x")
    assert fault.value.code in {"PRN-003", "PRN-004"}


def test_no_print_service_is_told() -> None:
    """A computer without CUPS says so and offers the other ways."""
    if shutil.which("lpstat") is None:
        pytest.skip("lpstat is not installed on this machine")
    with pytest.raises(KitError) as fault:
        printer.queues(f"127.0.0.1:{free_port()}")
    assert fault.value.code == "PRN-001"
    assert "PDF" in sentence(fault.value)


def test_no_tool_is_the_same_as_no_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A computer without the CUPS tools gets the same sentence."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KitError) as fault:
        printer.queues()
    assert fault.value.code == "PRN-001"


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that gives every request the same answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"ipp://127.0.0.1:{server.server_address[1]}/ipp/print"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (http.client.OK, b"", "PRN-008"),
        (http.client.OK, b"<html>Bonjour</html>", "PRN-008"),
        (http.client.OK, b"\x01\x01\x00\x00\x00\x00\x00\x01\x01\x47\x00", "PRN-008"),
        (http.client.OK, b"\x01\x01\x04\x0a\x00\x00\x00\x01\x03", "PRN-005"),
        (http.client.OK, b"\x01\x01\x05\x06\x00\x00\x00\x01\x03", "PRN-003"),
        (http.client.OK, b"\x01\x01\x00\x00\x00\x00\x00\x01\x03", "PRN-005"),
        (http.client.NOT_FOUND, b"", "PRN-004"),
    ],
)
def test_a_strange_answer_is_a_sentence(status: int, body: bytes, code: str) -> None:
    """A web server, a half answer or a refusal gives a code and a sentence, never a crash."""
    with answering(status, body) as address, pytest.raises(KitError) as fault:
        printer.print_by_ipp(b"%PDF-", address, "x")
    assert fault.value.code == code
    said = sentence(fault.value)
    assert said != code
    assert "{" not in said


def test_a_silent_address_is_told() -> None:
    """Nobody listens: cable and power are named."""
    with pytest.raises(KitError) as fault:
        printer.print_by_ipp(b"%PDF-", f"ipp://127.0.0.1:{free_port()}/ipp/print", "x")
    assert fault.value.code == "PRN-004"
    assert "câble" in sentence(fault.value)


@pytest.mark.parametrize("address", ["", "imprimante", "file:///etc/passwd", "ipp://", "ipp://a:b"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """Only ipp and http addresses are spoken to."""
    with pytest.raises(KitError) as fault:
        ipp.printer_attributes(address)
    assert fault.value.code == "PRN-007"


def test_a_saved_file_is_whole(tmp_path: Path, pdf: bytes) -> None:
    """The file has the sheet's bytes, and nothing else is left beside it."""
    path = tmp_path / "classeur.pdf"
    path.write_bytes(b"old")
    printer.save_pdf(pdf, path)
    assert path.read_bytes() == pdf
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, pdf: bytes) -> None:
    """The sentence names the place and the reason."""
    with pytest.raises(KitError) as fault:
        printer.save_pdf(pdf, tmp_path / "absent" / "classeur.pdf")
    assert fault.value.code == "PRN-006"
    assert "absent" in sentence(fault.value)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, pdf: bytes) -> None:
    """Whatever stood there before is still there, whole."""
    path = tmp_path / "classeur.pdf"
    path.mkdir()
    (path / "ancien").write_bytes(b"old")
    with pytest.raises(KitError) as fault:
        printer.save_pdf(pdf, path)
    assert fault.value.code == "PRN-006"
    assert (path / "ancien").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
