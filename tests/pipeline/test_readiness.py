"""Whether a site can do its work, and what stands in its way."""

from __future__ import annotations

from pipeline.messages import CameraState, HealthEvent
from pipeline.readiness import FRESH_S, Readiness

ALL = {"models": True, "judge": True, "publisher": True}


def site(*cameras: str) -> Readiness:
    """A site whose cameras were all heard of at second 0."""
    readiness = Readiness(cameras)
    for camera in cameras:
        readiness.camera(CameraState(camera, "online", "", True, True, 0.0))
        readiness.sampled(camera, 0.0)
    return readiness


def trouble(subject: str, detail: str) -> HealthEvent:
    return HealthEvent(None, "fails", detail, 0.0, subject=subject, standing=True)


def test_one_dead_camera_does_not_fail_a_site_and_the_last_one_does() -> None:
    readiness = site("yard", "gate")
    readiness.sampled("gate", 100.0)
    ready, body = readiness.body(100.0, ALL)
    assert ready
    assert [body["cameras"][name]["fresh"] for name in ("yard", "gate")] == [False, True]
    ready, body = readiness.body(100.0 + FRESH_S, ALL)
    assert not ready
    assert body["checks"]["cameras"] is False


def test_a_process_that_is_down_fails_it() -> None:
    ready, body = site("yard").body(1.0, ALL | {"judge": False})
    assert not ready
    assert body["checks"] == {
        "models": True, "judge": False, "publisher": True, "outbox": True, "cameras": True,
    }  # fmt: skip


def test_an_outbox_that_takes_nothing_fails_it_until_it_takes_again() -> None:
    readiness = site("yard")
    readiness.event("judge", trouble("outbox", "no room: free disk space"))
    ready, body = readiness.body(1.0, ALL)
    assert (ready, body["checks"]["outbox"]) == (False, False)
    assert body["troubles"] == {"outbox": "no room: free disk space"}

    readiness.event("judge", HealthEvent(None, "outbox_works", "", 0.0, subject="outbox"))
    assert readiness.body(1.0, ALL)[0]


def test_a_redis_that_is_away_is_shown_and_fails_nothing() -> None:
    readiness = site("yard")
    readiness.event("publisher", trouble("delivery to redis", "wrong password"))
    readiness.event("publisher", trouble("delivery to redis", "out of memory"))
    ready, body = readiness.body(1.0, ALL)
    assert ready, "its alerts wait on disk"
    assert body["troubles"] == {"delivery to redis": "out of memory"}


def test_the_troubles_of_a_process_that_was_replaced_are_its_own() -> None:
    readiness = site("yard")
    readiness.event("judge", trouble("outbox", "no room"))
    readiness.event("publisher", trouble("disk", "full"))
    readiness.forget("judge")
    assert readiness.body(1.0, ALL)[1]["troubles"] == {"disk": "full"}


def test_a_site_of_files_ends_with_the_last_of_them() -> None:
    readiness = site("yard", "gate")
    readiness.camera(CameraState("yard", "ended", "", False, False, 1.0))
    assert not readiness.all_ended()
    readiness.camera(CameraState("gate", "ended", "", False, False, 2.0))
    assert readiness.all_ended()
    assert not Readiness(["yard"]).all_ended(), "not before the first word of it"
