"""What the streams of cameras are found to be; several are looked at at a time."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from av.error import FFmpegError

from pipeline.config import Site
from pipeline.doctor.findings import Area, Finding, sentence
from pipeline.doctor.watching import Seen, plans_of, watch
from pipeline.records import NS_PER_S
from pipeline.sources import SourceError, SourcePlan

_AREA = Area("cameras")

#: How long a stream is watched, seconds.
WATCH_S = 5.0
#: What is not looked at by then is left: seconds for all, and for each stream.
_DEADLINE_S, _STREAM_S = 60.0, 3.0
#: Cameras at a time: a network of cameras has to carry them beside the site.
AT_ONCE = 8
#: After damage nothing is seen until the next keyframe, and clips begin at one.
_KEYFRAME_S = 4.5
#: A camera's clock may be off by as much, seconds.
_CLOCK_S = 2.0
#: A stream whose time passes at less than this share of the host's comes too late.
_PACE = 0.7

Watch = Callable[..., Seen]


def look_at_cameras(
    site: Site,
    *,
    watch: Watch = watch,
    seconds: float = WATCH_S,
    deadline_s: float | None = None,
    at_once: int = AT_ONCE,
) -> Iterator[Finding]:
    """Open every stream of every camera for a few seconds, and say what is wrong with it.

    Args:
        site: its cameras.
        watch: reads one stream, see `pipeline.doctor.watching.watch`; for tests.
        seconds: how long each is watched.
        deadline_s: all of it takes hardly longer; default: as `deadline_of` says.
        at_once: streams that are read at a time.
    """
    ending = threading.Event()
    deadline_s = deadline_of(site) if deadline_s is None else deadline_s
    due = time.monotonic() + deadline_s
    with ThreadPoolExecutor(at_once, thread_name_prefix="doctor") as pool:
        begun: list[tuple[str, SourcePlan, Future[Seen]]] = []
        for name, camera in site.cameras.items():
            for number, plan in enumerate(plans_of(name, camera)):
                called = name if number == 0 else f"{name} (analysis_url)"
                job = pool.submit(watch, plan, seconds, stop=ending.is_set)
                begun.append((called, plan, job))
        try:
            for called, plan, job in begun:
                try:
                    seen = job.result(timeout=max(0.0, due - time.monotonic()))
                except (FFmpegError, ValueError, MemoryError) as error:
                    yield _AREA.failure(
                        called,
                        f"it cannot be read ({type(error).__name__})",
                        "take another of its streams: what it sends is not what it says",
                    )
                    continue
                except TimeoutError:
                    yield _AREA.skipped(
                        called,
                        f"not looked at within {deadline_s:g} s",
                        "look again, when fewer cameras make it wait",
                    )
                    continue
                yield from judge(called, plan, seen)
        finally:
            ending.set()
            pool.shutdown(wait=True, cancel_futures=True)


def deadline_of(site: Site) -> float:
    """Seconds within which the cameras of a site are looked at."""
    streams = sum(len(plans_of(name, camera)) for name, camera in site.cameras.items())
    return _DEADLINE_S + _STREAM_S * streams


def judge(called: str, plan: SourcePlan, seen: Seen) -> Iterator[Finding]:
    """What a stream showed, set against what the site asks of it.

    Args:
        called: how the stream is named to people.
        plan: what it was asked for.
        seen: what came.
    """
    if seen.opened is None or (
        seen.error is not None and not seen.pictures_ns and not seen.samples
    ):
        error = seen.error
        told, advice = ("nothing came", "look again") if error is None else _said(plan, error)
        yield _AREA.failure(called, told, advice)
        return
    if plan.wants_video:
        yield from _picture(called, plan, seen)
    if plan.wants_audio:
        yield _sound(called, seen)
    yield from _time(called, seen)
    if seen.error is not None:
        told, advice = _said(plan, seen.error)
        yield _AREA.warning(called, f"after {seen.watched_s:.0f} s: {told}", advice)


def _said(plan: SourcePlan, error: SourceError) -> tuple[str, str]:
    """What a source found and what to do; the camera's name stands before it already."""
    told, advice = sentence(error)
    return told.removeprefix(f"{plan.camera} at ").removeprefix(f"{plan.camera}: "), advice


def _picture(called: str, plan: SourcePlan, seen: Seen) -> Iterator[Finding]:
    check = f"{called}: picture"
    opened = seen.opened
    assert opened is not None
    notes = "; ".join(opened.notes)
    if opened.video is None:
        yield _AREA.failure(
            check,
            notes or "the stream carries none",
            "set the camera to H.264 or H.265, or write video: false",
        )
        return
    count, shape = len(seen.pictures_ns), f"{opened.video.width}x{opened.video.height}"
    if count < 2:
        yield _AREA.failure(
            check,
            f"{opened.video.codec} {shape}, and {count} pictures in {seen.watched_s:.0f} s",
            "see what the camera streams; restart it",
        )
        return
    fps = (count - 1) / _span_s(seen.pictures_ns)
    bits = 8 * seen.picture_bytes / max(seen.watched_s, 0.1)
    told = f"{opened.video.codec} {shape}, {fps:.3g} a second, {bits / 1e6:.2g} Mb/s"
    wanted = plan.settings.sample_fps
    if fps < 0.9 * wanted:
        yield _AREA.warning(
            check,
            f"{told}: fewer than sample_fps asks for ({wanted:g})",
            "raise the camera's frame rate, or lower sample_fps",
        )
    else:
        yield _AREA.ok(check, told)
    yield _keyframes(f"{called}: keyframes", seen)


def _keyframes(check: str, seen: Seen) -> Finding:
    times = sorted(seen.keyframes_ns)
    gap_s = max((b - a for a, b in itertools.pairwise(times)), default=0) / NS_PER_S
    if len(times) < 2:
        gap_s = max(seen.watched_s, _KEYFRAME_S)
        told = f"{len(times)} in {seen.watched_s:.0f} s"
    else:
        told = f"one in {gap_s:.2g} s"
    if len(times) < 2 or gap_s > _KEYFRAME_S:
        return _AREA.warning(
            check,
            f"{told}: clips begin at one, and after damage nothing is seen until the next",
            "set the camera's keyframe interval (GOP, I-frame) to 2 s, and its smart codec off",
        )
    return _AREA.ok(check, told)


def _sound(called: str, seen: Seen) -> Finding:
    check = f"{called}: sound"
    opened = seen.opened
    assert opened is not None
    switch = "switch sound on in the camera (AAC or G.711), or write audio: off"
    if opened.audio is None:
        return _AREA.warning(check, "; ".join(opened.notes) or "the stream carries none", switch)
    told = f"{opened.audio.codec}, {opened.audio.rate} Hz"
    if not seen.samples:
        return _AREA.warning(check, f"{told}, and none came", switch)
    if seen.peak == 0:
        return _AREA.warning(
            check, f"{told}, and nothing but zeros", "switch the microphone on, or raise its gain"
        )
    return _AREA.ok(check, f"{told}, loudest {seen.peak:.2f} of 1")


def _time(called: str, seen: Seen) -> Iterator[Finding]:
    check = f"{called}: time stamps"
    passed_s = _span_s(seen.pictures_ns) if len(seen.pictures_ns) > 1 else None
    if seen.jumps or seen.restamped:
        yield _AREA.warning(
            check,
            f"{seen.jumps} jumps, {seen.restamped} replaced in {seen.watched_s:.0f} s",
            "restart the camera, take another of its streams, or update its firmware",
        )
    elif passed_s is not None and passed_s < _PACE * (seen.watched_s - 1.0):
        yield _AREA.warning(
            check,
            f"{passed_s:.1f} s of the stream in {seen.watched_s:.1f} s: it comes too late",
            "the network or the camera does not keep up: lower its bit rate, look at the link",
        )
    else:
        yield _AREA.ok(check, "in order")
    offset = seen.clock_offset_s
    if offset is None:
        return
    told = f"{abs(offset):.1f} s {'ahead of' if offset > 0 else 'behind'} this box's"
    if abs(offset) > _CLOCK_S:
        yield _AREA.warning(
            f"{called}: clock",
            f"{told}: the time in its picture is not that of the alert",
            "give camera and box the same time server (NTP)",
        )
    else:
        yield _AREA.ok(f"{called}: clock", told)


def _span_s(times_ns: list[int]) -> float:
    return max((max(times_ns) - min(times_ns)) / NS_PER_S, 1e-3)
