"""What a bulk run is to do; it travels to every worker."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from coachwork.assessments.severity import SeverityRule
from coachwork.errors import CoachworkError
from coachwork.photos.limits import ReadingLimits

SCHEMA = "coachwork.bulk/1"

SHIPPED_PARTS = "shipped"
"""Stands for the part model in the package, wherever a worker has that."""


class BulkError(CoachworkError):
    """A bulk run cannot be started or did not end well."""


class Task(StrEnum):
    """What is done with each photo beyond reading, checking and de-duplicating it."""

    INGEST = "ingest"
    ASSESS = "assess"
    TFRECORD = "tfrecord"

    @property
    def assesses(self) -> bool:
        """Whether a model looks at the photos."""
        return self is not Task.INGEST

    @property
    def stores_photos(self) -> bool:
        """Whether the photos themselves are written, as TFRecord."""
        return self is not Task.ASSESS


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPlan:
    """A bulk run.

    Attributes:
        task: what is done.
        source: a photo, a folder, or a pattern; local or in an object store.
        out: folder of the results, local or in an object store, without slash at its end.
        bundle: folder of the model, local or in an object store; None is the one that ships.
        model_digest: SHA-256 of the model's file, hex; None where nothing is assessed.
        parts: folder of the part model, local or in an object store, or `SHIPPED_PARTS`; None leaves parts out.
        parts_digest: SHA-256 of the part model's file, hex; None where parts are left out.
        severity: the rule that tells how severe damages are; None leaves that out. It travels with the plan.
        longest_px: longer side of photos as they are stored.
        photos_a_part: about so many photos are written, and made durable, together.
        threads: for the model on one photo; None leaves it to the runtime.
        limits: what one photo may cost.
        run: name of this run; a worker of a run that another one has replaced stops.
    """

    task: Task
    source: str
    out: str
    bundle: str | None = None
    model_digest: str | None = None
    parts: str | None = None
    parts_digest: str | None = None
    severity: SeverityRule | None = None
    longest_px: int = 1024
    photos_a_part: int = 500
    threads: int | None = None
    limits: ReadingLimits = field(default_factory=ReadingLimits)
    run: str = ""

    def settings(self) -> dict[str, Any]:
        """What all results in one folder have in common: runs with other settings need another folder."""
        return {
            "schema": SCHEMA,
            "task": self.task.value,
            "model": self.model_digest,
            "parts": self.parts_digest,
            "severity": None if self.severity is None else self.severity.digest,
            "longest_px": self.longest_px if self.task.stores_photos else None,
        }


def parts_of(photos: int, photos_a_part: int) -> int:
    """Number of parts for so many photos: at least 1, and up to 16 for few photos, so that several workers share them.

    >>> parts_of(0, 500), parts_of(100, 500), parts_of(10_000, 500), parts_of(10_000_000, 500)
    (1, 4, 20, 20000)
    """
    return max(1, -(-photos // photos_a_part), min(-(-photos // 32), 16))
