"""The supervisor starts a site's processes, feeds them, replaces them, and ends them in order."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
import pytest
import redis

from pipeline import children, inference_watch
from pipeline.data_dir import SiteInUse
from pipeline.errors import ModelsUnusable, PortTaken
from pipeline.ledger import Ledger
from pipeline.messages import HealthEvent
from sinks.console.line_client import LineClient, LineUnavailable
from sinks.redis_client import open_client
from tests.pipeline.stage import SITE, Played, Stage, folder, stage

__all__ = ["folder", "stage"]

# --- start ---------------------------------------------------------------------------------------


def test_with_models_known_a_picture_finds_its_way_and_a_request_for_its_clip_too(
    stage: Stage,
) -> None:
    async def scenes() -> None:
        await stage.until_all_work()
        await stage.until(lambda: stage.lines().count("judge got MediaReady") == 2)
        await stage.until(lambda: stage.lines().count("publisher got Outboxed") == 2)

    stage.play(scenes)
    lines = stage.lines()
    for name in ("judge", "worker-0", "worker-1"):
        assert lines.index("encoder ready") < lines.index(f"{name} starts")
    way = [
        "encoder got FrameReady",
        "judge got Embedded",
        "judge got CameraState",
        "judge got NothingHappened",
        "judge got Vitals",
        "publisher got HealthEvent",
    ]
    assert [lines.count(step) for step in way] == [2] * len(way)
    assert "worker-0 got CutMedia" in lines
    assert "worker-1 got CutMedia" in lines
    assert not [line for line in lines if line.startswith("encoder got") and "Frame" not in line]


def test_health_tells_when_the_site_can_do_its_work(stage: Stage) -> None:
    async def scenes() -> None:
        await stage.until(lambda: stage.supervisor.health_address)
        assert not stage.supervisor.readiness()[0]
        url = f"http://{stage.supervisor.health_address}"
        # Who asks before the web framework is loaded waits for it.
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            assert (await client.get("/healthz")).status_code == 200
            await stage.until_all_work()
            await stage.until(lambda: stage.supervisor.readiness()[0])
            said = await client.get("/readiness")
            assert said.status_code == 200
            assert said.json()["cameras"]["yard"]["state"] == "online"
            # Its own worker's words may come a round later.
            await stage.until(lambda: ("online", "") in stage.states("gate"))
            await stage.until(
                lambda: stage.supervisor._exporter.registry.get_sample_value(
                    "hearsight_process_resident_bytes", {"process": "judge"}
                )
            )
            metrics = (await client.get("/metrics")).text
            assert 'hearsight_camera_up{camera="gate"} 1.0' in metrics

    stage.play(scenes)


def test_the_console_is_told_of_the_site_and_gives_it_orders(stage: Stage) -> None:
    async def scenes() -> None:
        state_dir = stage.site.state_dir
        await stage.until((state_dir / "control.sock").exists)
        async with LineClient(state_dir) as line:
            await stage.until_all_work()
            site = await line.site()
            assert list(site["cameras"]) == ["yard", "gate"]
            assert site["models"]["sight"] == "fake@000000000000"
            await stage.until(lambda: stage.supervisor.readiness()[0])
            state = await line.state()
            assert state["ready"]
            assert all(process["alive"] for process in state["processes"].values())
            assert set(state["processes"]) >= {"encoder", "judge", "publisher", "worker-1"}
            # The pictures of the played worker were taken in the year 2001.
            assert state["lag_s"]["ingest"] > 1e8
            assert await line.picture("gate") is None
            await stage.until(lambda: "worker-1 got Watch" in stage.lines())
            assert "worker-0 got Watch" not in stage.lines()
            number = await line.order("freeze", by="ann", camera="gate")
            with Ledger(state_dir / "learning.sqlite3") as ledger:
                assert [(o.id, o.kind, o.by) for o in ledger.due()] == [(number, "freeze", "ann")]
            stage.supervisor.ask_to_stop()
            await stage.until(lambda: not (state_dir / "control.token").exists())
            with pytest.raises(LineUnavailable):
                await line.state()

    stage.play(scenes)


def test_models_that_cannot_be_loaded_end_it_with_the_reason(stage: Stage) -> None:
    stage.part(encoder="refuses")
    with pytest.raises(ModelsUnusable, match="run `hearsight models pull`"):
        stage.play()
    assert stage.lines().count("encoder starts") == 1, "another try would say the same"
    assert not [line for line in stage.lines() if line.startswith(("judge", "worker"))]


def test_a_port_that_is_taken_is_told_before_anything_is_started(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        stage = Stage(folder, SITE.replace("port: 0", f"port: {port}"))
        with pytest.raises(PortTaken):
            stage.play()
    assert stage.lines() == []


def test_a_site_runs_once(folder: Path, stage: Stage) -> None:
    second = Stage(folder)

    async def scenes() -> None:
        await stage.until(lambda: "encoder ready" in stage.lines())
        with pytest.raises(SiteInUse):
            await second.supervisor.run()

    stage.play(scenes)
    assert stage.lines().count("encoder starts") == 1


# --- the end -------------------------------------------------------------------------------------


def ends(lines: list[str]) -> list[str]:
    return [line.split()[0] for line in lines if line.endswith("stops")]


def test_told_by_a_signal_it_ends_in_the_order_of_the_data(stage: Stage) -> None:
    async def scenes() -> None:
        await stage.until_all_work()
        # Else it would end the tests.
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        os.kill(os.getpid(), signal.SIGTERM)
        await stage.until(lambda: stage.supervisor._stop_asked)

    stage.play(scenes)
    lines = stage.lines()
    assert sorted(ends(lines)[:2]) == ["worker-0", "worker-1"]
    assert ends(lines)[2:] == ["encoder", "judge", "publisher"]
    # Nobody is told to stop before those whose data it takes have ended.
    for before, after in (("worker-1", "encoder"), ("encoder", "judge"), ("judge", "publisher")):
        assert lines.index(f"{before} stops") < lines.index(f"{after} told to stop")


def test_what_a_process_says_last_still_goes_down_the_whole_line(stage: Stage) -> None:
    stage.part(worker_0="says something last")

    async def scenes() -> None:
        await stage.until_all_work()
        await stage.until(lambda: stage.lines().count("publisher got Outboxed") == 2)

    stage.play(scenes)
    lines = stage.lines()
    for line in ("encoder got FrameReady", "judge got Embedded", "publisher got Outboxed"):
        assert lines.count(line) == 3, line


def test_one_that_does_not_want_to_stop_is_ended_and_the_others_stop_as_ever(
    stage: Stage,
) -> None:
    stage.part(worker_0="stubborn")
    began = 0.0

    async def scenes() -> None:
        nonlocal began
        await stage.until_all_work()
        began = time.monotonic()

    stage.play(scenes)
    assert time.monotonic() - began < 30, "it would have slept for a minute"
    assert ends(stage.lines()) == ["worker-1", "encoder", "judge", "publisher"]


def test_a_stop_while_models_are_loaded_is_heard(stage: Stage) -> None:
    stage.part(encoder="never gets ready")

    async def scenes() -> None:
        await stage.until(lambda: "publisher ready" in stage.lines())

    stage.play(scenes)
    assert ends(stage.lines()) == ["publisher"]


def test_when_all_films_are_over_the_site_ends_by_itself(stage: Stage) -> None:
    stage.part(worker_0="ends", worker_1="ends")
    stage.play()
    assert ends(stage.lines())[2:] == ["encoder", "judge", "publisher"]
    assert "judge got Embedded" in stage.lines(), "what was under way arrived first"


# --- processes that end --------------------------------------------------------------------------


@pytest.mark.promise("fault 14")
def test_a_worker_that_dies_is_replaced_and_the_other_camera_does_not_notice(
    stage: Stage,
) -> None:
    async def scenes() -> None:
        await stage.until_all_work()
        await stage.until(lambda: stage.states("yard") == [("online", "")])
        os.kill(stage.supervisor.pids()["worker-0"], signal.SIGKILL)
        await stage.until(lambda: len(stage.states("yard")) == 3)

    stage.play(scenes)
    assert stage.states("yard") == [
        ("online", ""),
        ("offline", "ingest replaced: killed by signal 9"),
        ("online", ""),
    ]
    assert stage.states("gate") == [("online", "")]
    lines = stage.lines()
    assert [lines.count(f"{name} starts") for name in ("worker-0", "worker-1", "judge")] == [
        2,
        1,
        1,
    ]
    assert stage.restarts("worker-0") == 1
    assert stage.restarts("worker-1") is None


@pytest.mark.promise("fault 15")
def test_a_worker_that_hangs_is_found_out_by_its_silence(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Played, "heartbeat_timeout_s", 2.0)
    stage.part(worker_0="freezes")

    async def scenes() -> None:
        await stage.until(lambda: "worker-0 ready" in stage.lines())
        stage.part()
        await stage.until(lambda: stage.lines().count("worker-0 ready") == 2)
        await stage.until(lambda: len(stage.states("yard")) == 3)

    stage.play(scenes)
    state, detail = stage.states("yard")[1]
    assert state == "offline"
    assert detail.startswith("ingest replaced: gave no sign of life for ")


def test_one_that_dies_at_each_start_is_started_ever_more_seldom(stage: Stage) -> None:
    stage.part(worker_0="crashes at once")

    async def scenes() -> None:
        await stage.until(lambda: stage.restarts("worker-0") == 3)
        # The fourth stays, so that there is no more to count.
        stage.part(worker_0="")
        await stage.until(lambda: stage.lines().count("worker-0 starts") == 4)

    stage.play(scenes)
    starts = stage.when("worker-0 starts")
    waits = [later - earlier for earlier, later in itertools.pairwise(starts)]
    first = children._BACKOFF_FIRST_S
    # The n-th wait is between half and all of 2^n times the first (starting takes its time too).
    assert all(wait >= first * 2**n for n, wait in enumerate(waits))
    assert stage.restarts("worker-0") == 3
    assert stage.states("gate") == [("online", "")]


@pytest.mark.parametrize("name", ["judge", "publisher"])
def test_judge_and_publisher_are_replaced_too(stage: Stage, name: str) -> None:
    async def scenes() -> None:
        await stage.until_all_work()
        os.kill(stage.supervisor.pids()[name], signal.SIGKILL)
        await stage.until(lambda: not stage.supervisor.readiness()[0])
        await stage.until(lambda: stage.lines().count(f"{name} ready") == 2)
        await stage.until(lambda: stage.supervisor.readiness()[0])

    stage.play(scenes)
    assert stage.restarts(name) == 1
    assert stage.lines().count("worker-0 starts") == 1
    assert ends(stage.lines())[2:] == ["encoder", "judge", "publisher"]


@pytest.mark.promise("fault 18")
def test_a_lost_encoder_is_replaced_and_nobody_else_is_started_again(stage: Stage) -> None:
    async def scenes() -> None:
        await stage.until_all_work()
        told = stage.lines().count("publisher got HealthEvent")
        os.kill(stage.supervisor.pids()["encoder"], signal.SIGKILL)
        await stage.until(lambda: stage.lines().count("encoder ready") == 2)
        await stage.until(lambda: stage.lines().count("publisher got HealthEvent") > told)
        await stage.until(lambda: stage.supervisor.readiness()[0])

    stage.play(scenes)
    lines = stage.lines()
    assert [lines.count(f"{n} starts") for n in ("judge", "worker-0", "publisher")] == [1, 1, 1]


def test_an_encoder_that_cannot_follow_is_given_less_by_every_worker(stage: Stage) -> None:
    kinds = ("overloaded", "overload_over")

    async def scenes() -> None:
        await stage.until_all_work()
        assert not [line for line in stage.lines() if "SampleRate" in line]
        stage.part(encoder="overloaded")
        for worker in ("worker-0", "worker-1"):
            await stage.until(lambda w=worker: f"{w} got SampleRate 1.4" in stage.lines())  # type: ignore[misc]
        view = stage.supervisor._views.state()["sampling"]
        assert view["overloaded"]
        assert "sampling" in stage.supervisor.readiness()[1]["troubles"]
        # A worker that is new is told as well.
        os.kill(stage.supervisor.pids()["worker-1"], signal.SIGKILL)
        await stage.until(lambda: stage.lines().count("worker-1 ready") == 2)
        again = stage.lines().index("worker-1 ready")
        await stage.until(
            lambda: any("worker-1 got SampleRate" in line for line in stage.lines()[again + 1 :])
        )

    stage.play(scenes)
    told = [m.kind for m in stage.told if isinstance(m, HealthEvent) and m.kind in kinds]
    assert told == ["overloaded"]


@pytest.mark.promise("fault 19")
def test_an_encoder_that_ends_again_and_again_is_let_rest_and_the_site_goes_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(inference_watch, "RESTARTS", (2, 15.0))
    monkeypatch.setattr(inference_watch, "_TELL_WAIT_S", 3.0)
    stage.supervisor = Played(stage.site, on_event=stage.told.append)
    told_after_s = 0.0

    def alarms() -> list[HealthEvent]:
        return [m for m in stage.told if isinstance(m, HealthEvent) and m.subject == "inference"]

    async def scenes() -> None:
        nonlocal told_after_s
        await stage.until_all_work()
        stage.part(encoder="crashes")
        began = time.monotonic()
        os.kill(stage.supervisor.pids()["encoder"], signal.SIGKILL)
        await stage.until(alarms)
        told_after_s = time.monotonic() - began
        assert not stage.supervisor.readiness()[0]
        assert "inference" in stage.supervisor.readiness()[1]["troubles"]
        await stage.until(lambda: any("it ended too often" in m.detail for m in alarms()))
        assert stage.lines().count("encoder starts") == 3, "once, and again twice"
        stage.part()
        await stage.until(lambda: alarms()[-1].kind == "inference_works")
        now = stage.supervisor.readiness()[1]
        assert now["checks"]["models"]
        assert "inference" not in now["troubles"]

    stage.play(scenes)
    starts = stage.when("encoder starts")
    assert len(starts) == 4
    # A process says that it starts once it runs, which may be late on a busy machine.
    assert starts[3] - starts[1] >= 10, "no more than two in fifteen seconds"
    assert [m.kind for m in alarms()][-2:] == ["no_inference", "inference_works"]
    lines = stage.lines()
    assert [lines.count(f"{n} starts") for n in ("judge", "worker-0", "publisher")] == [1, 1, 1]
    record_property(
        "measured",
        f"“no inference” after {told_after_s:.1f} s; {inference_watch.RESTARTS[0]} restarts in the "
        "time that is allowed for as many",
    )


# --- the site's own Redis ------------------------------------------------------------------------


def test_the_site_s_own_redis_outlives_its_death_and_ends_last(folder: Path) -> None:
    site = SITE.replace("sinks: [{type: jsonl, path: DATA/alerts.jsonl}]", "sinks: [{type: redis}]")
    stage = Stage(folder, site)

    def answers() -> bool:
        assert stage.supervisor.redis_url is not None
        client = open_client(stage.supervisor.redis_url)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()
            client.connection_pool.disconnect()

    def server() -> psutil.Process | None:
        for one in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                if "redis" in one.name():
                    return one
        return None

    async def scenes() -> None:
        await stage.until_all_work()
        first = server()
        assert first is not None
        assert answers()
        first.kill()
        await stage.until(lambda: stage.restarts("redis") == 1)
        await stage.until(lambda: server() is not None and answers())

    stage.play(scenes)
    assert server() is None
    assert stage.lines().count("publisher starts") == 1, "nobody else was replaced"
