"""What is measured, in one table, and the way a number takes from a process to ``/metrics``.

Every process counts in a `Recorder`; its heartbeat carries what changed to the supervisor, which
keeps the one `prometheus_client` registry. A process that dies loses one heartbeat's counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from pipeline.messages import Sample


class Kind(StrEnum):
    """How samples of a metric add up."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table of metrics."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0)

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("hearsight_received_total", Kind.COUNTER, "Items that a stage took in.", ("stage",)),
        Metric("hearsight_sent_total", Kind.COUNTER, "Items that a stage passed on.", ("stage",)),
        Metric(
            "hearsight_dropped_total",
            Kind.COUNTER,
            "Items dropped, by stage and reason.",
            ("stage", "reason"),
        ),
        Metric(
            "hearsight_errors_total",
            Kind.COUNTER,
            "Items that failed, by stage and reason.",
            ("stage", "reason"),
        ),
        Metric(
            "hearsight_frames_total",
            Kind.COUNTER,
            "Frames decoded and sampled.",
            ("camera", "step"),
        ),
        Metric(
            "hearsight_damaged_total",
            Kind.COUNTER,
            "Frames withheld because the stream was damaged.",
            ("camera",),
        ),
        Metric(
            "hearsight_damage_total",
            Kind.COUNTER,
            "Times that damage was found in a stream, by what told it.",
            ("camera", "sign"),
        ),
        Metric(
            "hearsight_picture_muted",
            Kind.GAUGE,
            "1 while a camera's pictures are withheld until a keyframe comes whole.",
            ("camera",),
        ),
        Metric(
            "hearsight_check_dismissed",
            Kind.GAUGE,
            "1 for a check of the stream that is not believed: it alone found damage all the time.",
            ("camera", "sign"),
        ),
        Metric(
            "hearsight_stream_reconnects_total",
            Kind.COUNTER,
            "Connections that were opened again.",
            ("camera",),
        ),
        Metric(
            "hearsight_last_frame_timestamp_seconds",
            Kind.GAUGE,
            "Arrival of the newest sample, UTC epoch seconds.",
            ("camera", "modality"),
        ),
        Metric(
            "hearsight_av_skew_seconds",
            Kind.GAUGE,
            "Arrival of the newest picture minus that of the newest sound, on stream time.",
            ("camera",),
        ),
        Metric(
            "hearsight_stream_seconds_total",
            Kind.COUNTER,
            "Seconds of stream that were scored.",
            ("camera", "modality"),
        ),
        Metric(
            "hearsight_inference_duration_seconds",
            Kind.HISTOGRAM,
            "Time of one batch in a model.",
            ("model",),
        ),
        Metric("hearsight_batch_size", Kind.GAUGE, "Size of the last batch.", ("model",)),
        Metric(
            "hearsight_alerts_total",
            Kind.COUNTER,
            "Incidents raised.",
            ("camera", "rule", "severity"),
        ),
        Metric(
            "hearsight_suppressed_total",
            Kind.COUNTER,
            "Incidents that made no alert: their rule was not armed, or silenced, as they began.",
            ("camera", "rule", "reason"),
        ),
        Metric(
            "hearsight_alert_latency_seconds",
            Kind.HISTOGRAM,
            "From the arrival of the newest sample behind a new alert to its delivery.",
            ("sink",),
        ),
        Metric(
            "hearsight_deliveries_total",
            Kind.COUNTER,
            "Alert revisions, by sink and what became of them.",
            ("sink", "status"),
        ),
        Metric(
            "hearsight_stream_over_cap_total",
            Kind.COUNTER,
            "Looks at a stream that found it longer than its cap.",
            ("stream",),
        ),
        Metric(
            "hearsight_lag_seconds",
            Kind.GAUGE,
            "Largest age of what a stage passed on in the last ten seconds, since its arrival.",
            ("stage",),
        ),
        Metric(
            "hearsight_start_seconds",
            Kind.GAUGE,
            "From the start of the site's process until models were loaded, and a sample embedded.",
            ("until",),
        ),
        Metric(
            "hearsight_load",
            Kind.GAUGE,
            "Share of the last second that a stage was at work, in [0, 1].",
            ("stage",),
        ),
        Metric(
            "hearsight_waiting_seconds",
            Kind.GAUGE,
            "For how long the oldest sample has waited for a stage.",
            ("stage",),
        ),
        Metric(
            "hearsight_gate_asleep",
            Kind.GAUGE,
            "1 while a camera's scene is still and hardly anything of it is decoded.",
            ("camera",),
        ),
        Metric(
            "hearsight_gate_trust",
            Kind.GAUGE,
            "Whether the sizes of packets tell movement: 1 yes, 0 not known yet, -1 no.",
            ("camera",),
        ),
        Metric(
            "hearsight_gate_missed",
            Kind.GAUGE,
            "Pictures of a sleeping camera that had moved, since its worker began.",
            ("camera",),
        ),
        Metric(
            "hearsight_sample_rate",
            Kind.GAUGE,
            "Pictures, or windows of sound, a second that a camera may be sampled at.",
            ("camera", "modality"),
        ),
        Metric(
            "hearsight_sampling_deficit",
            Kind.GAUGE,
            "Share of what a camera wants that it is not sampled at, in [0, 1).",
            ("camera", "modality"),
        ),
        Metric(
            "hearsight_activity",
            Kind.GAUGE,
            "How much goes on in a camera's picture, in [0, 1].",
            ("camera",),
        ),
        Metric(
            "hearsight_decode_lag_seconds",
            Kind.GAUGE,
            "How far a camera's decoder is behind its stream.",
            ("camera",),
        ),
        Metric("hearsight_outbox_pending", Kind.GAUGE, "Revisions not yet delivered.", ("sink",)),
        Metric(
            "hearsight_outbox_delay_seconds",
            Kind.GAUGE,
            "Age of the oldest revision not yet delivered.",
            ("sink",),
        ),
        Metric(
            "hearsight_process_restarts_total", Kind.COUNTER, "Processes replaced.", ("process",)
        ),
        Metric("hearsight_process_resident_bytes", Kind.GAUGE, "Resident memory.", ("process",)),
        Metric(
            "hearsight_canary_timestamp_seconds",
            Kind.GAUGE,
            "When the newest canary that every sink took was sent, UTC epoch seconds; 0: none.",
        ),
        Metric(
            "hearsight_canary_duration_seconds",
            Kind.GAUGE,
            "How long that canary took from the front of the line to the last sink.",
        ),
        Metric(
            "hearsight_clock_steps_total",
            Kind.COUNTER,
            "How often the host's clock was set.",
        ),
        Metric(
            "hearsight_camera_up",
            Kind.GAUGE,
            "1 while a camera is online, else 0.",
            ("camera",),
        ),
        Metric(
            "hearsight_camera_trouble",
            Kind.GAUGE,
            "1 while a camera's picture or sound is in trouble of this kind, 0 once it is over.",
            ("camera", "kind"),
        ),
    )
}

_Key = tuple[str, tuple[tuple[str, str], ...]]


class Recorder:
    """A process's own counts. Not thread-safe: one per thread, drained into one heartbeat."""

    def __init__(self) -> None:
        self._sums: dict[_Key, float] = {}
        self._observed: list[Sample] = []
        #: Keys that were looked at once, as they are given: to look costs more than to count.
        self._known: dict[_Key, _Key] = {}

    def count(self, name: str, value: float = 1.0, **labels: str) -> None:
        """Add to a counter."""
        key = self._key(name, labels, Kind.COUNTER)
        self._sums[key] = self._sums.get(key, 0.0) + value

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge."""
        self._sums[self._key(name, labels, Kind.GAUGE)] = value

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add an observation to a histogram."""
        self._key(name, labels, Kind.HISTOGRAM)
        # Bounded: between two heartbeats a process makes some hundred observations.
        if len(self._observed) < 2000:
            self._observed.append(Sample(name, labels, value))

    def drain(self) -> list[Sample]:
        """Return what changed since the last call, and begin anew."""
        samples = [Sample(name, dict(labels), v) for (name, labels), v in self._sums.items()]
        samples += self._observed
        self._sums, self._observed = {}, []
        return samples

    def _key(self, name: str, labels: dict[str, str], kind: Kind) -> _Key:
        given = (name, tuple(labels.items()))
        key = self._known.get(given)
        if key is None:
            key = self._known[given] = _key(name, labels, kind)
        elif METRICS[name].kind is not kind:
            _key(name, labels, kind)
        return key


def _key(name: str, labels: dict[str, str], kind: Kind) -> _Key:
    metric = METRICS[name]
    if metric.kind is not kind or set(labels) != set(metric.labels):
        raise ValueError(f"{name} is a {metric.kind} with labels {metric.labels}, not {labels}")
    return name, tuple(sorted(labels.items()))


class Exporter:
    """The supervisor's side: applies samples to the registry that ``/metrics`` shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._collectors: dict[str, Counter | Gauge | Histogram] = {}
        #: By name and labels as they come: prometheus_client takes long to find them.
        self._children: dict[_Key, Counter | Gauge | Histogram] = {}
        for metric in METRICS.values():
            if metric.kind is Kind.HISTOGRAM:
                collector: Counter | Gauge | Histogram = Histogram(
                    metric.name,
                    metric.help,
                    metric.labels,
                    registry=self.registry,
                    buckets=_SECONDS,
                )
            elif metric.kind is Kind.GAUGE:
                collector = Gauge(metric.name, metric.help, metric.labels, registry=self.registry)
            else:
                collector = Counter(metric.name, metric.help, metric.labels, registry=self.registry)
            self._collectors[metric.name] = collector

    def apply(self, samples: Iterable[Sample]) -> None:
        """Add a process's samples; a sample of an unknown metric is an error.

        Raises:
            ValueError: a name or its labels are not in the table.
        """
        for sample in samples:
            key = (sample.name, tuple(sample.labels.items()))
            child = self._children.get(key)
            if child is None:
                child = self._children[key] = self._child(sample)
            if isinstance(child, Counter):
                child.inc(sample.value)
            elif isinstance(child, Gauge):
                child.set(sample.value)
            else:
                child.observe(sample.value)

    def _child(self, sample: Sample) -> Counter | Gauge | Histogram:
        collector = self._collectors.get(sample.name)
        if collector is None:
            raise ValueError(f"{sample.name} is not in the table of metrics")
        return collector.labels(**sample.labels) if sample.labels else collector

    def forget(self, label: str, value: str) -> None:
        """Show nothing any more of a camera that has left the site, or of a process that is gone.

        Args:
            label: ``camera`` or ``process``.
            value: which.
        """
        for name, metric in METRICS.items():
            if label not in metric.labels:
                continue
            shown = [labels for labels, _ in self.values(name)]
            for values in {tuple(labels[key] for key in metric.labels) for labels in shown}:
                if values[metric.labels.index(label)] == value:
                    self._collectors[name].remove(*values)
        self._children = {
            key: child for key, child in self._children.items() if (label, value) not in key[1]
        }

    def values(self, name: str, part: str = "") -> list[tuple[dict[str, str], float]]:
        """The present values of a metric with their labels.

        Args:
            name: as in the table.
            part: of a histogram ``_sum`` or ``_count``.
        """
        return [
            (dict(sample.labels), sample.value)
            for family in self._collectors[name].collect()
            for sample in family.samples
            if sample.name == name + part
        ]

    def count(self, name: str, value: float = 1.0, **labels: str) -> None:
        """Add to a counter of the supervisor's own."""
        self.apply([Sample(name, labels, value)])

    def set(self, name: str, value: float, **labels: str) -> None:
        """Set a gauge of the supervisor's own."""
        self.apply([Sample(name, labels, value)])
