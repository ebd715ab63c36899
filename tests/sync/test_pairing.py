"""Two kits meet: same digits where nobody stands between, other digits where somebody does."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.core.errors import BadInput
from kit.store.signer import Signer
from kit.sync.founding import DeviceKeys, DirectoryFeed
from kit.sync.pairing import (
    HEAD,
    OPEN_MS,
    REASONS,
    SEALED_LIMIT,
    TRIES,
    Door,
    Host,
    Joiner,
    Phase,
    Pinned,
    Request,
    Symbol,
    Welcome,
    proof_statement,
)
from kit.sync.pairing_file import (
    ANSWER_MAGIC,
    REQUEST_MAGIC,
    AnswerFile,
    RequestFile,
    answer_statement,
    encode_answer,
    encode_request,
    read_answer,
    read_request,
    read_symbol,
    request_digest,
    request_statement,
    symbol_text,
    written,
)
from kit.sync.sentences import text_of

NOW = 1_795_000_000_000
NEW, STEERING = Signer(bytes([5] * 32)), Signer(bytes([6] * 32))
KEYS = DeviceKeys(NEW.public, bytes(32), b"der")
FEEDS = (DirectoryFeed(b"f" * 16, tuple(bytes([n]) * 30_000 for n in range(1, 60))),)
TOKEN = bytes(range(16))


def chance(text: str, size: int = 32) -> bytes:
    """Bytes that this text always gives."""
    return hashlib.shake_256(text.encode()).digest(size)


def host(seed: str = "host", token: bytes = b"") -> Host:
    """A host's side; with a token, one that shows a symbol."""
    symbol = Pinned(chance(seed + "pin"), chance(seed + "pn", 16), token) if token else None
    return Host(chance(seed), chance(seed + "n", 16), symbol)


def pin_of(seed: str = "host") -> bytes:
    """What the symbol of that host says of its key."""
    return Pinned(chance(seed + "pin"), chance(seed + "pn", 16), TOKEN).pin


def joiner(seed: str = "new", **how: bytes) -> Joiner:
    """A newcomer's side."""
    return Joiner(chance(seed), chance(seed + "n", 16), **how)


def request(side: Joiner) -> Request:
    """Who the newcomer is, proven in this meeting."""
    return Request("Cardio 9", KEYS, NEW.sign(proof_statement(b"new", side.meeting)))


def welcome(side: Host) -> Welcome:
    """What the host gives, proven in this meeting."""
    proof = STEERING.sign(proof_statement(b"host", side.meeting))
    return Welcome(
        b"r" * 32, "TEST:x", "CHU", "Cardio 9", "ward", ("CARD",), STEERING.public, proof, 0
    )


def talk(one: Host, other: Joiner) -> None:
    """Carry bytes until both are silent."""
    while data := other.drain():
        one.receive(data)
        other.receive(one.drain())
    other.receive(one.drain())


def paired(one: Host, other: Joiner) -> None:
    """Both persons agree; the host grants; the newcomer keeps what it was given."""
    talk(one, other)
    one.confirm(same=True)
    other.confirm(same=True, request=request(other))
    talk(one, other)
    assert one.request is not None
    one.grant(welcome(one), FEEDS)
    other.receive(one.drain())
    other.finish()
    talk(one, other)


def test_two_kits_show_the_same_six_digits_and_one_joins() -> None:
    """Digits, agreement of two people, the whole directory in parts, done on both sides."""
    one, other = host(), joiner()
    talk(one, other)
    assert one.digits == other.digits
    assert len(one.digits) == 6
    assert {one.phase, other.phase} == {Phase.COMPARING}
    paired(one, other)
    assert {one.phase, other.phase} == {Phase.DONE}
    assert one.request is not None
    assert one.request.keys == KEYS
    assert other.joined is not None
    assert other.joined.feeds == FEEDS
    assert other.joined.welcome.wards == ("CARD",)


def test_the_person_at_the_host_may_agree_last() -> None:
    """Nothing is granted before both agreed, in either order."""
    one, other = host(), joiner()
    talk(one, other)
    other.confirm(same=True, request=request(other))
    talk(one, other)
    one.grant(welcome(one), FEEDS)
    assert not one.drain()
    one.confirm(same=True)
    assert one.phase is Phase.GRANTING


@given(st.integers(0, 10_000))
def test_somebody_in_the_middle_shows_other_digits(seed: int) -> None:
    """An attacker that plays host to one and newcomer to the other cannot make both agree."""
    real_host, real_new = host(f"h{seed}"), joiner(f"n{seed}")
    false_host, false_new = host(f"fh{seed}"), joiner(f"fn{seed}")
    talk(false_host, real_new)
    talk(real_host, false_new)
    assert real_host.digits
    assert real_new.digits
    assert real_host.digits != real_new.digits


def test_the_newcomer_cannot_choose_its_key_after_seeing_the_hosts() -> None:
    """Searching for a key that gives wished-for digits breaks the commitment, and is told."""
    one, committed = host(), joiner("first")
    one.receive(committed.drain())
    answer = one.drain()
    another = joiner("second")
    another.drain()
    another.receive(answer)
    one.receive(another.drain())
    assert one.phase is Phase.FAILED
    assert one.reason == "pairing.broken_commitment"
    assert not one.digits
    assert not one.drain(), "nothing is said to somebody who cheats"


def test_digits_are_spread_over_all_values() -> None:
    """No digit is rarer than another by much, so that each try is worth 10⁻⁶."""
    counts = [0] * 10
    for n in range(300):
        one, other = host(f"s{n}"), joiner(f"t{n}")
        talk(one, other)
        for digit in one.digits:
            counts[int(digit)] += 1
    assert min(counts) > 120


@pytest.mark.parametrize("who", ["host", "new"])
def test_other_digits_end_the_attempt_on_both_sides(who: str) -> None:
    """One “no” is enough."""
    one, other = host(), joiner()
    talk(one, other)
    if who == "host":
        one.confirm(same=False)
        other.receive(one.drain())
    else:
        other.confirm(same=False, request=request(other))
        talk(one, other)
    assert (one.phase, other.phase) == (Phase.FAILED, Phase.FAILED)
    assert one.reason == other.reason == "pairing.not_same"


def test_a_symbol_takes_the_place_of_the_digits() -> None:
    """Pinned key, one-time token; nobody compares anything."""
    one = host(token=TOKEN)
    other = joiner(pin=pin_of(), token=TOKEN)
    talk(one, other)
    assert not one.digits
    assert other.is_ready
    other.confirm(same=True, request=request(other))
    talk(one, other)
    assert one.phase is Phase.GRANTING
    one.grant(welcome(one), FEEDS)
    other.receive(one.drain())
    assert other.joined is not None


def test_another_host_than_the_symbols_is_not_answered() -> None:
    """The newcomer says nothing more to a key that is not the pinned one."""
    one, other = host("somebody else", token=TOKEN), joiner(pin=b"p" * 16, token=TOKEN)
    talk(one, other)
    assert other.reason == "pairing.not_pinned"


def test_a_wrong_token_gives_no_common_key() -> None:
    """It is noticed at the first sealed word, and counts as a try."""
    one = host(token=TOKEN)
    other = joiner(pin=pin_of(), token=b"wrong token of 16")
    talk(one, other)
    other.confirm(same=True, request=request(other))
    talk(one, other)
    assert one.reason == "pairing.not_sealed"
    assert one.compared


def test_whoever_has_not_read_the_symbol_compares_digits() -> None:
    """An open symbol takes nobody in by itself; a token at a host without symbol is refused."""
    one, other = host(token=TOKEN), joiner()
    talk(one, other)
    other.confirm(same=True, request=request(other))
    talk(one, other)
    assert one.phase is Phase.COMPARING
    assert one.digits == other.digits != ""
    plain = host()
    talk(plain, joiner(pin=pin_of(), token=TOKEN))
    assert plain.reason == "pairing.other_way"


def test_the_key_of_the_symbol_is_not_the_key_of_the_digits() -> None:
    """A key that was seen once would let an attacker search for fitting digits."""
    one, other = host(token=TOKEN), host(token=TOKEN)
    by_symbol, by_digits = joiner(pin=pin_of(), token=TOKEN), joiner()
    one.receive(by_symbol.drain())
    other.receive(by_digits.drain())
    assert one.drain() != other.drain()


def test_a_request_needs_the_key_it_names() -> None:
    """Somebody who only knows a public key cannot be enrolled under it."""
    one, other = host(), joiner()
    talk(one, other)
    one.confirm(same=True)
    stolen = Request("x", KEYS, STEERING.sign(proof_statement(b"new", other.meeting)))
    other.confirm(same=True, request=stolen)
    talk(one, other)
    assert one.reason == "pairing.no_proof"


def test_a_recorded_meeting_cannot_be_played_again() -> None:
    """Another host has another key: the old bytes open nothing."""
    one, other = host(), joiner()
    recorded = other.drain()
    one.receive(recorded)
    other.receive(one.drain())
    one.confirm(same=True)
    reveal = other.drain()
    other.confirm(same=True, request=request(other))
    sealed = other.drain()
    again = host("another evening")
    for data in (recorded, reveal, sealed):
        again.receive(data)
    again.confirm(same=True)
    assert again.request is None
    assert again.phase is Phase.FAILED


def test_sealed_frames_cannot_be_repeated_or_changed_over() -> None:
    """Each has its number."""
    one, other = host(), joiner()
    talk(one, other)
    other.confirm(same=True, request=request(other))
    sealed = other.drain()
    one.receive(sealed)
    assert one.request is not None
    one.receive(sealed)
    assert one.reason == "pairing.not_sealed"


def test_a_door_is_open_for_two_minutes() -> None:
    """Later nobody is let in, and an attempt that dawdles ends; a clock set back closes too."""
    door = Door(NOW)
    assert door.is_open(NOW + OPEN_MS - 1)
    assert not door.is_open(NOW + OPEN_MS)
    assert not door.is_open(NOW - 1)
    attempt = door.admit(chance("a"), chance("b", 16), NOW)
    assert attempt is not None
    door.look(NOW + OPEN_MS + 1)
    assert attempt.reason == "pairing.timeout"
    assert door.admit(chance("a"), chance("b", 16), NOW + OPEN_MS + 2) is None


def test_three_wrong_comparisons_close_the_door() -> None:
    """Noise on the port is no try; a comparison that failed is."""
    door = Door(NOW)
    for _ in range(5):
        noise = door.admit(chance("a"), chance("b", 16), NOW)
        assert noise is not None
        noise.receive(b"GET / HTTP/1.1\r\n\r\n")
    for n in range(TRIES):
        attempt = door.admit(chance(f"a{n}"), chance("b", 16), NOW)
        assert attempt is not None
        assert door.admit(chance("c"), chance("d", 16), NOW) is None, "one at a time"
        talk(attempt, joiner(f"x{n}"))
        attempt.confirm(same=False)
    assert door.admit(chance("z"), chance("b", 16), NOW) is None
    assert not door.is_open(NOW)


def test_a_door_closes_when_somebody_came_in() -> None:
    """One opening, one kit: a token is used once."""
    door = Door(NOW)
    one = door.admit(chance("host"), chance("hostn", 16), NOW)
    assert one is not None
    paired(one, joiner())
    assert door.admit(chance("z"), chance("b", 16), NOW) is None


noise = st.lists(
    st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=200).map(lambda data: len(data).to_bytes(HEAD, "big") + data),
    ),
    max_size=6,
)


@given(noise, st.integers(0, 3))
def test_whatever_comes_in_nothing_raises_and_nothing_is_granted(
    frames: list[bytes], after: int
) -> None:
    """Noise before, between and after good frames, to either side."""
    one, other = host(), joiner()
    for _ in range(after):
        one.receive(other.drain())
        other.receive(one.drain())
    for data in frames:
        one.receive(data)
        other.receive(data)
    one.confirm(same=True)
    assert one.request is None
    assert other.joined is None
    assert all(side.reason in (*REASONS, "") for side in (one, other))
    assert len(one._in) <= SEALED_LIMIT + HEAD


@given(st.lists(st.integers(1, 50), max_size=20))
def test_a_meeting_does_not_depend_on_how_bytes_are_cut(cuts: list[int]) -> None:
    """Frames arrive in pieces."""
    one, other = host(), joiner()
    sizes = iter([*cuts, *[7] * 200])
    for _ in range(6):
        for source, target in ((other, one), (one, other)):
            data = source.drain()
            while data:
                size = next(sizes, 50)
                target.receive(data[:size])
                data = data[size:]
    assert one.digits == other.digits != ""


def test_a_frame_that_claims_too_much_ends_the_attempt_at_once() -> None:
    """Nothing is kept for it."""
    one = host()
    one.receive((2**31).to_bytes(HEAD, "big") + b"x" * 100)
    assert one.reason == "pairing.bad_frame"
    assert len(one._in) == 0


def test_every_end_has_a_sentence() -> None:
    """In words, for the person who waits at the screen."""
    unknown = text_of("nothing", {})
    assert not [c for c in REASONS if text_of(c, {}) == unknown.replace("nothing", c)]


SYMBOL = Symbol(b"f" * 16, b"c" * 16, b"p" * 16, TOKEN, ("10.0.0.7:47100", "[fe80::1%eth0]:47100"))


def test_a_symbol_says_the_same_after_it_was_read() -> None:
    """Also typed in lower case with spaces; small enough for a screen."""
    text = symbol_text(SYMBOL)
    assert read_symbol(f" {text[:40].lower()} {text[40:]}\n") == SYMBOL
    assert len(text) < 260


@given(st.text(max_size=60))
def test_what_is_no_symbol_is_refused(text: str) -> None:
    """Whatever a camera reads."""
    for candidate in (text, "KITP1:" + text):
        with pytest.raises(BadInput, match="SYN-112"):
            read_symbol(candidate)


def a_request() -> bytes:
    """A request file."""
    body = encode_request(RequestFile("Cardio 9", KEYS, chance("c", 16), "TEST:x"))
    return written(REQUEST_MAGIC, body, NEW.sign(request_statement(body)))


def test_request_and_answer_go_by_stick() -> None:
    """Each signed by who wrote it; the answer names the request."""
    content = a_request()
    asked = read_request(content)
    assert asked.keys == KEYS
    body = encode_answer(AnswerFile(request_digest(content), welcome(host()), FEEDS))
    answer = read_answer(written(ANSWER_MAGIC, body, STEERING.sign(answer_statement(body))))
    assert answer.request == request_digest(content)
    assert answer.feeds == FEEDS
    with pytest.raises(BadInput, match="SYN-114"):
        read_answer(written(ANSWER_MAGIC, body, NEW.sign(answer_statement(body))))


@given(st.integers(0, len(a_request()) - 1), st.integers(1, 255))
def test_a_request_that_was_changed_is_refused(place: int, flip: int) -> None:
    """Any byte."""
    content = bytearray(a_request())
    content[place] ^= flip
    with pytest.raises(BadInput, match="SYN-113"):
        read_request(bytes(content))


@given(st.binary(max_size=400))
def test_noise_is_neither_request_nor_answer(data: bytes) -> None:
    """With or without the right beginning."""
    for content in (data, REQUEST_MAGIC + data):
        with pytest.raises(BadInput, match="SYN-113"):
            read_request(content)
    for content in (data, ANSWER_MAGIC + data):
        with pytest.raises(BadInput, match="SYN-114"):
            read_answer(content)
