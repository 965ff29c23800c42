"""A bundle's card: everything that must be known of a model to use it and to answer for it.

On disk it is ``card.json`` with the schema ``coachwork.card/1``; `card_to_json` and `card_from_json` are each other's
inverse.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from coachwork.assessments.familiarity import Familiarity
from coachwork.assessments.score_calibration import ScoreCalibration
from coachwork.assessments.verdict import VerdictCalibration
from coachwork.geometry.size import Size
from coachwork.inference.card_calibration import (
    familiarity_from_json,
    familiarity_to_json,
    groups_from_json,
    held_out_from_json,
    scores_from_json,
    scores_to_json,
    verdict_to_json,
)
from coachwork.inference.card_fields import CardFields
from coachwork.inference.decoding import DecodingKind, DecodingRule
from coachwork.taxonomy import Kind, Task

SCHEMA = "coachwork.card/1"

_EARLIER_TASK = "damage instances"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSource:
    """One set of photos that a model was trained on.

    Attributes:
        name: the set's name, as in its label map.
        title, licence, attribution, url: what its publisher states.
        photos: how many of its photos were trained on.
        weights_may_ship: whether models trained on it may be published.
    """

    name: str
    title: str = ""
    licence: str
    attribution: str
    url: str = ""
    photos: int = 0
    weights_may_ship: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDataset:
    """What a model was trained on: a dataset's name, the digest of its manifest, and the sets in it."""

    name: str
    digest: str
    sources: tuple[CardSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a model is, sees and promises.

    Attributes:
        name: the bundle's name, as reports state it.
        task: what the model looks for.
        architecture: the network, such as "efficientdet".
        types: (C,) what the model can see, in the order of its outputs.
        input_size: of the letterboxed input, pixels.
        mean, std: normalisation of each channel in 0..255; it lies inside the graph and is stated for the record.
        decoding: how outputs become detections, the mask threshold included.
        thresholds: operating point of each type, 0..1.
        thresholds_how: how the operating point was calibrated.
        verdict: calibration of the photo's verdict, or None where "none" must never be claimed.
        score_calibration: of each type, how a score becomes the probability that the detection is right; empty where
            that was not calibrated.
        familiarity: what photos of cars look like to the model; None where strange photos are not told.
        dataset: what it was trained on.
        metrics: what was measured, free in form.
        limits: sentences that say what the model cannot do.
        licence: of the weights.
        created: ISO 8601 time.
    """

    name: str
    task: Task = Task.DAMAGE
    architecture: str
    types: tuple[Kind, ...]
    input_size: Size
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    decoding: DecodingRule
    thresholds: Mapping[Kind, float]
    thresholds_how: str
    verdict: VerdictCalibration | None
    score_calibration: Mapping[Kind, ScoreCalibration] = field(default_factory=dict)
    familiarity: Familiarity | None = None
    dataset: CardDataset
    metrics: Mapping[str, Any] = field(default_factory=dict)
    limits: tuple[str, ...] = ()
    licence: str = "Apache-2.0"
    created: str

    def __post_init__(self) -> None:
        if not self.types or len(set(self.types)) != len(self.types):
            message = f"a card needs its types, each once, got {self.types}"
            raise ValueError(message)
        if not set(self.types) <= set(self.task.kinds):
            message = f"a card with the task {self.task} lists some of {', '.join(self.task.kinds)}"
            raise ValueError(message)
        if set(self.thresholds) != set(self.types) or not all(0 <= score <= 1 for score in self.thresholds.values()):
            message = "a card needs one threshold in 0..1 for each of its types"
            raise ValueError(message)

    @property
    def operating_point(self) -> tuple[float, ...]:
        """(C,) thresholds in the order of `types`."""
        return tuple(self.thresholds[kind] for kind in self.types)


def unseen_types_limit(types: tuple[Kind, ...], task: Task = Task.DAMAGE) -> str:
    """The sentence that says which damages (or parts) a model with these types cannot see; empty where it sees all.

    >>> unseen_types_limit(tuple(kind for kind in Task.DAMAGE.kinds if kind != "crack"))
    'cannot see: crack'
    """
    unseen = [kind.words for kind in task.kinds if kind not in types]
    return f"cannot see: {', '.join(unseen)}" if unseen else ""


def card_to_json(card: Card) -> dict[str, Any]:
    """The card as plain JSON values, without what `bundle` adds about the model's file."""
    return {
        "schema": SCHEMA,
        "name": card.name,
        "task": card.task.value,
        "architecture": card.architecture,
        "types": [kind.value for kind in card.types],
        "input": {
            "height": card.input_size.height,
            "width": card.input_size.width,
            "mean": list(card.mean),
            "std": list(card.std),
        },
        "decoding": asdict(card.decoding) | {"kind": card.decoding.kind.value},
        "thresholds": {kind.value: card.thresholds[kind] for kind in card.types},
        "thresholds_how": card.thresholds_how,
        "verdict": None if card.verdict is None else verdict_to_json(card.verdict),
        "score_calibration": scores_to_json(card.score_calibration),
        "familiarity": familiarity_to_json(card.familiarity),
        "dataset": {
            "name": card.dataset.name,
            "digest": card.dataset.digest,
            "sources": [asdict(source) for source in card.dataset.sources],
        },
        "metrics": dict(card.metrics),
        "limits": list(card.limits),
        "licence": card.licence,
        "created": card.created,
    }


def card_from_json(value: Any) -> Card:
    """The card of a ``card.json``; keys it does not know are passed over.

    Raises:
        CardFieldError: a field is missing or wrong; the message names it.
    """
    fields = CardFields(value)
    fields.one_of("schema", (SCHEMA,))
    size = fields.inside("input")
    verdict = fields.inside_or_none("verdict")
    task = _task_from_json(fields)
    types = tuple(fields.each_of("types", task.kinds))
    return fields.made(
        Card,
        name=fields.text("name"),
        task=task,
        architecture=fields.text("architecture"),
        types=types,
        input_size=size.made(Size, height=size.whole("height"), width=size.whole("width")),
        mean=size.three_numbers("mean"),
        std=size.three_numbers("std"),
        decoding=_decoding_from_json(fields.inside("decoding")),
        thresholds={kind: fields.inside("thresholds").number(kind.value) for kind in types},
        thresholds_how=fields.text("thresholds_how"),
        verdict=None if verdict is None else _verdict_from_json(verdict),
        score_calibration=scores_from_json(fields, types),
        familiarity=familiarity_from_json(fields),
        dataset=_dataset_from_json(fields.inside("dataset")),
        metrics=fields.inside("metrics").values,
        limits=tuple(fields.texts("limits")),
        licence=fields.text("licence"),
        created=fields.text("created"),
    )


def _task_from_json(fields: CardFields) -> Task:
    """Damage, where a card does not state its task or states it in the words of earlier versions."""
    if fields.values.get("task", _EARLIER_TASK) == _EARLIER_TASK:
        return Task.DAMAGE
    return Task(fields.one_of("task", tuple(Task)))


def _decoding_from_json(fields: CardFields) -> DecodingRule:
    return fields.made(
        DecodingRule,
        kind=DecodingKind(fields.one_of("kind", tuple(DecodingKind))),
        nms_iou=fields.number("nms_iou"),
        soft_nms="soft_nms" in fields.values and fields.flag("soft_nms"),
        max_detections=fields.whole("max_detections"),
        max_candidates=fields.whole("max_candidates"),
        mask_threshold=fields.number("mask_threshold"),
        mask_rescoring=fields.number("mask_rescoring"),
        min_region_cells=fields.whole("min_region_cells"),
        single_types=tuple(fields.texts("single_types")) if "single_types" in fields.values else (),
    )


def _verdict_from_json(fields: CardFields) -> VerdictCalibration:
    weights = fields.inside("coefficients")
    return fields.made(
        VerdictCalibration,
        coefficients={name: weights.number(name) for name in weights.values},
        none_below=fields.number("none_below"),
        damaged_above=fields.number("damaged_above"),
        promised_miss_rate=fields.number("promised_miss_rate"),
        how=fields.text("how"),
        groups=groups_from_json(fields),
        held_out=held_out_from_json(fields),
    )


def _dataset_from_json(fields: CardFields) -> CardDataset:
    sources = tuple(
        CardSource(
            name=source.text("name"),
            title=source.text("title"),
            licence=source.text("licence"),
            attribution=source.text("attribution"),
            url=source.text("url"),
            photos=source.whole("photos"),
            weights_may_ship=source.flag("weights_may_ship"),
        )
        for source in fields.each_inside("sources")
    )
    return CardDataset(name=fields.text("name"), digest=fields.text("digest"), sources=sources)
