"""Evidence is cut from what the camera sent: playable anywhere, masked where it must be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from pipeline.config import Camera
from pipeline.media import NothingHeld, decoded_pictures, write_clip
from pipeline.media_folder import DiskFull, MediaError
from pipeline.records import NS_PER_S as S
from pipeline.records import Modality
from pipeline.ring import Ring, until
from pipeline.sources import Packet, SourcePlan, open_source
from pipeline.sources.base import VideoParameters
from tests.films import packets_of as kept_of
from tests.pipeline.simulate.clips import FPS, HEIGHT, WIDTH, make_clip
from tests.pipeline.sources.hostile import keyframe, picture_parameters, sequence_parameters

V, A = Modality.VIDEO, Modality.AUDIO


def camera(url: str = "rtsp://camera/yard", **settings: Any) -> Camera:
    return Camera.model_validate({"url": url, "audio": "record", "pace": "fast", **settings})


def packets_of(film: Path) -> list[Packet]:
    """What a camera that shows ``film`` puts into its ring."""
    plan = SourcePlan("yard", camera(f"file:{film}"), None, sound=False)
    return kept_of(open_source(plan).run())


def of(packets: list[Packet], modality: Modality) -> list[Packet]:
    return [packet for packet in packets if packet.modality is modality]


def filmed(folder: Path, **film: Any) -> list[Packet]:
    return packets_of(make_clip(folder / "film.mov", **film))


class Played:
    """A clip as a player shows it."""

    def __init__(self, path: Path) -> None:
        with av.open(str(path)) as clip:
            self.codecs = [stream.codec_context.name for stream in clip.streams]
            self.pictures: list[tuple[float, NDArray[np.uint8]]] = []
            sound: list[NDArray[np.float32]] = []
            self.sound_at: list[float] = []
            for frame in clip.decode():
                if isinstance(frame, av.VideoFrame):
                    self.pictures.append((frame.time or 0.0, frame.to_ndarray(format="rgb24")))
                elif isinstance(frame, av.AudioFrame):
                    self.sound_at.append(frame.time or 0.0)
                    sound.append(frame.to_ndarray()[0].astype(np.float32))
            self.rate = clip.streams.audio[0].rate if clip.streams.audio else 0
        self.sound = np.concatenate(sound) if sound else np.zeros(0, np.float32)

    @property
    def times(self) -> list[float]:
        return [time for time, _ in self.pictures]

    def loud_from(self) -> float:
        """When the first loud sound begins, in seconds."""
        loud = np.flatnonzero(np.abs(self.sound) > 0.3 * np.abs(self.sound).max())
        return float(self.sound_at[0] + loud[0] / self.rate)

    def bright_from(self) -> float:
        """When the flash is seen first."""
        return next(time for time, pixels in self.pictures if pixels.mean() > 200)


# --- clips ---------------------------------------------------------------------------------------


def test_a_clip_is_the_camera_s_own_pictures_and_sound(tmp_path: Path) -> None:
    packets = filmed(tmp_path, seconds=2.0)
    write_clip(tmp_path / "clip.mp4", packets, camera())
    clip = Played(tmp_path / "clip.mp4")
    assert clip.codecs == ["h264", "aac"]
    assert clip.times == pytest.approx([n / FPS for n in range(2 * FPS)], abs=1e-3)
    assert clip.sound_at[0] == pytest.approx(0, abs=0.05)
    assert clip.sound.size / clip.rate == pytest.approx(2.0, abs=0.1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "film.mov"]


@pytest.mark.parametrize(
    ("picture", "sound", "codecs"),
    [
        ("libx265", "aac", ["hevc", "aac"]),
        ("mpeg4", "aac", ["h264", "aac"]),
        ("libx264", "pcm_alaw", ["h264", "aac"]),
        ("libx264", None, ["h264"]),
        (None, "aac", ["aac"]),
        (None, "pcm_mulaw", ["aac"]),
    ],
)
def test_what_browsers_do_not_play_is_encoded_anew(
    tmp_path: Path, picture: str | None, sound: str | None, codecs: list[str]
) -> None:
    rate = 8000 if sound and sound.startswith("pcm") else 48_000
    film = make_clip(tmp_path / "film.mov", picture=picture, sound=sound, rate=rate, flash_at=1.0)
    write_clip(tmp_path / "clip.mp4", packets_of(film), camera())
    clip = Played(tmp_path / "clip.mp4")
    assert clip.codecs == codecs
    if picture:
        assert clip.bright_from() == pytest.approx(1.0, abs=0.05)
    if sound:
        assert clip.loud_from() == pytest.approx(1.0, abs=0.1)
        assert clip.rate >= 16_000


def test_reordered_pictures_come_out_in_their_order(tmp_path: Path) -> None:
    packets = filmed(tmp_path, sound=None, b_frames=2)
    stamps = [packet.pts_ns for packet in packets]
    assert stamps != sorted(stamps), "the film is meant to be reordered"
    write_clip(tmp_path / "clip.mp4", packets, camera())
    clip = Played(tmp_path / "clip.mp4")
    assert len(clip.pictures) == 2 * FPS
    assert np.allclose(np.diff(clip.times), 1 / FPS, atol=1e-3)
    levels = [pixels.mean() for _, pixels in clip.pictures]
    assert levels == sorted(levels), "the film grows brighter from picture to picture"


def test_a_clip_begins_at_zero_whatever_the_time_of_the_stream(tmp_path: Path) -> None:
    film = filmed(tmp_path, seconds=3.0, flash_at=2.4)
    ring = Ring(60)
    for packet in film:
        ring.put([packet])
    write_clip(tmp_path / "clip.mp4", ring.cut(round(2.2 * S), 3 * S), camera())
    clip = Played(tmp_path / "clip.mp4")
    assert clip.times[0] == pytest.approx(0.0, abs=1e-3)
    # The keyframe before 2.2 s was shown at 2.0 s.
    assert clip.bright_from() == pytest.approx(0.4, abs=0.05)
    assert clip.loud_from() == pytest.approx(0.4, abs=0.1)


def test_a_mask_is_in_every_picture_of_a_clip(tmp_path: Path) -> None:
    masked = camera(masks=[[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]])
    packets = filmed(tmp_path, paint=lambda n: np.full((HEIGHT, WIDTH, 3), 200, np.uint8))
    write_clip(tmp_path / "clip.mp4", packets, masked)
    clip = Played(tmp_path / "clip.mp4")
    assert clip.codecs == ["h264", "aac"]
    assert len(clip.pictures) == 2 * FPS
    for _, pixels in clip.pictures:
        assert pixels[:, : WIDTH // 2 - 4].max() < 40
        assert pixels[:, WIDTH // 2 + 4 :].min() > 160


def test_nothing_but_the_masked_picture_is_in_a_masked_camera_s_file(tmp_path: Path) -> None:
    packets = filmed(tmp_path, seconds=1.0, sound=None)
    masked = camera(masks=[[[0, 0], [1, 0], [1, 1], [0, 1]]])
    write_clip(tmp_path / "clip.mp4", packets, masked)
    data = (tmp_path / "clip.mp4").read_bytes()
    assert not any(packet.data[-32:] in data for packet in packets)
    assert max(pixels.max() for _, pixels in Played(tmp_path / "clip.mp4").pictures) < 40


@pytest.mark.parametrize("sound", ["aac", "pcm_alaw"])
def test_lost_sound_is_silence_and_what_follows_stands_where_it_was_heard(
    tmp_path: Path, sound: str
) -> None:
    rate = 8000 if sound == "pcm_alaw" else 48_000
    packets = filmed(tmp_path, seconds=3.0, sound=sound, rate=rate, flash_at=2.0)
    kept = [p for p in packets if p.modality is V or not S // 2 <= p.pts_ns < 3 * S // 2]
    assert len(kept) < len(packets)
    write_clip(tmp_path / "clip.mp4", kept, camera())
    with av.open(str(tmp_path / "clip.mp4")) as clip:
        loud = [
            frame.time
            for frame in clip.decode(audio=0)
            if np.abs(frame.to_ndarray()).max() > 0.2 and frame.time is not None
        ]
    assert loud[0] == pytest.approx(2.0, abs=0.1)


def test_a_damaged_packet_costs_itself_and_not_the_clip(tmp_path: Path) -> None:
    film = filmed(tmp_path, picture="mpeg4", sound="pcm_alaw", rate=8000)
    broken = [
        Packet(p.modality, p.parameters, p.pts_ns, p.duration_ns, p.keyframe, b"\x00\x01\x02")
        if number == 20
        else p
        for number, p in enumerate(film)
    ]
    write_clip(tmp_path / "clip.mp4", broken, camera())
    assert len(Played(tmp_path / "clip.mp4").pictures) >= 2 * FPS - 2


def test_a_camera_whose_stream_was_changed_keeps_the_clip_s_first_part(tmp_path: Path) -> None:
    before = filmed(tmp_path, seconds=1.0)
    after = packets_of(make_clip(tmp_path / "other.mov", seconds=1.0, picture="libx265"))
    write_clip(tmp_path / "clip.mp4", [*before, *after], camera())
    assert len(Played(tmp_path / "clip.mp4").pictures) == FPS


def test_without_packets_there_is_no_clip_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(NothingHeld, match="nothing of the stretch is held any more"):
        write_clip(tmp_path / "clip.mp4", [], camera())
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_a_clip_leaves_no_half_of_one(tmp_path: Path) -> None:
    nonsense = Packet(V, VideoParameters("dreams", 160, 120), 0, 0, True, b"z")
    with pytest.raises(MediaError, match="the clip cannot be written"):
        write_clip(tmp_path / "clip.mp4", [nonsense], camera())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_is_called_so(tmp_path: Path) -> None:
    packets = filmed(tmp_path, seconds=1.0)
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this machine")
    # The clip is written to a hidden file beside it: here that leads to a disk without room.
    (tmp_path / ".clip.mp4.partial").symlink_to("/dev/full")
    with pytest.raises(DiskFull, match=r"clip\.mp4 cannot be written.*make room on the disk"):
        write_clip(tmp_path / "clip.mp4", packets, camera())
    assert [path.name for path in tmp_path.iterdir()] == ["film.mov"]


def test_pictures_are_decoded_with_the_times_of_the_stream(tmp_path: Path) -> None:
    packets = until(of(filmed(tmp_path), V), S)
    shown = list(decoded_pictures(packets))
    assert [pts_ns for pts_ns, _ in shown] == pytest.approx(
        [n * S // FPS for n in range(FPS + 1)], abs=S // 1000
    )
    assert shown[0][1].shape == (HEIGHT, WIDTH, 3)
    assert list(decoded_pictures([])) == []


@pytest.mark.promise("bad input 13")
def test_a_kept_picture_that_claims_to_be_huge_is_not_decoded() -> None:
    units = (sequence_parameters(8192, 8192), picture_parameters(), keyframe())
    data = b"".join(b"\0\0\0\1" + unit for unit in units)
    packet = Packet(V, VideoParameters("h264", 64, 64), 0, S // 25, True, data)
    process = psutil.Process()
    before = process.memory_info().rss
    assert list(decoded_pictures([packet])) == []
    assert process.memory_info().rss - before < 50_000_000
