"""The same pack gives the same bytes, so that "print only what changed" can be trusted."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from kit.paper.pack import finish, render_patient, render_ward_pack, ward_pack_steps
from tests.paper.sample import Allotter, at, patient, ward_pack

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = """
import hashlib
from kit.paper.pack import render_ward_pack
from tests.paper.sample import Allotter, ward_pack
print(hashlib.sha256(render_ward_pack(ward_pack(3), Allotter()).pdf).hexdigest())
"""


def test_the_same_pack_gives_the_same_bytes() -> None:
    """Twice in one process, whatever was printed in between."""
    first = render_ward_pack(ward_pack(3), Allotter())
    render_patient(ward_pack(0), patient(6), Allotter(kit=9))
    second = render_ward_pack(ward_pack(3), Allotter())
    assert first.pdf == second.pdf
    assert first.sheets == second.sheets


def test_the_order_of_sets_and_dicts_does_not_matter() -> None:
    """Other processes with other hash seeds make the same file."""
    here = hashlib.sha256(render_ward_pack(ward_pack(3), Allotter()).pdf).hexdigest()
    for seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == here


def test_a_changed_dose_changes_the_bytes() -> None:
    """A changed patient is seen as changed."""
    before = patient(1)
    line = msgspec.structs.replace(before.prescriptions[0], slots=(at(2),))
    after = msgspec.structs.replace(before, prescriptions=(line, *before.prescriptions[1:]))
    one, other = (render_patient(ward_pack(0), p, Allotter()).pdf for p in (before, after))
    assert one != other


def test_a_page_stays_small() -> None:
    """At most 6 KB a page in a ward pack, fonts included."""
    rendered = render_ward_pack(ward_pack(12), Allotter())
    assert len(rendered.pdf) / rendered.pages <= 6 * 1024


def test_only_our_own_fonts_are_in_the_file() -> None:
    """A printer or viewer without fonts prints the same sheet."""
    pdf = render_ward_pack(ward_pack(2), Allotter()).pdf
    assert b"Helvetica" not in pdf
    assert b"KitSans-Bold" in pdf
    assert pdf.count(b"/FontFile2") == pdf.count(b"/Subtype /TrueType")


def test_two_jobs_at_once_do_not_disturb_each_other() -> None:
    """Steps of two packs, taken in turn, give the files that each gives alone."""
    alone = [render_ward_pack(ward_pack(n), Allotter(kit=n)).pdf for n in (2, 3)]
    jobs = [ward_pack_steps(ward_pack(n), Allotter(kit=n)) for n in (2, 3)]
    for _ in range(20):
        for job in jobs:
            next(job)
    assert [finish(job).pdf for job in jobs] == alone
