"""What the firmware of the test machine hands to the system: the test switch, and a root's shell.

Firmware strings become systemd credentials; two of them add a unit that answers on the second
serial line. The image is the one that is shipped: nothing in it knows of this. Whoever can write a
machine's firmware strings owns the machine anyway. Not for: marks of the kit (`qemu_marks`).
"""

from __future__ import annotations

import base64
import re
import socket

from scripts.image.qemu_lines import Lines, wait_for

SESSION_UNIT = "kit-session.service"
_SMOKE = "io.systemd.credential:kit.smoke=oui"
_UNIT = """[Unit]
Description=Answers of the test machine
DefaultDependencies=no
IgnoreOnIsolate=yes
ConditionPathExists=!/etc/initrd-release
[Service]
Environment=TERM=dumb SYSTEMD_COLORS=0
ExecStart=/bin/sh -c 'stty raw -echo; echo {ready}; exec /bin/sh 2>/dev/null'
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
Restart=always
"""
_WANTED = "[Unit]\nWants=kit-answers.service\n"
READY = "KIT-SHELL"


def firmware_strings(*, answers: bool = False, session: str = "") -> list[str]:
    """SMBIOS strings. session: what the session starts in place of the kit."""
    strings = [_SMOKE]
    if answers:
        strings.append(_binary("systemd.extra-unit.kit-answers.service", _UNIT.format(ready=READY)))
        strings.append(_binary("systemd.unit-dropin.basic.target", _WANTED))
    if session:
        dropin = f"[Service]\nExecStart=\nExecStart={session}\n"
        strings.append(_binary(f"systemd.unit-dropin.{SESSION_UNIT}", dropin))
    return strings


def _binary(name: str, text: str) -> str:
    return f"io.systemd.credential.binary:{name}={base64.b64encode(text.encode()).decode()}"


class Shell:
    """Commands as root inside the machine, one at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self.lines = Lines(sock)
        self._asked = 0
        self._said: list[str] = []

    def ready(self) -> bool:
        """Whether it has said that it listens; to be asked again when its line has something."""
        self._said += self.lines.take()
        return any(line.endswith(READY) for line in self._said)

    def run(self, command: str, limit_s: float = 60.0) -> tuple[int, str]:
        """Exit code and output. Raises TimeoutError when there is no end within `limit_s`."""
        self._asked += 1
        end = re.compile(rf"^KIT-END-{self._asked} (\d+)$")
        self._said = []
        # The end's name is put together by the shell, so that an echo is never taken for it.
        tail = f"ended=$?; echo; echo KIT-END-''{self._asked} $ended"
        sent = f"{{ {command}\n}} </dev/null 2>&1; {tail}\n"
        self.lines.sock.sendall(sent.encode())

        def over() -> bool:
            self._said += self.lines.take()
            return any(end.match(line) for line in self._said)

        if not wait_for([self.lines], over, limit_s):
            raise TimeoutError(command)
        at = next(place for place, line in enumerate(self._said) if end.match(line))
        found = end.match(self._said[at])
        code = int(found[1]) if found else -1
        return code, "\n".join(self._said[:at]).strip()
