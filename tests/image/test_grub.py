"""GRUB's text against the model of its counters, and the two numbers in its BIOS core."""

from __future__ import annotations

import itertools
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.stick import layout, slots
from scripts.image import grub, recipe, tools

GRUB = grub.configuration(recipe.PACKAGING)
COUNTERS = GRUB[GRUB.index("set slot=\n") : GRUB.index("# The slot's own files")]
VALUES = ("0", "1", "2", "3", "", "7", "x")


def as_shell(text: str) -> str:
    """GRUB's counter lines as lines of a shell: `set` assigns, nothing else differs."""
    return (
        "\n".join(
            line.replace("set ", "", 1) for line in text.splitlines() if "save_env" not in line
        )
        .replace("; then set ", "; then ")
        .replace("; else set ", "; else ")
    )


@pytest.mark.req("HZ-213")
def test_the_counters_do_what_their_model_says() -> None:
    cases = list(itertools.product(("a", "b", "", "z"), VALUES, VALUES))
    body = as_shell(COUNTERS)
    assert "set " not in body
    lines = ["count() {", body, 'echo "$slot $left_a $left_b"', "}"]
    lines += [f"first='{f}' left_a='{a}' left_b='{b}'; count" for f, a, b in cases]
    said = subprocess.run(
        ["sh"], input="\n".join(lines), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for (first, left_a, left_b), line in zip(cases, said, strict=True):
        found = dict(zip(("slot", "a", "b"), line.split(" "), strict=True))
        variables = {layout.FIRST: first, layout.LEFT["a"]: left_a, layout.LEFT["b"]: left_b}
        chosen, after = slots.choose(slots.read(variables))
        told = (first, left_a, left_b)
        assert found["slot"] == chosen, told
        assert found[chosen] == str(after.left[chosen]), told


def test_the_counters_are_written_before_the_kernel_starts() -> None:
    assert GRUB.index("save_env") < GRUB.index("menuentry")


def test_grub_can_read_it(tmp_path: Path) -> None:
    if shutil.which("grub-script-check") is None:
        pytest.skip("not installed: grub-script-check")
    path = tmp_path / "grub.cfg"
    path.write_text(GRUB)
    subprocess.run(["grub-script-check", str(path)], check=True)


def test_four_entries_and_no_editing() -> None:
    entries = [line for line in GRUB.splitlines() if line.startswith("menuentry")]
    assert len(entries) == 4
    assert all("--unrestricted" in line for line in entries)
    assert "set superusers=" in GRUB
    assert "password" not in GRUB
    assert "search" not in GRUB  # two sticks in one PC: never by label


@pytest.mark.parametrize(
    "word",
    [
        "rd.shell=0",
        "rd.emergency=reboot",
        "systemd.volatile=overlay",
        "systemd.gpt_auto=0",
        "module.sig_enforce=1",
        "lockdown=integrity",
        "init_on_free=1",
        "noresume",
        "efi=noruntime",
        "roothash=$roothash",
        "kit.slot=$slot",
    ],
)
def test_the_kernel_is_told(word: str) -> None:
    assert word in GRUB


def test_the_release_has_no_serial_console() -> None:
    assert "console=" not in GRUB


@pytest.mark.parametrize("character", list("\"'$\\;{}"))
def test_a_kernel_line_cannot_leave_its_quotes(character: str) -> None:
    with pytest.raises(tools.Fault):
        grub.kernel_line(f"quiet {character}")


@given(st.integers(min_value=1, max_value=1 << 40), st.binary(min_size=512, max_size=4096))
def test_the_core_is_told_where_it_lies(lba: int, core: bytes) -> None:
    room = 1 << 20
    patched = grub.patched_core(core, lba, room)
    sectors = -(-len(core) // 512)
    assert len(patched) == sectors * 512
    assert struct.unpack_from("<QHH", patched, 0x1F4) == (lba + 1, sectors - 1, 0x820)
    assert patched[:0x1F4] == core[:0x1F4]
    code = grub.patched_boot(core[:512], lba)
    assert len(code) == 440
    assert struct.unpack_from("<Q", code, 0x5C) == (lba,)


def test_a_core_that_does_not_fit_is_refused() -> None:
    with pytest.raises(tools.Fault, match="IMG-067"):
        grub.patched_core(bytes(2048), 2048, 1024)
    with pytest.raises(tools.Fault, match=r"boot\.img"):
        grub.patched_boot(bytes(10), 2048)
