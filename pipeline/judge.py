"""The judge: from embeddings to alerts in the outbox. Holds no device and no connection."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import structlog

from detectors import DetectorInputError, DetectorStateError
from pipeline.alert_desk import AlertDesk
from pipeline.archive import open_archive
from pipeline.arming_desk import ArmingDesk
from pipeline.calibration import CalibrationError
from pipeline.canary.card import CAMERA
from pipeline.canary.desk import CanaryDesk
from pipeline.channel import Channel, ChannelClosed
from pipeline.config import Site
from pipeline.earlier_backgrounds import EarlierBackgrounds
from pipeline.heard import Heard
from pipeline.incident_desk import IncidentDesk
from pipeline.learning_desk import LearningDesk
from pipeline.ledger import Ledger
from pipeline.line import Learning, RuleLine
from pipeline.lines import Lines
from pipeline.load_meter import LoadMeter
from pipeline.media_folder import MediaFolder
from pipeline.messages import (
    CameraState,
    Embedded,
    Followed,
    FollowSite,
    Heartbeat,
    MediaReady,
    ModelInfo,
    NothingHappened,
    Ready,
    ScoreLine,
    Seam,
    StartJudge,
    Stop,
    Vitals,
)
from pipeline.metrics import Recorder
from pipeline.neighbours import Neighbourhood
from pipeline.process import HEARTBEAT_S, Sweep, child_main
from pipeline.records import (
    NS_PER_S,
    WHOLE_VIEW,
    Embedding,
    FusedWindow,
    Modality,
    Quiet,
)
from pipeline.statefile import StateDamaged, load_state, save_state
from pipeline.text_space import TextSpace
from pipeline.verdicts import VerdictDesk
from pipeline.vital_signs import VitalSigns
from pipeline.windows import NotFiniteError
from sinks.outbox import Outbox

log = structlog.get_logger()

_SAVE_S = 60.0
#: Displays are told of scores so often, seconds: of several windows at once.
_TELL_S = 0.25
#: A window that would be so many times as frequent as what alerts is calm.
_NEAR = 100.0


class Judge:
    """Holds every line of a site and turns their steps into alerts.

    Args:
        site: the site.
        spaces: their texts and backgrounds.
        outbox: opened.
        channel: to the supervisor.
        state_path: where backgrounds are kept; the archive and what was learned lie beside it.
    """

    def __init__(
        self,
        site: Site,
        spaces: dict[Modality, TextSpace],
        outbox: Outbox,
        channel: Channel,
        state_path: Path,
    ) -> None:
        self._site = site
        self._spaces = spaces
        self._channel = channel
        self._state_path = state_path
        self._earlier = EarlierBackgrounds()
        self._recorder = Recorder()
        self._archive = open_archive(site, spaces, state_path.parent, self._recorder)
        self._progress = 0
        self._health = VitalSigns(site, channel, self._recorder)
        # One at a time, beside the line: a fit takes seconds.
        self._fitter = ThreadPoolExecutor(1, "fit")
        learning = Learning(self._fitter.submit, self._troubled)
        self._lines = Lines(site, spaces, learning)
        self._neighbourhood = Neighbourhood(site)
        self._desk = AlertDesk(outbox, channel, self._recorder)
        folder = state_path.parent
        models = {modality: space.model_id for modality, space in spaces.items()}
        self._canary = CanaryDesk(
            models, folder / "canary.state", self._desk, channel, self._recorder
        )
        self._ledger = Ledger(folder / "learning.sqlite3")
        self._verdicts = VerdictDesk(list(self._lines), folder, self._ledger)
        self._arming = ArmingDesk(site, folder, self._ledger, channel, self._recorder)
        self._learning = LearningDesk(
            list(self._lines),
            folder / "normal",
            self._ledger,
            channel,
            self._recorder,
            self._verdicts.handlers | self._arming.handlers,
            keep_pictures_s=site.retention.normal,
        )
        self._verdicts.learned = self._learning.verdict
        self._incidents = IncidentDesk(
            site,
            models,
            self._arming.arming,
            self._neighbourhood,
            self._desk,
            MediaFolder(folder / "media", site.media.reserve_mb),
            channel,
            self._recorder,
            self._verdicts.on_incident,
        )
        self._heard = Heard(spaces.get(Modality.AUDIO))
        self._clocks: dict[tuple[str, Modality], int] = {}
        #: By camera and rule, the end of the last window that displays were told of.
        self._told_ns: dict[tuple[str, str], int] = {}
        #: Whether scores were posted that are not sent yet.
        self._untold = False
        self._load = LoadMeter(("judge",), time.monotonic())
        self._sweep = Sweep()

    # --- life ---------------------------------------------------------------------------------

    def resume(self) -> None:
        """Take over what was learned, and end the incidents that a predecessor left open."""
        try:
            saved = load_state(self._state_path)
        except StateDamaged as error:
            log.error("background not restored", error=str(error))
            saved = {}
        self._canary.resume()
        self._arming.resume()
        self._learning.resume()
        self._verdicts.resume()
        self._health.restore(saved)
        self._earlier.take_over(saved)
        self._restore(self._lines)
        self._desk.end_open()

    def _restore(self, lines: Iterable[RuleLine]) -> None:
        """Give lines the background that was learned for their words and models."""
        for line in lines:
            if (state := self._earlier.find(_key(line), line.identity)) is None:
                continue
            try:
                line.restore(state)
            except (CalibrationError, DetectorStateError) as error:
                log.warning("background not restored", error=str(error))

    def follow(self, site: Site, spaces: dict[Modality, TextSpace]) -> None:
        """Judge another site from now on; what of it stays the same goes on in mid-window.

        Args:
            site: with cameras and rules of the same models.
            spaces: with the texts of its rules.
        """
        turnover = self._lines.follow(site, spaces)
        for line in turnover.gone:
            self._close(line, "site file changed")
            # Who comes back finds what was learned.
            self._earlier.take_over({_key(line): line.to_state()})
        self._site = site
        self._neighbourhood.follow(site)
        self._health.follow(site)
        self._arming.follow(site)
        self._incidents.arming = self._arming.arming
        self._learning.follow(list(self._lines), turnover.fresh)
        self._verdicts.follow(list(self._lines), turnover.fresh)
        self._restore(turnover.fresh)
        log.info("site followed", kept=len(list(self._lines)) - len(turnover.fresh))

    def run(self) -> None:
        """Work until told to stop.

        Raises:
            ChannelClosed: the supervisor is gone.
        """
        self._channel.send(Ready(), timeout_s=1.0)
        beat_at, save_at, tell_at = 0.0, time.monotonic() + _SAVE_S, 0.0
        while True:
            now = time.monotonic()
            if now >= beat_at:
                self._desk.retry()
                self._learning.look(now)
                self._arming.look(now)
                if self._archive is not None:
                    self._archive.beat(now)
                self._beat()
                beat_at = now + HEARTBEAT_S
            if now >= save_at:
                self.save()
                save_at = now + _SAVE_S
            if now >= tell_at:
                self._send_scores()
                tell_at = now + _TELL_S
            due = min(beat_at, tell_at) if self._untold else beat_at
            message = self._channel.receive(timeout_s=max(0.0, due - now))
            if isinstance(message, Stop):
                self.finish(message.reason)
                return
            if message is not None:
                self._progress += 1
                began = time.monotonic()
                self._handle(message)
                self._load.worked("judge", time.monotonic() - began)

    def _handle(self, message: Any) -> None:
        match message:
            case Embedded() if message.embedding.camera == CAMERA:
                self._canary.take(message.embedding)
            case Embedded():
                self.take(message.embedding)
            case NothingHappened():
                self.take(message.quiet)
            case Vitals():
                self._health.take(message)
            case Seam():
                self.seam(message)
            case MediaReady():
                self._desk.media_ready(message)
            case FollowSite():
                site = Site.model_validate_json(message.site)
                self.follow(site, _spaces(message.sight, message.sound))
                self._channel.send(Followed(), timeout_s=1.0)
            case CameraState() if message.state in ("offline", "ended", "refused"):
                self._close_incidents(message.camera, f"camera {message.state}")
            case CameraState():
                pass
            case _:
                log.error("unexpected message", type=type(message).__name__)

    def finish(self, reason: str) -> None:
        """End open incidents, save what was learned."""
        for line in self._lines:
            self._close(line, reason)
        self._desk.finish()
        self._learning.finish()
        self._verdicts.close()
        self._arming.close()
        self._fitter.shutdown(wait=False, cancel_futures=True)
        self.save()
        self._send_scores()
        self._beat()

    def save(self) -> None:
        """Keep what was learned; a full disk is reported and does not stop the judging."""
        state = {_key(line): line.to_state() for line in self._lines} | self._health.save()
        state |= self._earlier.save()
        if self._archive is not None:
            self._archive.flush()
        try:
            save_state(self._state_path, state)
        except OSError as error:
            self._recorder.count("hearsight_errors_total", stage="judge", reason="state_not_saved")
            log.error(
                "what was learned of the cameras is not saved: make room on the disk",
                error=error.strerror,
            )

    def _troubled(self, camera: str, modality: Modality) -> bool:
        """Whether nothing is to be learned of a camera's picture or sound now."""
        seen = modality is Modality.VIDEO
        source = camera if seen else self._site.ear_of(camera) or camera
        about = "camera_" if seen else "microphone_"
        return any(kind.startswith(about) for kind in self._health.troubled(source))

    # --- judging ------------------------------------------------------------------------------

    def take(self, item: Embedding | Quiet) -> None:
        """Judge one item under every rule of its camera, and of those that borrow its ear."""
        self._recorder.count("hearsight_received_total", stage="judge")
        self._measure(item)
        if self._archive is not None:
            self._archive.append(item)
        for copy in self._neighbourhood.copies(item):
            self._judge(copy)

    def seam(self, message: Seam) -> None:
        """Judge nothing across a camera's seam, nor across that of an ear that is borrowed."""
        for line in self._lines:
            if message.camera in (line.camera, self._site.ear_of(line.camera)):
                line.seam(message.pts_ns)

    def _judge(self, item: Embedding | Quiet) -> None:
        if isinstance(item, Embedding):
            self._verdicts.see(item)
            self._heard.take(item)
        for line in self._lines.of(item.camera):
            late = line.late
            try:
                results = line.take(item)
            except (DetectorInputError, NotFiniteError) as error:
                self._recorder.count("hearsight_errors_total", stage="judge", reason="bad_item")
                log.error("item not judged", camera=item.camera, rule=line.name, error=str(error))
                continue
            if line.late > late:
                self._recorder.count("hearsight_dropped_total", stage="judge", reason="late")
            for window, steps in results:
                self._neighbourhood.note(window)
                self._tell_scores(line, window)
                for step in steps:
                    self._incidents.step(line, step)
                self._incidents.look(line, window)

    def _measure(self, item: Embedding | Quiet) -> None:
        if isinstance(item, Embedding) and item.view != WHOLE_VIEW:
            return
        key = (item.camera, item.modality)
        end = item.end_ns
        before = self._clocks.setdefault(key, end)
        if not -10 * NS_PER_S < end - before < 60 * NS_PER_S:
            self._clocks[key] = end
        elif end > before:
            # Quiet overtakes samples on their way through the encoder: nothing counts twice.
            self._clocks[key] = end
            self._recorder.count(
                "hearsight_stream_seconds_total",
                (end - before) / NS_PER_S,
                camera=item.camera,
                modality=item.modality,
            )

    def _tell_scores(self, line: RuleLine, window: FusedWindow) -> None:
        """Tell displays of a window: of calm ones not more than one a second."""
        key = (line.camera, line.name)
        calm = window.per_day > _NEAR * line.rule.false_alarms
        if calm and 0 <= window.end_ns - self._told_ns.get(key, -NS_PER_S) < NS_PER_S:
            return
        self._told_ns[key] = window.end_ns
        told = ScoreLine(
            camera=line.camera,
            rule=line.name,
            at=window.captured_at,
            end_ns=window.end_ns,
            score=window.score,
            per_day=window.per_day,
            promised_per_day=line.rule.false_alarms,
            modalities={m: -math.log10(r.p_value) for m, r in window.readings.items()},
            missing=list(window.missing),
            heard=self._heard.words(line.camera),
        )
        self._channel.post(told)
        self._untold = True

    def _send_scores(self) -> None:
        self._untold = False
        for _ in range(self._channel.flush()):
            self._recorder.count("hearsight_dropped_total", stage="judge", reason="score_line")

    def _close_incidents(self, camera: str, reason: str) -> None:
        for line in self._lines.of(camera):
            self._close(line, reason)

    def _close(self, line: RuleLine, reason: str) -> None:
        for step in line.incidents.close(reason):
            self._incidents.step(line, step)

    def _beat(self) -> None:
        self._sweep.look(time.monotonic())
        self._load.tell(self._recorder, time.monotonic())
        self._channel.send(Heartbeat(self._progress, self._recorder.drain()), timeout_s=1.0)


def _key(line: RuleLine) -> str:
    return f"{line.camera}/{line.name}"


def _spaces(sight: ModelInfo | None, sound: ModelInfo | None) -> dict[Modality, TextSpace]:
    infos = {Modality.VIDEO: sight, Modality.AUDIO: sound}
    return {m: TextSpace.of(info) for m, info in infos.items() if info is not None}


def run(channel: Channel, start: StartJudge) -> None:
    """Judge until told to stop."""
    site = Site.model_validate_json(start.site)
    state = Path(start.state_dir)
    spaces = _spaces(start.sight, start.sound)
    with Outbox(state / "outbox.sqlite3") as outbox:
        judge = Judge(site, spaces, outbox, channel, state / "background.state")
        judge.resume()
        try:
            judge.run()
        except ChannelClosed:
            judge.save()


if __name__ == "__main__":
    child_main("judge", StartJudge, run)
