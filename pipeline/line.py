"""One rule at one camera, from embeddings to incidents: detectors, windows, fusion, incidents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors import Detector, PromptDetector, Subject, learned_normal
from detectors.adapting import Adapter, PromptSpace
from pipeline.calibration import PriorBank
from pipeline.config import Rule, Site
from pipeline.contradiction import contradiction_detector
from pipeline.fusion import FusionEngine, FusionSettings
from pipeline.incidents import IncidentSettings, IncidentTracker, Transition
from pipeline.learning import Learner, LearnerSettings
from pipeline.prompts import alarming, ordinary
from pipeline.records import (
    NS_PER_S,
    WHOLE_VIEW,
    Embedding,
    FusedWindow,
    Modality,
    Quiet,
    Score,
)
from pipeline.text_space import TextSpace
from pipeline.windows import WindowAssembler, WindowSettings

#: A picture stands for its scene for so long: two heartbeats of a camera that sleeps.
_STANDS_NS = 30 * NS_PER_S


def usable_modalities(site: Site, camera: str, rule: Rule) -> tuple[Modality, ...]:
    """The senses that ``rule`` asks for and ``camera`` can give it."""
    settings = site.cameras[camera]
    sees = settings.video and (rule.view == WHOLE_VIEW or rule.view in settings.regions)
    # Its own microphone, or that of a neighbour in its space.
    hears = site.ear_of(camera) is not None
    able = {Modality.VIDEO: sees, Modality.AUDIO: hears}
    if rule.contradiction is not None and not (sees and hears):
        return ()
    return tuple(modality for modality in rule.modalities if able[modality])


class RuleLine:
    """Follows one rule at one camera. A pure function of what it is given, in event time.

    Args:
        site, camera, name: which rule of which camera.
        spaces: the models of the modalities that `usable_modalities` names.
        learning: how a rule with ``learn:`` learns; default: with each item, at once.
    """

    def __init__(
        self,
        site: Site,
        camera: str,
        name: str,
        spaces: Mapping[Modality, TextSpace],
        learning: Learning | None = None,
    ) -> None:
        self.camera = camera
        self.name = name
        self.rule = rule = site.rules_of(camera)[name]
        self.modalities = usable_modalities(site, camera, rule)
        if not self.modalities:
            raise ValueError(f"camera {camera} gives rule {name} nothing to see or hear")
        self._window_s = site.window.length
        self._spaces = spaces
        #: Number of the lesson that is laid over the prompts; 0: none.
        self.lesson = 0
        self._detectors: dict[Modality, Detector] = {}
        self.learners: dict[Modality, Learner] = {}
        self._contradiction = (
            None
            if rule.contradiction is None
            else contradiction_detector(camera, name, rule, spaces)
        )
        priors: dict[Modality, PriorBank] = {}
        for modality in self.modalities:
            space = spaces[modality]
            if self._contradiction is not None:
                self._detectors[modality] = self._contradiction
                pairs = self._contradiction.ordinary(modality)
                priors[modality] = PriorBank(pairs, window_s=site.window.length)
                continue
            if rule.learn is not None:
                learner = (learning or Learning()).learner(site, self, modality, space)
                self._detectors[modality] = self.learners[modality] = learner
                continue
            detector = _prompt_detector(self, modality, space)
            self._detectors[modality] = detector
            priors[modality] = PriorBank(
                detector.score_many(space.background), window_s=site.window.length
            )
        self._generations = {m: learner.generation for m, learner in self.learners.items()}
        self._last_seen: Score | None = None
        length, hop = _ns(site.window.length), _ns(site.window.hop)
        self._windows = WindowAssembler(
            camera,
            name,
            rule.version,
            WindowSettings(length, hop, _ns(site.window.lateness), self.modalities),
        )
        models = "+".join(spaces[m].model_id for m in self.modalities)
        self._fusion = FusionSettings(
            camera=camera,
            rule=name,
            identity=f"{rule.version}/{models}",
            modalities=self.modalities,
            window_ns=length,
            hop_ns=hop,
            exit_after_ns=_ns(rule.exit_after),
        )
        self._engine = FusionEngine(self._fusion, priors)
        self.incidents = IncidentTracker(
            IncidentSettings(
                site=site.site,
                camera=camera,
                rule=name,
                false_alarms_per_day=rule.false_alarms,
                min_length_ns=_ns(rule.min_length),
                exit_after_ns=_ns(rule.exit_after),
                cooldown_ns=_ns(rule.cooldown),
            )
        )

    def space(self, modality: Modality) -> PromptSpace | None:
        """The prompts of a sense; None where the rule has none of it, or is no rule of prompts."""
        detector = self._detectors.get(modality)
        return detector.space if isinstance(detector, PromptDetector) else None

    def model(self, modality: Modality) -> str:
        """Identity of the model of a sense."""
        return self._spaces[modality].model_id

    def background(self, modality: Modality) -> NDArray[np.float32]:
        """The ordinary embeddings (m, d) that come with the model of a sense."""
        return self._spaces[modality].background

    def teach(self, adapters: Mapping[Modality, Adapter], lesson: int) -> None:
        """Lay what a lesson says over the prompts, in place of what lay there; {} and 0: nothing.

        The camera's history stays: an adapter leaves what is ordinary where it was
        (`detectors.adapting.Anchored`). The model's bank is scored anew.
        """
        priors: dict[Modality, PriorBank] = {}
        for modality in self.modalities:
            if self.space(modality) is None:
                return
            space = self._spaces[modality]
            detector = _prompt_detector(self, modality, space, adapters.get(modality))
            self._detectors[modality] = detector
            priors[modality] = PriorBank(
                detector.score_many(space.background), window_s=self._window_s
            )
        history = self._engine.to_state()
        self._engine = FusionEngine(self._fusion, priors)
        self._engine.restore(history)
        self.lesson = lesson

    @property
    def identity(self) -> str:
        """Of the rule's words and the models: what was learned for another means nothing here."""
        return self._fusion.identity

    @property
    def late(self) -> int:
        """Samples that came too late for every window."""
        return self._windows.late

    def seam(self, at_ns: int) -> None:
        """Stream time was anchored anew at ``at_ns``: no window reaches across."""
        self._windows.seam(at_ns)

    def take(self, item: Embedding | Quiet) -> list[tuple[FusedWindow, list[Transition]]]:
        """Judge one item; return the windows that it closes, each with the steps it caused.

        Raises:
            DetectorInputError, NotFiniteError: the item cannot be judged; nothing was taken.
        """
        if item.modality not in self._detectors:
            return []
        learner = self.learners.get(item.modality)
        scored: Score | Quiet | None
        stands: Score | None = None
        if isinstance(item, Embedding):
            scored = self._detectors[item.modality].score(item)
            if scored is not None and item.modality is Modality.VIDEO:
                self._last_seen = scored
        elif item.modality is Modality.VIDEO:
            stands = self._still_seen(item)
            scored = item if stands is not None else None
        else:
            scored = item
            if learner is not None:
                learner.quiet(item)
            elif self._contradiction is not None:
                self._contradiction.quiet(item)
        if learner is not None and learner.generation != self._generations[item.modality]:
            # Newly learned: what it scored before means nothing any more.
            self._generations[item.modality] = learner.generation
            self._engine.renew(item.modality, self._prior_of(learner))
        if scored is None:
            return []
        results = []
        for window in self._windows.add(scored, stands):
            fused = self._engine.process(window, in_incident=self.incidents.open_id is not None)
            results.append((fused, self.incidents.process(fused)))
            self._tell_learners(fused)
        return results

    def _still_seen(self, item: Quiet) -> Score | None:
        """The last picture's score for a stretch in which it stands; None where it is too old."""
        last = self._last_seen
        if last is None or item.view != self.rule.view_of(Modality.VIDEO):
            return None
        if not 0 < item.end_ns - last.pts_ns <= _STANDS_NS:
            return None
        return last

    def _tell_learners(self, fused: FusedWindow) -> None:
        for modality, learner in self.learners.items():
            reading = fused.readings.get(modality)
            learner.judged(
                fused.start_ns,
                fused.end_ns,
                reading.p_value if reading else 1.0,
                in_incident=self.incidents.open_id is not None,
            )

    def _prior_of(self, learner: Learner) -> PriorBank | None:
        if not learner.held_out.size:
            return None
        return PriorBank(learner.held_out, window_s=self._window_s, quiet=learner.held_back)

    def to_state(self) -> dict[str, Any]:
        """What was learned of the camera's background."""
        state = self._engine.to_state()
        if self._contradiction is not None:
            state["detector"] = self._contradiction.save()
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Take over what `to_state` gave.

        Raises:
            CalibrationError: it is of other words.
            DetectorStateError: what the detector learned is; the background was taken over.
        """
        self._engine.restore(state)
        if self._contradiction is not None:
            self._contradiction.load(state.get("detector", {}))

    def learners_kept(self) -> None:
        """Say that the learners went back to another version: what their scores mean stays."""
        self._generations = {m: learner.generation for m, learner in self.learners.items()}

    def learners_restored(self) -> None:
        """Say that the learners have taken over what they had learned, before `restore`."""
        for modality, learner in self.learners.items():
            self._generations[modality] = learner.generation
            self._engine.renew(modality, self._prior_of(learner))


@dataclass(frozen=True, slots=True)
class Learning:
    """What learners of a site share."""

    #: Runs a fit; see `pipeline.learning.Learner`. None: at once.
    run: Callable[[Callable[[], Any]], Future[Any]] | None = None
    #: Whether a camera's picture or sound is in trouble, so that nothing is learned of it.
    troubled: Callable[[str, Modality], bool] = lambda _camera, _modality: False

    def learner(self, site: Site, line: RuleLine, modality: Modality, space: TextSpace) -> Learner:
        """The learner of one sense of a rule's line."""
        learn = line.rule.learn
        assert learn is not None
        return Learner(
            Subject(
                line.camera,
                line.name,
                line.rule.version,
                modality,
                line.rule.view_of(modality),
                space.model_id,
            ),
            LearnerSettings(
                learn.after, site.timezone, learn.by == "hour_of_day", patches=space.patch_id
            ),
            partial(learned_normal, modality),
            run=self.run,
            skip=partial(self.troubled, line.camera, modality),
        )


def _prompt_detector(
    line: RuleLine, modality: Modality, space: TextSpace, adapter: Adapter | None = None
) -> PromptDetector:
    prompts, normal = alarming(line.rule, modality), ordinary(line.rule, modality)
    return PromptDetector(
        camera=line.camera,
        rule=line.name,
        rule_version=line.rule.version,
        modality=modality,
        prompts=prompts,
        prompt_vectors=np.stack([space.texts[text] for text in prompts]),
        normal=normal,
        normal_vectors=np.stack([space.texts[text] for text in normal]),
        logit_scale=space.logit_scale,
        margin=line.rule.margin,
        view=line.rule.view_of(modality),
        model=space.model_id,
        adapter=adapter,
    )


def _ns(seconds: float) -> int:
    return round(seconds * NS_PER_S)
