"""No damaged picture is shown: not one of which the decoder says nothing, either."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import av
import pytest

from pipeline.records import NS_PER_S as S
from pipeline.sources import Decoded
from pipeline.sources.checks import Checks, Sign
from pipeline.sources.clock import LiveClock
from tests.pipeline.simulate.clips import FPS
from tests.pipeline.sources.damaged import (
    HEIGHT,
    TINY,
    WIDTH,
    changed,
    damaged,
    film_of,
    flip,
    shown,
    torn,
    without_slice,
)
from tests.pipeline.sources.reading import Change, Reading, lose, pictures_in_order, read

CABAC = {"preset": "veryfast", "bf": "0"}
CAVLC = {"preset": "ultrafast"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def film(folder: Path) -> Path:
    """H.264 as cameras send it, four seconds, a keyframe each second."""
    return film_of(folder / "film.ts")


@pytest.fixture(scope="module")
def film265(folder: Path) -> Path:
    return film_of(folder / "film265.ts", "libx265")


@pytest.mark.promise("bad input 11")
@pytest.mark.parametrize("options", [CABAC, CAVLC], ids=["CABAC", "CAVLC"])
def test_three_flipped_bits_of_h264_show_no_picture_that_looks_damaged(
    folder: Path, options: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    film = film_of(folder / f"flips-{options['preset']}.ts", seconds=3.0, options=options)
    clean = shown(film)
    found = 0
    for seed in range(12):
        seen = shown(film, changed(30 + seed, flip(3, seed)))
        found += bool(damaged(seen, clean))
        assert {*range(25), *range(50, 75)} <= set(seen), "other groups are shown"
    record_property("measured", f"damaged pictures shown in {found} of 12 runs")
    assert found == 0


@pytest.mark.promise("bad input 12")
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_picture_that_the_camera_left_out_mutes_those_that_refer_to_it(
    folder: Path, codec: str
) -> None:
    # The packets' numbers have no gap: the camera itself dropped it.
    film = film_of(folder / f"left-out-{codec}.ts", codec)
    clean = shown(film)
    for number in (26, 30, 48):
        seen = shown(film, lose(number))
        assert set(seen) == {*range(number), *range(50, 100)}
        assert damaged(seen, clean) == []


@pytest.mark.promise("bad input 12")
@pytest.mark.parametrize("first", [5, 30])
@pytest.mark.parametrize("count", [24, 25])
def test_pictures_that_are_lost_with_a_keyframe_mute_the_rest_of_its_group(
    film: Path, first: int, count: int
) -> None:
    # What follows has the number of the last that came, or the next one.
    lost = range(first, first + count)
    seen = shown(film, lose(*lost))
    until = FPS * (lost[-1] // FPS + 1)
    assert set(seen) == {*range(first), *range(until, 100)}
    assert damaged(seen, shown(film)) == []


@pytest.mark.parametrize("seconds", [0.6, 3 * 3600.0], ids=["a pause", "another clock"])
def test_a_camera_that_pauses_or_sets_its_clock_is_not_muted(film: Path, seconds: float) -> None:
    def later(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for number, packet in pictures_in_order(packets):
            if number >= 40 and packet.pts is not None and packet.time_base is not None:
                packet.pts += round(seconds / packet.time_base)
                packet.dts = packet.pts
            yield packet

    reading = read(film, later, decode="all")
    assert [sign for item in reading.of(Decoded) for sign in item.signs] == []
    assert reading.decoded == (100, 0)


@pytest.mark.promise("bad input 12")
@pytest.mark.parametrize("which", [1, 2], ids=["last", "first"])
@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_slice_that_is_missing_mutes_the_group(folder: Path, codec: str, which: int) -> None:
    film = folder / f"slices-{codec}.ts"
    if not film.exists():
        film_of(film, codec, slices=2)
    clean = shown(film)
    seen = shown(film, changed(40, without_slice(which)))
    assert set(seen) == {*range(40), *range(50, 100)}
    assert damaged(seen, clean) == []


@pytest.mark.promise("fault 7")
@pytest.mark.parametrize("options", [CABAC, CAVLC], ids=["CABAC", "CAVLC"])
def test_what_a_decoder_could_not_finish_is_in_no_later_picture(
    folder: Path, options: dict[str, str]
) -> None:
    # As packets are lost over UDP: of the last picture before a keyframe only a part comes.
    film = film_of(folder / f"torn-{options['preset']}.ts", seconds=3.0, options=options)
    clean = shown(film)
    for share in (0.2, 0.4, 0.6, 0.8):
        seen = shown(film, changed(49, torn(share)))
        assert set(seen) == {*range(49), *range(50, 75)}
        assert damaged(seen, clean) == []


def followed(
    other: Path, change: Callable[[int, bytes], bytes], at_s: int = 3600
) -> Callable[[Iterable[av.Packet]], Iterator[av.Packet]]:
    """In mid-stream the camera goes on with another film, ``at_s`` seconds later."""

    def apply(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        last = None
        for last in packets:
            if last.size:
                yield last
        assert last is not None
        with av.open(str(other)) as container:
            for at, packet in pictures_in_order(container.demux()):
                if packet.size:
                    made = av.Packet(change(at, bytes(packet)))
                    made.stream, made.time_base = last.stream, packet.time_base
                    made.pts = made.dts = (packet.pts or 0) + round(at_s / packet.time_base)
                    made.is_keyframe = packet.is_keyframe
                    yield made

    return apply


def test_a_camera_that_described_its_change_once_is_shown_again_after_damage(folder: Path) -> None:
    before = film_of(folder / "before.ts", seconds=1.0, options=CAVLC, size=TINY)
    after = film_of(folder / "after.ts", seconds=4.0, options=CAVLC, gop=10)

    def change(at: int, data: bytes) -> bytes:
        if at == 35:
            return torn(0.5)(data)
        # Of its keyframes the first alone says what is in them.
        return data[data.index(b"\x00\x00\x01\x65") :] if at and at % 10 == 0 else data

    seen = set(shown(before, followed(after, change)))
    later = 3600 * FPS
    assert seen == {*range(FPS), *range(later, later + 35), *range(later + 40, later + 100)}


def test_another_size_is_told_after_damage_too(folder: Path) -> None:
    before = film_of(folder / "small.ts", seconds=2.0, options=CAVLC, size=TINY)
    after = film_of(folder / "large.ts", seconds=1.0, options=CAVLC)
    change = followed(after, lambda _, data: data)
    reading = read(before, lambda packets: change(changed(10, torn(0.5))(packets)), decode="all")
    assert reading.reader.opened.video is not None
    assert (reading.reader.opened.video.width, reading.reader.opened.video.height) == (320, 240)


def gap_before(number: int) -> Change:
    """FFmpeg tells of lost packets while it reads this one."""

    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for at, packet in pictures_in_order(packets):
            if at == number:
                av.logging.log(av.logging.WARNING, "rtsp", "RTP: missed 1 packets")
            yield packet

    return change


def test_a_keyframe_that_lost_a_part_ends_nothing(film: Path) -> None:
    # What is missing is missing of the keyframe itself.
    assert set(shown(film, gap_before(50))) == {*range(50), *range(75, 100)}


def test_a_keyframe_right_after_the_loss_ends_it_if_it_begins_whole(film: Path) -> None:
    # A gap is told when the next packet is read, which is the keyframe's first.
    assert set(shown(film, gap_before(49))) == {*range(49), *range(50, 100)}


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_keyframe_right_after_the_loss_ends_nothing_without_its_first_slice(
    folder: Path, codec: str
) -> None:
    film = film_of(folder / f"headless-{codec}.ts", codec, slices=2)

    def change(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        return iter(gap_before(49)(changed(50, without_slice(2))(packets)))

    assert set(shown(film, change)) == {*range(49), *range(75, 100)}


def test_of_a_codec_whose_headers_are_not_read_the_next_keyframe_is_not_believed(
    folder: Path,
) -> None:
    film = film_of(folder / "film.avi", "mjpeg", seconds=1.0)
    assert set(shown(film, gap_before(10))) == {*range(10), *range(12, FPS)}


def test_a_loss_before_the_clock_has_settled_counts_as_well(film: Path) -> None:
    def live(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for number, packet in enumerate(gap_before(3)(packets)):
            # Half a second makes the clock.
            time.sleep(0.06 if number < 10 else 0)
            yield packet

    reading = read(film, live, clock=LiveClock(), audio="off", decode="all")
    assert reading.decoded == (100, 22)


def test_a_stream_that_is_renewed_piece_by_piece_is_shown_once_all_of_it_is_new(
    folder: Path,
) -> None:
    options = {"preset": "veryfast", "bf": "0", "x264-params": "intra-refresh=1"}
    film = film_of(folder / "refresh.ts", seconds=4.0, options=options)
    clean = shown(film)
    assert len(clean) == 100
    seen = shown(film, lose(30))
    assert damaged(seen, clean) == []
    assert set(seen) >= {*range(30), *range(85, 100)}, "and it is shown again"
    assert 50 not in seen, "there a round begins, and the picture is half old"


def test_damage_is_counted_by_what_told_it_and_told_while_it_lasts(film: Path) -> None:
    reading = read(film, lose(30), decode="all")
    told = [item for item in reading.of(Decoded) if item.signs or item.muted]
    assert told[0].signs == (Sign.NUMBERS,)
    assert told[0].muted, "before a keyframe has come"
    assert not reading.of(Decoded)[-1].muted
    assert [sign for item in reading.of(Decoded) for sign in item.signs] == ["numbers"]


# --- checks that are wrong about a camera ---------------------------------------------------------


def long_film(folder: Path) -> Path:
    """75 seconds in few bytes."""
    path = folder / "long.ts"
    return path if path.exists() else film_of(path, seconds=75.0, options=CAVLC)


def test_a_camera_that_numbers_its_pictures_oddly_is_not_muted_for_good(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = Checks()

    def oddly(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        # One picture is missing of every group, and the stamps are closed up behind it.
        return (p for at, p in pictures_in_order(packets) if at % FPS != 5)

    from pipeline.sources import damage

    film = long_film(folder)
    monkeypatch.setattr(damage.Damage, "_is_hole", lambda self, step: False)
    seen = pictures(film, oddly, checks)
    assert Sign.NUMBERS in checks.dismissed
    assert not any(number % FPS > 5 for number in seen if number < 60 * FPS)
    assert any(number % FPS > 5 for number in seen if number > 65 * FPS)


def pictures(film: Path, change: Change, checks: Checks) -> list[int]:
    with Reading(film, change, audio="off", decode="all", checks=checks) as reading:
        return reading.read().pictures


def test_a_camera_that_does_drop_a_picture_of_each_group_stays_muted(folder: Path) -> None:
    checks = Checks()

    def drop(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        return (p for at, p in pictures_in_order(packets) if at % FPS != 5)

    # The stamps have a hole where the numbers have one: that is no odd numbering.
    seen = pictures(long_film(folder), drop, checks)
    assert checks.dismissed == set()
    assert not any(number % FPS > 5 for number in seen)


def test_packet_numbers_that_break_at_every_turn_are_not_believed(folder: Path) -> None:
    checks = Checks()

    def shared(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        for _, packet in pictures_in_order(packets):
            av.logging.log(av.logging.WARNING, "rtsp", "RTP: missed 1 packets")
            yield packet

    seen = pictures(long_film(folder), shared, checks)
    assert checks.dismissed == {Sign.LOST}
    assert min(seen) >= 60 * FPS
    # Where a network may lose packets, their numbers are all that tells it.
    certain = Checks(lossy=True)
    assert pictures(long_film(folder), shared, certain) == []
    assert certain.dismissed == set()


def test_a_decoder_that_is_strict_with_a_camera_for_nothing_is_replaced(folder: Path) -> None:
    checks = Checks()
    film = long_film(folder)

    def padded(packets: Iterable[av.Packet]) -> Iterator[av.Packet]:
        # As an encoder that leaves bits behind the last macroblock of each slice.
        for at, packet in pictures_in_order(packets):
            if at >= 0 and at % FPS == 5:
                other = av.Packet(bytes(packet) + b"\x55")
                other.stream, other.time_base = packet.stream, packet.time_base
                other.pts, other.dts, other.duration = packet.pts, packet.dts, packet.duration
                packet = other
            yield packet

    seen = pictures(film, padded, checks)
    assert checks.dismissed == {Sign.STRICT}
    assert not any(number % FPS > 5 for number in seen if number < 60 * FPS)
    assert set(seen) >= set(range(65 * FPS, 75 * FPS))


def test_a_check_that_accuses_now_and_then_is_believed_for_ever() -> None:
    checks = Checks()
    for group in range(200):
        if group % 9:
            checks.accuse(Sign.NUMBERS)
        for _ in range(FPS):
            checks.came()
            checks.decoded()
        assert checks.group(group * S) is None
    assert checks.believes(Sign.NUMBERS)


def test_two_checks_that_agree_are_believed_for_ever() -> None:
    checks = Checks()
    for group in range(200):
        checks.accuse(Sign.NUMBERS)
        checks.accuse(Sign.DECODER)
        for _ in range(FPS):
            checks.came()
            checks.decoded()
        assert checks.group(group * S) is None


def test_the_size_of_the_films() -> None:
    assert (WIDTH, HEIGHT) == (320, 240)
