"""What is said of a camera, told as what happens to it second by second."""

from __future__ import annotations

import pytest

from pipeline.ingest.watch import CameraWatch
from pipeline.messages import CameraState
from pipeline.records import Modality

V, A = Modality.VIDEO, Modality.AUDIO
WALL = 1_760_000_000.0


class Told:
    """A camera under watch, and a clock that is moved by hand."""

    def __init__(self, *, video: bool = True, audio: bool = False, sample_fps: float = 2.0) -> None:
        self.watch = CameraWatch("yard", video=video, audio=audio, sample_fps=sample_fps)
        self.now = 5000.0

    def connect(self, *notes: str) -> None:
        self.watch.connecting(self.now)
        self.watch.opened(self.now, notes)

    def goes_on(self, seconds: float, *modalities: Modality, packets: bool = False) -> None:
        """Samples of ``modalities`` twice a second, with packets; ``packets``: these alone too."""
        for _ in range(round(seconds * 2)):
            self.now += 0.5
            if modalities or packets:
                self.watch.packet(self.now)
            for modality in modalities:
                self.watch.sampled(modality, self.now)

    def look(self) -> CameraState | None:
        return self.watch.look(self.now, WALL)

    def said(self) -> tuple[str, str]:
        """What it would say to somebody who never asked before."""
        self.watch._said = None
        state = self.look()
        assert state is not None
        return state.state, state.detail

    @property
    def state(self) -> str:
        return self.said()[0]

    @property
    def detail(self) -> str:
        return self.said()[1]


def test_a_camera_connects_and_is_online_with_its_first_picture() -> None:
    camera = Told()
    assert camera.look() == CameraState("yard", "connecting", "", False, False, WALL)
    camera.connect()
    assert camera.look() is None, "nothing is new"
    camera.goes_on(0.5, V)
    assert camera.look() == CameraState("yard", "online", "", True, False, WALL)
    camera.goes_on(60, V)
    assert camera.look() is None, "said once is enough"


def test_pictures_stop_and_the_camera_is_stalled_and_then_offline() -> None:
    camera = Told()
    camera.connect()
    camera.goes_on(5, V)
    states = []
    for _ in range(20):
        if (told := camera.look()) is not None:
            states.append((told.state, told.video))
        camera.goes_on(0.5)
    assert states == [("online", True), ("stalled", True), ("offline", False)]
    assert camera.detail == "no media comes any more"
    camera.goes_on(0.5, V)
    assert camera.said() == ("online", "")


def test_a_camera_that_is_asked_seldom_is_not_stalled_between_two_pictures() -> None:
    camera = Told(sample_fps=0.1)
    camera.connect()
    camera.goes_on(0.5, V)
    camera.goes_on(20, packets=True)
    assert camera.state == "online"
    camera.goes_on(10, packets=True)
    assert camera.state == "stalled"
    camera.goes_on(25, packets=True)
    assert camera.state == "offline"


@pytest.mark.promise("fault 4")
def test_a_camera_that_is_asked_seldom_is_missed_as_soon_as_any_other() -> None:
    camera = Told(sample_fps=0.1)
    camera.connect()
    camera.goes_on(0.5, V)
    camera.goes_on(5, packets=True)
    camera.goes_on(4)
    assert camera.state == "stalled"
    camera.goes_on(4)
    assert camera.state == "offline", "nothing at all came for eight seconds"
    camera.goes_on(0.5, V)
    assert camera.state == "online"


def test_pictures_that_come_seldom_because_there_are_no_more_are_waited_for() -> None:
    # A folder of pictures, one in ten seconds.
    camera = Told(sample_fps=0.1)
    camera.connect()
    for _ in range(3):
        camera.now += 9.5
        camera.goes_on(0.5, V)
    camera.goes_on(20)
    assert camera.state == "online"
    camera.goes_on(6)
    assert camera.state == "stalled"


def test_a_camera_that_is_asked_more_seldom_from_now_on_is_not_stalled_for_it() -> None:
    camera = Told()
    camera.connect()
    camera.goes_on(5, V)
    camera.watch.paced(0.2)
    camera.goes_on(6, packets=True)
    assert camera.state == "online"
    camera.watch.paced(2.0)
    assert camera.state == "stalled"


def test_a_camera_that_cannot_be_reached_is_offline_and_says_why() -> None:
    camera = Told()
    camera.watch.connecting(camera.now)
    camera.watch.failed("yard: nobody answers at camera:554")
    assert camera.said() == ("offline", "yard: nobody answers at camera:554")
    camera.watch.connecting(camera.now)
    assert camera.state == "offline", "another attempt is no news"
    camera.connect()
    camera.goes_on(1, V)
    assert camera.said() == ("online", ""), "and the trouble is forgotten"


def test_an_attempt_that_takes_for_ever_is_no_longer_called_connecting() -> None:
    camera = Told()
    camera.watch.connecting(camera.now)
    camera.goes_on(7)
    assert camera.state == "connecting"
    camera.goes_on(2)
    assert camera.said() == (
        "offline",
        "the camera does not answer: check its address and the network",
    )


@pytest.mark.promise("fault 2")
def test_a_camera_that_takes_the_connection_and_sends_nothing_says_so() -> None:
    camera = Told()
    camera.connect()
    camera.goes_on(9)
    assert camera.said() == (
        "offline",
        "connected, but no media comes: check the camera's stream",
    )


def test_wrong_credentials_have_a_state_of_their_own_until_pictures_come() -> None:
    camera = Told()
    camera.watch.connecting(camera.now)
    camera.watch.failed("yard: wrong password", refused=True)
    assert camera.said() == ("refused", "yard: wrong password")
    camera.connect()
    assert camera.state == "refused", "a connection alone shows nothing"
    camera.goes_on(0.5, V)
    assert camera.state == "online"


def test_a_camera_that_was_refused_and_is_now_away_is_offline() -> None:
    camera = Told()
    camera.watch.failed("yard: wrong password", refused=True)
    camera.watch.failed("yard: nobody answers")
    assert camera.said() == ("offline", "yard: nobody answers")


def test_a_lost_connection_that_is_back_at_once_is_nobody_s_business() -> None:
    camera = Told()
    camera.connect()
    camera.goes_on(5, V)
    assert camera.state == "online"
    camera.watch.failed("yard: the stream ended")
    camera.goes_on(1)
    assert camera.said() == ("online", "")
    camera.connect()
    camera.goes_on(1, V)
    assert camera.said() == ("online", "")


def test_a_connection_that_stays_lost_is_told_with_its_reason() -> None:
    camera = Told()
    camera.connect()
    camera.goes_on(5, V)
    camera.watch.failed("yard: the stream ended")
    camera.goes_on(4)
    assert camera.said() == ("stalled", "yard: the stream ended")
    camera.goes_on(5)
    assert camera.said() == ("offline", "yard: the stream ended")


@pytest.mark.promise("bad input 16")
def test_packets_without_a_picture_wait_for_a_keyframe() -> None:
    camera = Told()
    camera.connect()
    for _ in range(18):
        camera.now += 0.5
        camera.watch.packet(camera.now)
    assert camera.said() == ("offline", "waiting for keyframe")
    camera.goes_on(0.5, V)
    assert camera.said() == ("online", "")


@pytest.mark.promise("bad input 11", "bad input 12")
def test_damage_is_remarked_while_it_comes_and_half_a_minute_longer() -> None:
    camera = Told()
    camera.connect()
    camera.goes_on(5, V)
    assert camera.watch.damaged(camera.now), "it is news"
    assert camera.said() == ("online", "damaged pictures are withheld")
    camera.goes_on(20, V)
    assert not camera.watch.damaged(camera.now), "a bad network is told of once"
    camera.goes_on(29, V)
    assert camera.detail == "damaged pictures are withheld"
    camera.goes_on(1, V)
    assert camera.said() == ("online", "")
    assert camera.watch.damaged(camera.now)


def test_a_check_that_is_off_stays_remarked() -> None:
    camera = Told()
    camera.connect()
    camera.watch.gave_up("numbers")
    camera.goes_on(600, V)
    assert camera.said() == ("online", "its numbers check is off: it alone saw damage")


@pytest.mark.promise("fault 12")
@pytest.mark.parametrize(("gone", "left"), [(V, A), (A, V)])
def test_one_sense_that_is_missing_is_remarked_and_the_camera_is_still_online(
    gone: Modality, left: Modality
) -> None:
    camera = Told(audio=True)
    camera.connect()
    camera.goes_on(5, V, A)
    assert camera.said() == ("online", "")
    camera.goes_on(9.5, left)
    assert camera.said() == ("online", "")
    camera.goes_on(1, left)
    told = camera.look()
    assert told is not None
    assert (told.state, told.detail) == ("online", f"{gone} missing")
    assert (told.video, told.audio) == (left is V, left is A)


def test_sound_that_was_promised_and_never_came_is_missing_too() -> None:
    camera = Told(audio=True)
    camera.connect("sound codec qcelp is not accepted")
    camera.goes_on(5, V)
    assert camera.detail == "sound codec qcelp is not accepted"
    camera.goes_on(6, V)
    assert camera.detail == "sound codec qcelp is not accepted; audio missing"
    camera.connect()
    camera.goes_on(2, V, A)
    assert camera.said() == ("online", "")


def test_a_microphone_alone_misses_no_picture() -> None:
    camera = Told(video=False, audio=True)
    camera.connect()
    camera.goes_on(60, A)
    told = camera.look()
    assert told is not None
    assert (told.state, told.detail, told.video, told.audio) == ("online", "", False, True)


def test_a_film_that_is_over_has_ended_and_expects_no_more() -> None:
    camera = Told()
    assert not camera.watch.live
    camera.connect()
    assert camera.watch.live
    camera.goes_on(5, V)
    camera.watch.ended()
    assert camera.said() == ("ended", "")
    camera.goes_on(60)
    told = camera.look()
    assert told is None
    assert not camera.watch.live


def test_while_the_connection_is_lost_no_more_is_expected() -> None:
    camera = Told()
    camera.connect()
    camera.goes_on(5, V)
    camera.watch.failed("yard: the stream ended")
    assert not camera.watch.live
    camera.connect()
    assert camera.watch.live
