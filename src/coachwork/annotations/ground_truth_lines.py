"""Lines of SageMaker Ground Truth manifests: which label sets a photo has, and which of them count.

The format is that of https://docs.aws.amazon.com/sagemaker/latest/dg/sms-data-output.html.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from coachwork.annotations.json_values import as_object, as_text
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog

SOURCE = "source-ref"
METADATA = "-metadata"
LONGEST_LINE = 32 * 1024 * 1024
_ADJUSTED = re.compile(r"^(?:adjusted|adjust)-")
_VERIFIED = re.compile(r"^(?:verify|verified|verification)-")
_REJECTING = re.compile(
    r"\b(bad|poor|wrong|incorrect(ly)?|inaccurate(ly)?|incomplete|invalid|reject(ed)?|fail(ed)?|missing"
    r"|not|no|unusable|unacceptable|needs?|redo)\b"
)

_ACCEPTING = re.compile(r"\b(no|not|without)( any)? (bad|wrong|issues?|errors?|mistakes?|problems?|missing)\b")
"""Class names of verifications are free: these words, and none of these phrases, make one a rejection."""


class Task(StrEnum):
    """Kinds of labelling jobs whose labels are understood, by the end of their `type`."""

    BOXES = "object-detection"
    SEGMENTATION = "semantic-segmentation"
    VERIFICATION = "label-verification"
    TAG = "image-classification"
    TAGS = "image-classification-multilabel"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSet:
    """What one labelling job says of a photo.

    Attributes:
        name: the attribute's name, which the job's owner chose.
        place: where it stands.
        task: the kind of job.
        value: the labels.
        metadata: the job's words on them.
    """

    name: str
    place: str
    task: Task
    value: Any
    metadata: dict[str, Any]

    @property
    def root(self) -> str:
        """The name of the set that was adjusted to this one in the end, or the set's own."""
        return _root(self.name)

    @property
    def date(self) -> str:
        """When it was made, ISO 8601, which sorts as text; empty where it is not stated."""
        date = self.metadata.get("creation-date")
        return date if isinstance(date, str) else ""


def _root(name: str) -> str:
    while _ADJUSTED.match(name):
        name = _ADJUSTED.sub("", name)
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a manifest.

    Attributes:
        source: the photo's address.
        place: ``line 12``.
        sets: label sets that count: of adjusted ones the last, without verifications and rejected ones.
        rejected: names of label sets that a verification rejected.
    """

    source: str
    place: str
    sets: tuple[LabelSet, ...]
    rejected: tuple[str, ...]


def lines_of(path: Path, log: ProblemLog) -> Iterator[Line]:
    """The lines of a manifest; those that cannot be used become problems.

    Raises:
        AnnotationError: the file cannot be read, or none of its lines is a JSON object.
    """
    understood = 0
    first: AnnotationError | None = None
    for number, raw in _raw_lines(path, log):
        place = f"line {number}"
        try:
            document = _object(raw, log, place)
        except AnnotationError as error:
            if understood:
                log.take(error)
            elif first is None:
                first = error
            continue
        if first is not None and not understood:
            log.take(first)
        understood += 1
        try:
            yield _line(document, log, place)
        except AnnotationError as error:
            log.take(error)
    if not understood:
        what = (
            "has no lines" if first is None else f"no line is a JSON object; {first.problem.place} {first.problem.what}"
        )
        raise log.fault(ProblemCode.FILE_UNREADABLE, "", what, done="file left out")


def _raw_lines(path: Path, log: ProblemLog) -> Iterator[tuple[int, bytes]]:
    try:
        with path.open("rb") as file:
            number = 0
            while raw := file.readline(LONGEST_LINE):
                number += 1
                if len(raw) == LONGEST_LINE:
                    what = f"line {number} is longer than {LONGEST_LINE} bytes"
                    raise log.fault(ProblemCode.FILE_UNREADABLE, f"line {number}", what, done="file left out")
                raw = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
                if raw.strip():
                    yield number, raw
    except OSError as error:
        what = error.strerror or "cannot be read"
        raise log.fault(ProblemCode.FILE_UNREADABLE, "", what, done="file left out") from None


def _object(raw: bytes, log: ProblemLog, place: str) -> dict[str, Any]:
    try:
        document = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        what = f"is not UTF-8 text (byte {error.start})"
        raise log.fault(ProblemCode.FILE_UNREADABLE, place, what, done="line left out") from None
    except (ValueError, RecursionError) as error:
        what = f"is not usable JSON: {error}"
        raise log.fault(ProblemCode.FILE_UNREADABLE, place, what, done="line left out") from None
    return as_object(document, log, place)


def _line(document: dict[str, Any], log: ProblemLog, place: str) -> Line:
    if document.get(SOURCE) is None:
        raise log.fault(ProblemCode.FIELD_MISSING, f"{place}.{SOURCE}", "is missing", done="photo left out")
    source = as_text(document[SOURCE], log, f"{place}.{SOURCE}")
    sets = list(_label_sets(document, log, place))
    verifications = [one for one in sets if one.task is Task.VERIFICATION]
    labels = [one for one in sets if one.task is not Task.VERIFICATION]
    names = {one.name for one in labels}
    kept, rejected = [], []
    for chosen in _latest(labels):
        verdict = _rejection(chosen, verifications, names)
        if verdict is None:
            kept.append(chosen)
            continue
        rejected.append(chosen.name)
        what = f"the label set {chosen.name!r} was found {verdict!r} when it was verified"
        log.add(ProblemCode.REJECTED, chosen.place, what, done="its labels are left out")
    return Line(source=source, place=place, sets=tuple(kept), rejected=tuple(rejected))


def _label_sets(document: dict[str, Any], log: ProblemLog, place: str) -> Iterator[LabelSet]:
    for key, said in document.items():
        name = key.removesuffix(METADATA)
        if name == key or not name:
            continue
        where = f"{place}.{name}"
        try:
            metadata = as_object(said, log, f"{place}.{key}")
            yield LabelSet(
                name=name,
                place=where,
                task=_task(name, document, metadata, log, where),
                value=document[name],
                metadata=metadata,
            )
        except AnnotationError as error:
            log.take(error)


def _task(name: str, document: dict[str, Any], metadata: dict[str, Any], log: ProblemLog, where: str) -> Task:
    """The kind of job; where it is not stated, by what its labels look like."""
    if name not in document:
        reason = metadata.get("failure-reason")
        what = f"the labelling failed: {reason}" if isinstance(reason, str) else "there is metadata, but no label"
        raise log.fault(ProblemCode.FIELD_MISSING, where, what, done="the photo counts as unlabelled")
    stated = metadata.get("type")
    if stated is None and isinstance(document[name], dict) and "annotations" in document[name]:
        return Task.BOXES
    if stated is None and "internal-color-map" in metadata:
        return Task.SEGMENTATION
    kind = str(stated).rpartition("/")[2]
    if kind not in list(Task):
        what = f"labels of the type {str(stated)[:60]!r} are not understood"
        raise log.fault(ProblemCode.SHAPE_UNSUPPORTED, where, what)
    return Task(kind)


def _latest(sets: list[LabelSet]) -> list[LabelSet]:
    """Of each set and its adjustments the last one.

    An adjustment is told by its name, or by its status where there is but one other set that it can be of.
    """
    chains: dict[tuple[Task, str], list[LabelSet]] = {}
    strays = []
    for one in sets:
        if "adjustment-status" in one.metadata and one.root == one.name:
            strays.append(one)
        else:
            chains.setdefault((one.task, one.root), []).append(one)
    for stray in strays:
        origins = [key for key in chains if key[0] is stray.task]
        chains.setdefault(origins[0] if len(origins) == 1 else (stray.task, stray.name), []).append(stray)
    return [max(chain, key=lambda one: (one.date, len(one.name))) for chain in chains.values()]


def _rejection(chosen: LabelSet, verifications: list[LabelSet], names: set[str]) -> str | None:
    """The verdict that rejects a set; None where it was accepted, or not verified since it was last adjusted."""
    own = [one for one in verifications if _is_about(one, chosen, names)]
    verdict = max(own, key=lambda one: one.date).metadata.get("class-name") if own else None
    if not isinstance(verdict, str):
        return None
    words = re.sub(r"[\W_]+", " ", verdict.lower())
    return verdict[:60] if _REJECTING.search(_ACCEPTING.sub("", words)) else None


def _is_about(verification: LabelSet, chosen: LabelSet, names: set[str]) -> bool:
    """Whether a verification is about a set: by its name, or as the line has no other set that it can be about."""
    about = _VERIFIED.sub("", verification.name)
    if about == chosen.name:
        return True
    later = bool(chosen.date) and verification.date > chosen.date
    return later and (_root(about) == chosen.root if about in names else len({_root(name) for name in names}) == 1)
