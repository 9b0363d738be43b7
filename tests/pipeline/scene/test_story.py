"""Stories: when things happen, that they are seen and heard then, and the film made of them."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from pipeline.records import Modality
from pipeline.scene.acoustics import RATE
from pipeline.scene.compose import GAP_S, QUIET_S, compose
from pipeline.scene.concepts import NORMAL_SOUND
from pipeline.scene.render import render
from pipeline.scene.story import Story, StoryEvent

SMALL = (90, 160)
SEEDS = range(12)


@pytest.fixture(scope="module", params=[3, 4])
def story(request: pytest.FixtureRequest) -> Story:
    return compose(request.param)


def event(story: Story, name: str) -> StoryEvent:
    return next(e for e in story.events if e.name == name)


def test_a_seed_always_tells_the_same_story_and_another_seed_another() -> None:
    assert compose(7) == compose(7)
    assert compose(7) != compose(8)
    assert np.array_equal(compose(7).frame(20.0, SMALL), compose(7).frame(20.0, SMALL))
    assert len({compose(seed).backdrop.place for seed in SEEDS}) > 2
    assert len({tuple(e.name for e in compose(seed).events) for seed in SEEDS}) > 2


@pytest.mark.parametrize("seed", SEEDS)
def test_three_events_come_after_the_quiet_and_well_apart(seed: int) -> None:
    story = compose(seed)
    assert {e.name: e.modalities for e in story.events} == {
        "fire_with_alarm": (Modality.VIDEO, Modality.AUDIO),
        "glass_breaking": (Modality.AUDIO,),
        "person_collapses": (Modality.VIDEO,),
    }
    assert story.events[0].start_s >= QUIET_S
    for one, following in zip(story.events, story.events[1:], strict=False):
        assert following.start_s - one.end_s >= GAP_S - 1e-6
    assert story.events[-1].end_s < story.seconds
    assert all(e.end_s > e.start_s for e in story.events)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_doubles_of_what_matters_come_before_it(seed: int) -> None:
    story = compose(seed)
    first = story.events[0].start_s
    assert any(s.stop_pose is not None and s.start_s < first for s in story.strolls)
    assert any(s.end_s < first for s in story.switches)
    early = {c.concept for c in story.cues if c.start_s + c.seconds < first}
    assert early & {"dishes", "door_slam"}
    assert early & {"bird_song", "phone_ring"}
    if not story.backdrop.indoors:
        reddish = [d for d in story.drives if d.start_s < first and d.car.colour[0] > 120]
        assert reddish


def test_one_camera_can_tell_several_stories_and_quiet_ones() -> None:
    first = compose(11)
    later = compose(12, at=first)
    assert later.backdrop == first.backdrop
    assert later.lens == first.lens
    assert later.strolls != first.strolls
    quiet = later.quiet()
    assert quiet.strolls == later.strolls
    assert quiet.events == quiet.burns == quiet.collapses == ()
    assert {"fire_alarm", "glass_breaking"} <= {cue.concept for cue in later.cues}
    assert {cue.concept for cue in quiet.cues} <= NORMAL_SOUND


def test_too_short_a_story_is_refused_with_the_length_it_needs() -> None:
    with pytest.raises(ValueError, match="ask for"):
        compose(1, seconds=40.0)


def test_the_fire_burns_while_its_event_lasts_and_not_before_or_after(story: Story) -> None:
    fire = event(story, "fire_with_alarm")
    for t in np.linspace(fire.start_s + 0.1, fire.end_s - 0.3, 7):
        assert story.snapshot(float(t)).fires
    for t in (fire.start_s - 0.1, fire.end_s + 0.1):
        assert not story.snapshot(t).fires


def test_someone_falls_stays_down_and_leaves(story: Story) -> None:
    fall = event(story, "person_collapses")

    def tipped(t: float) -> bool:
        return any(abs(p.pose.pitch) + abs(p.pose.roll) > 60 for p in story.snapshot(t).people)

    assert not tipped(fall.start_s - 0.1)
    for t in np.linspace(fall.start_s + 1.0, fall.end_s - 0.1, 9):
        assert tipped(float(t))
    assert not tipped(fall.end_s + 2.5)


def test_people_move_a_little_from_frame_to_frame(story: Story) -> None:
    for t in np.arange(0, story.seconds - 0.1, 0.25):
        now, soon = story.snapshot(float(t)).people, story.snapshot(float(t) + 1 / 12).people
        looks = {p.look: p for p in now}
        for person in soon:
            if person.look in looks:
                assert abs(person.x - looks[person.look].x) < 0.12


def test_the_audible_events_stand_out_where_the_story_says(story: Story) -> None:
    sound = story.sound()
    assert sound.shape == (round(story.seconds * RATE),)
    assert sound.dtype == np.float32
    assert np.abs(sound).max() <= 1.0
    quiet = np.abs(sound[: round(QUIET_S * RATE)]).max()
    for name in ("fire_with_alarm", "glass_breaking"):
        e = event(story, name)
        part = sound[round(e.start_s * RATE) : round((e.end_s + 0.1) * RATE)]
        assert np.abs(part).max() > 0.25
        assert np.abs(part).max() > 0.9 * quiet
    glass = event(story, "glass_breaking")
    at = round(glass.start_s * RATE)
    before, after = sound[at - RATE // 5 : at - RATE // 50], sound[at : at + RATE // 5]
    assert np.abs(after).max() > 3 * np.abs(before).max()


def test_a_film_has_picture_and_sound_for_its_whole_length(tmp_path: Path) -> None:
    whole = compose(5)
    path = tmp_path / "film.mp4"
    done: list[float] = []
    render(whole, path, size=SMALL, fps=4, progress=done.append)
    assert done[-1] == 1.0
    assert done == sorted(done)
    with av.open(str(path)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height) == (SMALL[1], SMALL[0])
        assert audio.rate == RATE
        assert audio.codec_context.layout.nb_channels == 1
        assert film.duration is not None
        assert film.duration / 1e6 == pytest.approx(whole.seconds, abs=0.3)
        keys = [
            p.pts * float(p.time_base)
            for p in film.demux(video)
            if p.pts is not None and p.is_keyframe
        ]
        assert np.diff(keys) == pytest.approx(1.0)
        film.seek(0)
        frames = list(film.decode(video))
        assert len(frames) == round(whole.seconds * 4)
        shown = frames[80].to_ndarray(format="rgb24").astype(int)
        assert np.abs(shown - whole.frame(20.0, SMALL)).mean() < 12


def test_an_odd_size_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="even"):
        render(compose(1), tmp_path / "odd.mp4", size=(91, 160))
    assert not list(tmp_path.iterdir())


def test_what_people_do_is_named_and_left_open_between_two_poses(story: Story) -> None:
    fall = event(story, "person_collapses")
    times = np.arange(0, story.seconds, 0.1)
    for t in times:
        assert len(story.activities(float(t))) == len(story.snapshot(float(t)).people)
    said = {t: story.activities(float(t)) for t in times}
    lies = [t for t, doing in said.items() if "person_lying" in doing]
    assert fall.start_s < min(lies) < fall.start_s + 1.0
    assert fall.end_s - 0.2 < max(lies) < fall.end_s + 0.5
    assert any("person_falling" in said[t] for t in times if fall.start_s < t < min(lies))
    assert None in {
        doing for t in times if fall.end_s + 0.5 < t < fall.end_s + 2 for doing in said[t]
    }
