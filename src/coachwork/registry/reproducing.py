"""A past assessment made again from its record and its photo, and what differs if anything does."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork.assessments.assessment import Assessment
from coachwork.assessments.assessment_json import assessment_to_json
from coachwork.assessments.severity import SeverityRule
from coachwork.errors import CoachworkError
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import Bundle, BundleError, load_bundle
from coachwork.inference.card_fields import CardFieldError
from coachwork.inference.contents import contents_of
from coachwork.inference.severity_file import read_severity_rule
from coachwork.inference.variant import Choice
from coachwork.photos.reading import read_photo
from coachwork.registry.bundle_store import BundleStore
from coachwork.registry.records import read_record

_PASSED_OVER = ("made_with", "parts", "sizes")
"""Fields that tell how an assessment was made, not what it says; and what an inspection adds of the whole car."""


class ReproductionError(CoachworkError):
    """What an assessment was made with is not here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """What came of making an assessment again.

    Attributes:
        record: the assessment as the record tells it.
        again: as it was made now.
        differences: fields that say something else, with both values; empty where all are the same.
        circumstances: what is another thing here than when the record was made, such as a library's version.
    """

    record: dict[str, Any]
    again: dict[str, Any]
    differences: tuple[str, ...]
    circumstances: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every figure is the same to the last digit of the record."""
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        """Schema `coachwork.reproduction/1`."""
        return {
            "schema": "coachwork.reproduction/1",
            "same": self.same,
            "differences": list(self.differences),
            "circumstances": list(self.circumstances),
            "again": self.again,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Where bundles and rules may lie that made past assessments.

    Attributes:
        folders: bundles' folders.
        store: a store of bundles; None for none.
        cache: see `BundleStore.get`.
        severities: severity rules' files.
    """

    folders: Sequence[Path]
    store: BundleStore | None
    cache: Path
    severities: Sequence[Path]

    def bundle(self, digest: str, model_digest: str, variant: str) -> Bundle:
        """The bundle of a digest; of a record that does not tell it, one that holds the model's file.

        Raises:
            ReproductionError: it is not here.
            BundleError, VariantError, MissingExtra: it cannot be used here.
        """
        if digest and self.store is not None and digest in self.store:
            return load_bundle(self.store.get(digest, self.cache), variant=variant or Choice.DEFAULT)
        for folder in self.folders:
            if digest:
                fits = contents_of(folder).digest == digest
            else:
                bundle = load_bundle(folder)
                fits = model_digest in {bundle.digest, *(one.sha256 for one in bundle.variants)}
            if fits:
                return load_bundle(folder, variant=variant or Choice.DEFAULT)
        told = f"bundle {digest[:12]}" if digest else f"bundle with the model {model_digest[:12]}"
        message = f"the {told} that made the record is not here: name its folder with --bundle, or its store with --at"
        raise ReproductionError(message)

    def severity(self, digest: str) -> SeverityRule:
        """The severity rule of a digest.

        Raises:
            ReproductionError: it is not here.
        """
        for path in self.severities:
            if hashlib.sha256(path.read_bytes()).hexdigest() == digest:
                return read_severity_rule(path)
        message = f"the severity rule {digest[:12]} of the record is not here: name its file with --severity"
        raise ReproductionError(message)


def reproduce(record: Path, photo: Path, workshop: Workshop) -> Reproduction:
    """Makes an assessment again.

    Args:
        record: file that holds it.
        photo: the photo's file, byte for byte the one that was assessed.
        workshop: where bundles and rules may lie.

    Raises:
        RecordError: the record cannot be read, or speaks of other photos.
        ReproductionError: what made it is not here, or its thresholds are none that a card or an option gives.
        PhotoError, BundleError: the photo or a bundle cannot be used.
    """
    try:
        sha256 = hashlib.sha256(photo.read_bytes()).hexdigest()
    except OSError as unread:
        message = f"{photo} cannot be read ({unread.strerror}): name the photo that was assessed"
        raise ReproductionError(message) from unread
    told, before = read_record(record, sha256)
    assessor = _assessor(told, workshop)
    min_side = assessor.min_side if told.made_with is None else told.made_with.min_side
    made = assessor.assess(read_photo(photo, min_side=min_side), file=told.file)
    again = assessment_to_json(made)
    return Reproduction(
        record=before,
        again=again,
        differences=tuple(_differences(_compared(before), _compared(again), "")),
        circumstances=_circumstances(told, assessor),
    )


def _assessor(told: Assessment, workshop: Workshop) -> Assessor:
    made, model, parts = told.made_with, told.model, told.part_model
    bundle = workshop.bundle(made.bundle if made else model.bundle, model.digest, model.variant)
    part_bundle = None
    if parts is not None:
        part_bundle = workshop.bundle(made.parts_bundle if made else "", parts.digest, parts.variant)
    verdict = bundle.card.verdict
    asked = model.miss_rate if verdict is not None and model.miss_rate != verdict.promised_miss_rate else None
    rule = told.severity_model
    try:
        return Assessor(
            bundle,
            min_score=_min_score(told, bundle),
            threads=None if made is None else made.threads,
            parts=part_bundle,
            severity=workshop.severity(rule.digest) if rule is not None and rule.digest else None,
            miss_rate=asked,
        )
    except (ValueError, CardFieldError) as broken:
        raise BundleError(folder=bundle.folder, why=str(broken)) from broken


def _min_score(told: Assessment, bundle: Bundle) -> float | None:
    """The option that gave the record's thresholds; None where the card did."""
    thresholds = {kind.value: score for kind, score in told.model.thresholds.items()}
    if thresholds == {kind.value: score for kind, score in bundle.card.thresholds.items()}:
        return None
    if len(set(thresholds.values())) == 1:
        return next(iter(thresholds.values()))
    message = (
        "the record's thresholds are not those of its bundle's card: another bundle made it, name it with --bundle"
    )
    raise ReproductionError(message)


def _circumstances(told: Assessment, assessor: Assessor) -> tuple[str, ...]:
    if told.made_with is None:
        return ("the record does not tell what it was made with: it comes from an earlier version",)
    return told.made_with.differences(assessor.making)


def _compared(value: dict[str, Any]) -> dict[str, Any]:
    """What an assessment says, without how it was made; which release answered is no figure of it either."""
    kept = {name: part for name, part in value.items() if name not in _PASSED_OVER}
    kept["model"] = {name: part for name, part in value["model"].items() if name not in ("version", "bundle")}
    return kept


def _differences(before: Any, after: Any, place: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            inner = f"{place}.{name}" if place else str(name)
            if name not in before or name not in after:
                yield f"{inner} is {'missing now' if name not in after else 'new'}"
            else:
                yield from _differences(before[name], after[name], inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (first, second) in enumerate(zip(before, after, strict=True)):
            yield from _differences(first, second, f"{place}[{number}]")
    elif before != after:
        yield f"{place} is {_shown(after)}, was {_shown(before)}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} of them"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
