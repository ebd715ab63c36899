"""The one table of programmes that root's server starts, each with a fixed form.

No shell and no general call: whoever reads this file has read everything that runs as root. Secrets
go in through pipes, never as arguments; answers are exit codes, because texts are translated. Not
for: when to run what (`persistence`, `mounts`).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kit.core.errors import Unavailable

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"}
"""Whole: what a frozen programme sets for its own libraries must not reach the system's."""
PATIENCE_S = 120.0
HEADER_PATIENCE_S = 300.0
"""Deriving a key takes 10 s on a slow machine, four times that on a busy one."""
FILE_SYSTEM_PATIENCE_S = 3600.0
NETWORK_PATIENCE_S = 30.0
JOINING_S = 45
"""A Wi-Fi network lets in within 10 s; an account may take three tries of 10 s each."""

# usb-image.md §2.3, 13: fixed, not measured, so that the stick opens on a PC of 2 GB as well as on
# the one that formatted it.
PBKDF = (
    "--pbkdf", "argon2id", "--pbkdf-memory", "262144", "--pbkdf-force-iterations", "4",
    "--pbkdf-parallel", "2",
)  # fmt: skip
CIPHER = ("--type", "luks2", "--cipher", "aes-xts-plain64", "--key-size", "512")
WRONG_KEY = 2
"""cryptsetup's exit code where no slot opens with this passphrase."""
PHRASE_SLOT, RECOVERY_SLOT = "0", "1"
FIRST_FD, SECOND_FD = "/dev/fd/{first}", "/dev/fd/{second}"
OWN_FILES = "nodev,nosuid,noexec"


@dataclass(frozen=True, slots=True)
class Command:
    """One programme with its arguments.

    secrets: given through pipes, in the place of their marks; script: what it reads on stdin;
    complains: its complaints are heard too, where no exit code tells one fault from another.
    """

    words: tuple[str, ...]
    secrets: tuple[bytearray, ...] = ()
    script: bytes = b""
    seconds: float = PATIENCE_S
    complains: bool = False


class Done(NamedTuple):
    """How it ended: exit code, and what it said to machines."""

    code: int
    said: bytes


Run = Callable[[Command], Done]
"""Carries out a command: `run`, or a test's own."""


def run(command: Command) -> Done:
    """Start it and wait. Raises Unavailable `KEY-040` where it is missing or does not end."""
    with contextlib.ExitStack() as pipes:
        ends = [_filled_pipe(pipes, secret) for secret in command.secrets]
        marks = dict(zip(("first", "second"), map(str, ends), strict=False))
        words = [word.format(**marks) if "/dev/fd/" in word else word for word in command.words]
        try:
            ended = subprocess.run(
                words, input=command.script, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if command.complains else subprocess.DEVNULL,
                timeout=command.seconds, check=False, env=ENVIRONMENT, cwd="/", pass_fds=ends,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            raise Unavailable("KEY-040", tool=command.words[0]) from None
    return Done(ended.returncode, ended.stdout)


def _filled_pipe(pipes: contextlib.ExitStack, secret: bytearray) -> int:
    """The reading end of a pipe that holds a secret already: a phrase is shorter than its room."""
    out, into = os.pipe()
    pipes.callback(os.close, out)
    with os.fdopen(into, "wb", buffering=0) as end:
        end.write(secret)
    return out


UNSEEN = ("--no-reread", "--no-tell-kernel")
"""The running root lies on the same disk: the kernel is told by `partx` alone."""


def move_backup_table(disk: Path) -> Command:
    """Put the second partition table at the end of this disk: an image's own lies in its middle."""
    return Command(("sfdisk", "--quiet", *UNSEEN, "--relocate", "gpt-bak-std", str(disk)))


def append(disk: Path, lines: Sequence[str]) -> Command:
    """Add partitions behind those that are there; touches none of them."""
    script = "".join(f"{line}\n" for line in lines).encode()
    return Command(
        ("sfdisk", "--quiet", *UNSEEN, "--wipe", "never", "--append", str(disk)), script=script
    )


def name_partition(disk: Path, number: int, label: str) -> Command:
    """Give a partition its name."""
    return Command(("sfdisk", "--quiet", *UNSEEN, "--part-label", str(disk), str(number), label))


def rename_partition(disk: Path, number: int, part_uuid: str) -> Command:
    """Give a partition a PARTUUID of its own."""
    return Command(("sfdisk", "--quiet", *UNSEEN, "--part-uuid", str(disk), str(number), part_uuid))


def tell_kernel(disk: Path) -> Command:
    """Let the kernel know partitions that were added to a disk in use."""
    return Command(("partx", "--update", str(disk)))


def settle(seconds: int = 10) -> Command:
    """Wait until the system has looked at everything that it found, so long at most."""
    return Command(("udevadm", "settle", f"--timeout={seconds}"), seconds=seconds + 10)


def format_luks(device: Path, phrase: bytearray) -> Command:
    """Make an encrypted partition; everything on it is lost."""
    return Command(
        ("cryptsetup", "luksFormat", "--batch-mode", *CIPHER, *PBKDF, "--key-slot", PHRASE_SLOT,
         "--label", "kit-data", "--key-file", FIRST_FD, str(device)),
        (phrase,), seconds=HEADER_PATIENCE_S,
    )  # fmt: skip


def open_luks(device: Path, phrase: bytearray, name: str) -> Command:
    """Open an encrypted partition as /dev/mapper/<name>."""
    return Command(
        ("cryptsetup", "open", "--type", "luks2", "--key-file", FIRST_FD, str(device), name),
        (phrase,), seconds=HEADER_PATIENCE_S,
    )  # fmt: skip


def try_luks(device: Path, phrase: bytearray) -> Command:
    """Whether a phrase opens an encrypted partition, without opening it."""
    return Command(
        ("cryptsetup", "open", "--test-passphrase", "--type", "luks2", "--key-file", FIRST_FD,
         str(device)),
        (phrase,), seconds=HEADER_PATIENCE_S,
    )  # fmt: skip


def close_luks(name: str) -> Command:
    """Close it; the key leaves the kernel."""
    return Command(("cryptsetup", "close", name))


def change_phrase(device: Path, old: bytearray, new: bytearray) -> Command:
    """Give the phrase's slot another phrase."""
    return Command(
        ("cryptsetup", "luksChangeKey", "--batch-mode", *PBKDF, "--key-slot", PHRASE_SLOT,
         "--key-file", FIRST_FD, str(device), SECOND_FD),
        (old, new), seconds=HEADER_PATIENCE_S,
    )  # fmt: skip


def add_recovery(device: Path, phrase: bytearray, recovery: bytearray) -> Command:
    """Let a second phrase open it too."""
    return Command(
        ("cryptsetup", "luksAddKey", "--batch-mode", *PBKDF, "--key-slot", RECOVERY_SLOT,
         "--key-file", FIRST_FD, str(device), SECOND_FD),
        (phrase, recovery), seconds=HEADER_PATIENCE_S,
    )  # fmt: skip


def drop_recovery(device: Path, phrase: bytearray) -> Command:
    """Take the second phrase away; the first must be known."""
    return Command(
        ("cryptsetup", "luksKillSlot", "--batch-mode", "--key-file", FIRST_FD, str(device),
         RECOVERY_SLOT),
        (phrase,), seconds=HEADER_PATIENCE_S,
    )  # fmt: skip


def make_file_system(device: Path) -> Command:
    """An empty ext4, nothing of it kept for root.

    When the disk is full the kit gives up its own reserve (`kit.store.home`): of blocks that ext4
    keeps for root none of that would reach the kit, and nobody could sign in.
    """
    return Command(
        ("mkfs.ext4", "-q", "-F", "-m", "0", "-L", "kit-data", "-E", "nodiscard", str(device)),
        seconds=FILE_SYSTEM_PATIENCE_S,
    )


def check_file_system(device: Path) -> Command:
    """Mend what can be mended without a question."""
    return Command(("e2fsck", "-p", str(device)), seconds=FILE_SYSTEM_PATIENCE_S)


def repair_file_system(device: Path) -> Command:
    """Mend everything, whatever is lost by it: a person asked for it."""
    return Command(("e2fsck", "-f", "-y", str(device)), seconds=FILE_SYSTEM_PATIENCE_S)


def mount(device: Path, place: Path, kind: str, options: str) -> Command:
    """Mount one file system of a known kind."""
    return Command(("mount", "-t", kind, "-o", options, str(device), str(place)))


def mount_memory(place: Path) -> Command:
    """A folder in memory in the place of a persistence that cannot be opened."""
    options = f"{OWN_FILES},mode=0755,size=50%"
    return Command(("mount", "-t", "tmpfs", "-o", options, "cyber-kit", str(place)))


def bind(folder: Path, place: Path) -> Command:
    """Lay a folder over another one, for the whole system."""
    return Command(("mount", "--bind", str(folder), str(place)))


def remount(place: Path, options: str) -> Command:
    """Change how it is mounted."""
    return Command(("mount", "-o", f"remount,{options}", str(place)))


def unmount(place: Path) -> Command:
    """Write what is left and take it off."""
    return Command(("umount", str(place)), seconds=FILE_SYSTEM_PATIENCE_S)


def set_read_only(device: Path, *, read_only: bool) -> Command:
    """Tell the kernel to refuse, or to let through, every write to a device."""
    return Command(("blockdev", "--setro" if read_only else "--setrw", str(device)))


def verity_state(name: str) -> Command:
    """What the verified root has met so far: V (sound) or C (altered) at the end of its line."""
    return Command(("dmsetup", "status", "--target", "verity", name))


def restart_session() -> Command:
    """End the screens and start them again, with another keyboard."""
    return Command(("systemctl", "--no-block", "restart", "kit-session.service"))


def power_off() -> Command:
    """Everything down, in order."""
    return Command(("systemctl", "--no-block", "poweroff"))


def restart() -> Command:
    """Everything down, in order, and up again."""
    return Command(("systemctl", "--no-block", "reboot"))


def reload_networks() -> Command:
    """Let NetworkManager read its files again: what is new is joined, what is gone is left."""
    return Command(("nmcli", "connection", "reload"), seconds=NETWORK_PATIENCE_S)


def load_network(profile: Path) -> Command:
    """Let NetworkManager read one file; its secrets are in no argument."""
    return Command(("nmcli", "connection", "load", str(profile)), seconds=NETWORK_PATIENCE_S)


def join_network(uuid: str, device: str = "") -> Command:
    """Join a network that NetworkManager knows, and wait for it. device: with this card."""
    card = ("ifname", device) if device else ()
    return Command(
        ("nmcli", "--wait", str(JOINING_S), "connection", "up", "uuid", uuid, *card),
        seconds=JOINING_S + NETWORK_PATIENCE_S, complains=True,
    )  # fmt: skip


def leave_network(uuid: str) -> Command:
    """Leave it."""
    return Command(
        ("nmcli", "--wait", "10", "connection", "down", "uuid", uuid), seconds=NETWORK_PATIENCE_S
    )


def network_cards(fields: Sequence[str]) -> Command:
    """Every card with what it is joined to, a block of lines each."""
    return Command(
        ("nmcli", "--terse", "--fields", ",".join(fields), "device", "show"),
        seconds=NETWORK_PATIENCE_S,
    )


def wifi_cells(fields: Sequence[str], *, search: bool) -> Command:
    """The Wi-Fi cells within reach, a line each. search: listen anew where the list is old."""
    words = ("--terse", "--escape", "yes", "--fields", ",".join(fields), "device", "wifi", "list")
    return Command(
        ("nmcli", *words, "--rescan", "auto" if search else "no"), seconds=NETWORK_PATIENCE_S
    )
