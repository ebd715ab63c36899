"""Manifest, signature and bundle: what is let in, and everything that is not."""

from __future__ import annotations

import io
import random
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kit.core.errors import BadInput, KitError, Misconfigured
from kit.stick import bundle, manifest, signature
from kit.stick.bundle import Bundle
from kit.stick.manifest import Installed
from kit.stick.signature import Ring
from tests.stick.releases import RING, SEEDS, STRANGER, Made, release


def refused(data: bytes, ring: Ring = RING) -> str:
    """The code with which a bundle is refused; "" where it is taken."""
    try:
        Bundle(io.BytesIO(data), ring).check(lambda _count: None)
    except KitError as fault:
        return fault.code
    return ""


# ------------------------------------------------------------------------------ signatures


@pytest.mark.parametrize("seed", SEEDS)
def test_one_of_the_two_keys_is_enough(seed: bytes) -> None:
    """Either of the offline keys signs for all kits."""
    assert signature.check(RING, signature.sign(seed, b"text"), b"text") == RING


def test_both_may_sign_one_file() -> None:
    """The second signature is added to the first."""
    both = signature.sign(SEEDS[1], b"text", signature.sign(SEEDS[0], b"text"))
    assert len(signature.read_signatures(both).marks) == 2
    for seed in SEEDS:
        only = Ring(1, (signature.public_key(seed),))
        assert signature.check(only, both, b"text") == only


@pytest.mark.req("HZ-233")
@pytest.mark.parametrize(
    ("signed", "text", "code"),
    [
        (signature.sign(STRANGER, b"text"), b"text", "UPD-002"),
        (signature.sign(SEEDS[0], b"other"), b"text", "UPD-002"),
        (b'{"format":1,"marks":[],"rings":[]}', b"text", "UPD-002"),
        (b"", b"text", "UPD-001"),
        (b'{"format":2,"marks":[],"rings":[]}', b"text", "UPD-001"),
        (b"[" * 60_000, b"text", "UPD-001"),
        (b" " * 70_000, b"text", "UPD-001"),
    ],
)
def test_what_no_trusted_key_signed_is_refused(signed: bytes, text: bytes, code: str) -> None:
    """A stranger's signature, another text's, none, and noise."""
    with pytest.raises(BadInput) as fault:
        signature.check(RING, signed, text)
    assert fault.value.code == code


def test_a_stranger_who_writes_a_known_key_s_name_is_refused() -> None:
    """The name of a key proves nothing."""
    forged = signature.read_signatures(signature.sign(STRANGER, b"text"))
    mark = signature.Mark(signature.key_name(RING.keys[0]), forged.marks[0].signature)
    data = msgspec.json.encode(signature.Signatures(1, (mark,)))
    with pytest.raises(BadInput, match="UPD-002"):
        signature.check(RING, data, b"text")


def test_a_kit_without_release_keys_takes_nothing() -> None:
    """An image that was built unsigned cannot be updated; it says so."""
    with pytest.raises(Misconfigured, match="UPD-003"):
        signature.check(Ring(1, ()), signature.sign(SEEDS[0], b"text"), b"text")


def test_keys_change_step_by_step_and_a_late_kit_follows() -> None:
    """Two changes; a kit of the first ring, of the second and of the third all take the release."""
    third, fourth = b"3" * 32, b"4" * 32
    keys = [signature.public_key(seed) for seed in (*SEEDS, third, fourth)]
    second_ring, third_ring = Ring(2, (keys[1], keys[2])), Ring(3, (keys[2], keys[3]))
    led = signature.rotate(SEEDS[1], RING, second_ring.keys)
    led = signature.rotate(third, second_ring, third_ring.keys, led)
    signed = signature.sign(fourth, b"text", led)
    for ring in (RING, second_ring, third_ring):
        assert signature.check(ring, signed, b"text") == third_ring


def test_a_key_that_was_put_out_signs_for_nobody_who_knows_it() -> None:
    """The first key was stolen: the ring without it is reached, and its releases end there."""
    keep = (signature.public_key(SEEDS[1]),)
    stolen = signature.sign(SEEDS[0], b"text")
    with pytest.raises(BadInput, match="UPD-002"):
        signature.check(Ring(2, keep), stolen, b"text")
    forged = signature.rotate(SEEDS[0], Ring(2, keep), (signature.public_key(STRANGER),))
    with pytest.raises(BadInput, match="UPD-002"):
        signature.check(Ring(2, keep), signature.sign(STRANGER, b"text", forged), b"text")


def test_a_ring_cannot_be_jumped_over() -> None:
    """Ring 3 signed by a key of ring 1 leads nowhere."""
    jumped = signature.rotate(SEEDS[0], Ring(2, RING.keys), RING.keys)
    with pytest.raises(BadInput, match="UPD-002"):
        signature.check(RING, signature.sign(SEEDS[0], b"text", jumped), b"text")


@given(st.binary(max_size=300))
def test_noise_is_no_signature(noise: bytes) -> None:
    """Nothing but a refusal comes of it."""
    with pytest.raises(BadInput):
        signature.check(RING, noise, b"text")


def test_a_key_file_is_hexadecimal_and_nothing_else() -> None:
    """For whoever signs at the build."""
    assert signature.read_seed(SEEDS[0].hex().encode() + b"\n") == SEEDS[0]
    for text in (b"", b"zz" * 32, b"00" * 31):
        with pytest.raises(Misconfigured, match="UPD-004"):
            signature.read_seed(text)


def test_a_ring_is_read_as_written_and_no_other() -> None:
    """Too many keys, short ones, no number."""
    assert signature.read_ring(signature.ring_bytes(RING)) == RING
    for bad in (Ring(0, RING.keys), Ring(1, (b"short",)), Ring(1, RING.keys * 8)):
        with pytest.raises(BadInput, match="UPD-001"):
            signature.read_ring(signature.ring_bytes(bad))


# ------------------------------------------------------------------------------ manifests


BAD_MANIFESTS: list[tuple[str, Any]] = [
    ("version", "1.2"),
    ("version", "1.0.0;halt"),
    ("version", "1.0.0\nset x=y"),
    ("least", ""),
    ("epoch", -1),
    ("profile", "../full"),
    ("root_hash", "0" * 63),
    ("root_hash", "G" * 64),
    ("product", "other"),
    ("boot", {"../etc/passwd": "0" * 64}),
    ("boot", {"/EFI": "0" * 64}),
    ("boot", {"EFI/../x": "0" * 64}),
    ("boot", {"EFI/BOOT": "short"}),
    ("parts", {}),
    ("more", 1),
]


@pytest.mark.parametrize(("field", "value"), BAD_MANIFESTS)
def test_a_manifest_that_is_wrong_anywhere_is_refused(field: str, value: Any, old: Made) -> None:
    """One bad field is enough, and it is never put into GRUB's script or a path."""
    tree = msgspec.json.decode(old.text)
    assert manifest.read(msgspec.json.encode(tree)) == old.manifest
    tree[field] = value
    with pytest.raises(BadInput, match="UPD-031"):
        manifest.read(msgspec.json.encode(tree))


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"size": 1 << 40},
        {"chunks": []},
        {"sha256": "x"},
        {"chunks": ["0" * 64] * 3},
        {"link": "/etc/shadow"},
    ],
)
def test_a_part_that_is_too_large_or_not_described_is_refused(
    change: dict[str, Any], old: Made
) -> None:
    """Sizes end at the slot's; there is a digest for every MiB."""
    tree = msgspec.json.decode(old.text)
    tree["parts"]["vmlinuz"] |= change
    with pytest.raises(BadInput, match="UPD-031"):
        manifest.read(msgspec.json.encode(tree))


def test_another_format_of_the_image_says_which(old: Made) -> None:
    """Partitions are not moved by an update."""
    tree = msgspec.json.decode(old.text) | {"format": 2}
    with pytest.raises(BadInput, match="UPD-032") as fault:
        manifest.read(msgspec.json.encode(tree))
    assert fault.value.args_ == {"format": 2}


@given(st.binary(max_size=200))
@example(b"[" * 100_000)
def test_noise_is_no_manifest(noise: bytes) -> None:
    """Nothing but a refusal comes of it."""
    with pytest.raises(BadInput):
        manifest.read(noise)


@given(st.lists(st.binary(max_size=400_000), max_size=8))
def test_digests_do_not_depend_on_how_a_file_is_read(pieces: list[bytes]) -> None:
    """Any pieces, the same description."""
    whole = b"".join(pieces)
    assert manifest.part_of(pieces) == manifest.part_of([whole])
    assert len(manifest.part_of([whole]).chunks) == -(-len(whole) // manifest.CHUNK)


@pytest.mark.req("HZ-234")
@pytest.mark.parametrize(
    ("now", "confirmed", "code"),
    [
        (Installed("1.0.0", 0, "x"), False, ""),
        (Installed("1.9.9", 2_000_000_000, "x"), False, ""),
        (Installed("1.10.0", 1_700_000_000, "x"), False, ""),
        (Installed("1.10.0", 1_700_000_001, "x"), False, "UPD-034"),
        (Installed("1.10.1", 0, "x"), False, "UPD-034"),
        (Installed("2.0.0", 0, "x"), False, "UPD-034"),
        (Installed("2.0.0", 0, "x"), True, ""),
        (Installed("0.8.9", 0, "x"), False, "UPD-035"),
        (Installed("0.8.9", 0, "x"), True, "UPD-035"),
    ],
)
def test_an_update_never_goes_back_unless_it_is_meant(
    now: Installed, confirmed: bool, code: str
) -> None:
    """By the numbers of the version, then by the moment of its sources."""
    answer = manifest.wanted(release("1.10.0", least="0.9.0").manifest, now, confirmed=confirmed)
    assert (answer.code if answer else "") == code


def test_the_release_that_runs_is_not_applied_again(old: Made) -> None:
    """Not even when somebody confirms."""
    answer = manifest.wanted(old.manifest, old.installed, confirmed=True)
    assert answer is not None
    assert answer.code == "UPD-033"


# ------------------------------------------------------------------------------ bundles


def test_a_bundle_is_a_tar_that_any_tool_lists(old: Made, tmp_path: Path) -> None:
    """And gives back each part."""
    path = tmp_path / "x.kitupdate"
    path.write_bytes(old.bundle())
    listed = subprocess.run(["tar", "-tf", path], capture_output=True, text=True, check=True)
    assert listed.stdout.split() == ["manifest.json", "manifest.json.sig", *old.parts]
    assert not listed.stderr
    assert refused(old.bundle()) == ""
    taken = {
        name: b"".join(chunks) for name, chunks in Bundle(io.BytesIO(old.bundle()), RING).parts()
    }
    assert taken == old.parts
    done = Bundle(io.BytesIO(old.bundle()), RING).release
    assert bundle.bundle_size(done) == len(old.bundle())


@pytest.mark.req("HZ-233")
def test_an_unsigned_bundle_is_refused_before_anything_of_it_is_read() -> None:
    """A stranger's release, whole and well made."""
    assert refused(release("9.9.9", seed=STRANGER).bundle()) == "UPD-002"


@pytest.mark.req("HZ-235")
@given(chance=st.randoms(use_true_random=False))
def test_a_flipped_bit_anywhere_is_noticed(old: Made, chance: random.Random) -> None:
    """In a header, the manifest, the padding or a part."""
    data = bytearray(old.bundle())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    assert refused(bytes(data)) in {"UPD-001", "UPD-002", "UPD-040", "UPD-041", "UPD-042"}


@given(chance=st.randoms(use_true_random=False))
def test_a_bundle_that_was_cut_off_anywhere_is_noticed(old: Made, chance: random.Random) -> None:
    """At any byte."""
    data = old.bundle()
    assert refused(data[: chance.randrange(len(data))]) == "UPD-041"


def test_nothing_may_follow_the_end(old: Made) -> None:
    """A second archive behind the first is not looked at, it is refused."""
    assert refused(old.bundle() + b"x") == "UPD-040"
    assert refused(old.bundle() + old.bundle()) == "UPD-040"


def hostile(kind: str, old: Made) -> bytes:
    """A tar made by a library, with something that a bundle never has."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:

        def put(name: str, data: bytes, **fields: Any) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for field, value in fields.items():
                setattr(info, field, value)
            tar.addfile(info, io.BytesIO(data))

        if kind == "climbs out":
            put("../../etc/cron.d/x", old.text)
        elif kind == "link":
            put("manifest.json", b"", type=tarfile.SYMTYPE, linkname="/etc/shadow")
        elif kind == "second name":
            put("manifest.json", old.text)
            put("manifest.json", old.text)
        elif kind == "device":
            put("manifest.json", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=1)
        elif kind == "huge":
            put("manifest.json", bytes(2 * 1024 * 1024))
        elif kind == "extended header":
            tar.pax_headers = {}
            put("manifest.json", old.text, type=tarfile.XHDTYPE)
        elif kind == "another order":
            put("manifest.json.sig", old.signatures)
    return out.getvalue()


@pytest.mark.req("HZ-235")
@pytest.mark.parametrize(
    "kind",
    ["climbs out", "link", "second name", "device", "huge", "extended header", "another order"],
)
def test_a_hostile_archive_is_refused(kind: str, old: Made) -> None:
    """Nothing of it is written anywhere, since only known names in order are even read."""
    assert refused(hostile(kind, old)) == "UPD-040"


@given(st.binary(max_size=3000))
def test_noise_is_no_bundle(noise: bytes) -> None:
    """Any file at all may be chosen by mistake."""
    assert refused(noise) in {"UPD-040", "UPD-041"}


def test_a_part_of_another_length_cannot_be_bundled(old: Made) -> None:
    """Who writes bundles is held to the manifest as well."""
    with pytest.raises(BadInput, match="UPD-042"):
        list(bundle.pieces(old.text, old.signatures, lambda _name: iter([b"short"])))
