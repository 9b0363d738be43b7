"""From a rule's examples to what one of its senses is taught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from detectors.adapting import Adapter, Chain, PromptSpace, RepeatedFalseAlarms
from detectors.adapting.cache import fit_repeats
from pipeline.records import Modality
from pipeline.teaching.choose import PLAIN, choose
from pipeline.teaching.labelled import INCIDENT, Labelled, Values, all_rows, statistics
from pipeline.teaching.lessons import Taught
from pipeline.teaching.methods import Method

#: Logits that a false alarm's memory may take from an incident that was confirmed.
_HARM = 0.5


def learn(
    space: PromptSpace,
    model: str,
    examples: Sequence[Labelled],
    ordinary: Values,
    methods: Mapping[str, Method],
    *,
    keep: Taught | None = None,
) -> Taught:
    """Choose a method on held-out examples, and remember false alarms beside it.

    The memory of false alarms (`RepeatedFalseAlarms`) is no candidate of the choice: it changes
    nothing but what repeats one of them, which held-out examples of other occasions cannot show. It
    is held to another measure: no false alarm is remembered that would take from a confirmed
    incident of another occasion.

    Args:
        space: the rule's prompts.
        model: identity of the model.
        examples: of this sense, by this model.
        ordinary: (m, d) embeddings of what is ordinary.
        methods: by name.
        keep: what the sense was taught by a method that is not among ``methods``; it is kept under
            the memory of false alarms instead of choosing anew.
    """
    usable = [e for e in examples if len(e)]
    if keep is not None:
        base, taught = _without_repeats(keep.adapter), replace(keep, model=model)
    else:
        choice = choose(space, usable, ordinary, methods)
        base = choice.adapter
        taught = Taught(
            model=model,
            method=choice.method,
            adapter=base,
            reason=choice.reason,
            table=[asdict(candidate) for candidate in choice.table],
            positive=choice.positive,
            negative=choice.negative,
        )
    method = taught.method.partition(" + ")[0]
    repeats, said = _repeats(space, usable, ordinary, base)
    if repeats is None:
        return replace(taught, method=method, adapter=base)
    return replace(
        taught,
        method="repeats" if base is None else f"{method} + repeats",
        adapter=repeats if base is None else Chain((base, repeats)),
        reason="; ".join(filter(None, [taught.reason, said])),
    )


def scored(space: PromptSpace, adapter: Adapter | None, examples: Sequence[Labelled]) -> Values:
    """What examples score with an adapter, or with the plain prompts: (n,), NaN without rows."""
    rows = all_rows(examples, space.directions.shape[1])
    raw = space.raw(rows)
    return statistics(examples, raw if adapter is None else adapter.adjust(rows, raw))


def _without_repeats(adapter: Adapter | None) -> Adapter | None:
    if isinstance(adapter, RepeatedFalseAlarms):
        return None
    return adapter.parts[0] if isinstance(adapter, Chain) else adapter


def _repeats(
    space: PromptSpace, examples: Sequence[Labelled], ordinary: Values, base: Adapter | None
) -> tuple[RepeatedFalseAlarms | None, str]:
    false = [e for e in examples if not e.label and e.source.startswith(INCIDENT)]
    confirmed = [e for e in examples if e.label]
    if not false:
        return None, ""

    def memory(of: Sequence[Labelled], against: Sequence[Labelled]) -> RepeatedFalseAlarms:
        def score(rows: Values) -> Values:
            raw = space.raw(rows)
            return raw if base is None else base.adjust(rows, raw)

        dim = space.directions.shape[1]
        keys = all_rows(of, dim)
        return fit_repeats(keys, score(keys), all_rows(against, dim), ordinary, score(ordinary))

    kept = []
    for one in false:
        harm = 0.0
        for held in confirmed:
            occasion = held.group or held.source
            others = [e for e in confirmed if (e.group or e.source) != occasion]
            adapter: Adapter = memory([one], others)
            adapter = adapter if base is None else Chain((base, adapter))
            harm = max(
                harm, float((scored(space, base, [held]) - scored(space, adapter, [held]))[0])
            )
        if harm <= _HARM:
            kept.append(one)
    left = len(false) - len(kept)
    said = f"{len(kept)} false alarms are remembered"
    if left:
        said += f"; {left} are not, since they are too like what was confirmed"
    return (memory(kept, confirmed) if kept else None), said


def ordinary_rows(bank: NDArray[np.float32], own: NDArray[np.float32], most: int = 2_000) -> Values:
    """A model's bank and a site's own ordinary embeddings, (m, d), the own ones all of them."""
    thin = bank[:: max(1, -(-len(bank) // most))]
    parts = [thin, own] if own.size else [thin]
    out: Values = np.concatenate(parts).astype(np.float64)
    return out


def is_plain(senses: Mapping[Modality, Taught]) -> bool:
    """Whether nothing was taught to any sense."""
    return all(t.adapter is None and t.method == PLAIN for t in senses.values())
