"""What readers find wrong with annotation files: located, counted, and told in plain words."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from coachwork.errors import CoachworkError
from coachwork.geometry.polygon import Polygon

if TYPE_CHECKING:
    from rich.table import Table


LONGEST = 600
"""Characters of a problem's place, and of what is wrong, that are kept."""


class ProblemCode(StrEnum):
    """Kinds of problems, in the order in which a report lists them."""

    FILE_UNREADABLE = "file_unreadable"
    WRONG_TYPE = "wrong_type"
    FIELD_MISSING = "field_missing"
    NUMBER_BAD = "number_bad"
    ID_DUPLICATE = "id_duplicate"
    IMAGE_UNKNOWN = "image_unknown"
    CATEGORY_UNKNOWN = "category_unknown"
    LABEL_UNKNOWN = "label_unknown"
    LABEL_MISSING = "label_missing"
    PHOTO_MISSING = "photo_missing"
    PHOTO_AMBIGUOUS = "photo_ambiguous"
    PHOTO_UNREADABLE = "photo_unreadable"
    PHOTO_LISTED_TWICE = "photo_listed_twice"
    SIZE_MISMATCH = "size_mismatch"
    SHAPE_UNSUPPORTED = "shape_unsupported"
    SHAPE_EMPTY = "shape_empty"
    OUT_OF_FRAME = "out_of_frame"
    RLE_BROKEN = "rle_broken"
    BOX_MISMATCH = "box_mismatch"
    REJECTED = "rejected"
    SELF_CROSSING = "self_crossing"
    FOLDER_SKIPPED = "folder_skipped"
    DUPLICATE_SHAPE = "duplicate_shape"
    MIRRORED_SHAPE = "mirrored_shape"
    TINY_SHAPE = "tiny_shape"
    NO_SHAPES = "no_shapes"
    COPY_CONFLICT = "copy_conflict"
    PHOTO_COPY = "photo_copy"
    LEAK = "leak"

    @property
    def is_note(self) -> bool:
        """Whether nothing is lost or doubtful: told in the report, but no reason to stop a strict import."""
        return self in _NOTES


_NOTES = frozenset(
    {
        ProblemCode.SELF_CROSSING,
        ProblemCode.DUPLICATE_SHAPE,
        ProblemCode.MIRRORED_SHAPE,
        ProblemCode.TINY_SHAPE,
        ProblemCode.NO_SHAPES,
        ProblemCode.FOLDER_SKIPPED,
        ProblemCode.PHOTO_COPY,
        ProblemCode.LEAK,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sighting:
    """Where in a photo a problem is seen.

    Attributes:
        photo: the photo's file.
        outlines: parts of the shape, in pixels of the upright photo, perhaps beyond its edges; a box has four corners.
    """

    photo: Path
    outlines: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and what was done about it.

    Attributes:
        code: its kind.
        file: the annotation file, as it was given.
        place: where in the file, such as ``annotations[12].bbox``; empty for the whole file.
        what: what is wrong.
        done: what the reader did, such as "left out".
        seen: where in a photo, for reports that show it; None for problems of no shape.
    """

    code: ProblemCode
    file: str
    place: str
    what: str
    done: str
    seen: Sighting | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        where = f"{self.file}: {self.place}" if self.place else self.file
        return f"{where}: {self.what} ({self.done})"

    def as_json(self) -> dict[str, str]:
        """The problem as a flat JSON object."""
        return {
            "code": self.code.value,
            "file": self.file,
            "place": self.place,
            "what": self.what,
            "done": self.done,
        }


class AnnotationError(CoachworkError):
    """An annotation, or a whole annotation file, cannot be used.

    Attributes:
        problem: where and why.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class SourceError(CoachworkError):
    """A source as a whole cannot become a dataset; the message says why and what to do."""


@dataclass(slots=True, kw_only=True)
class ProblemLog:
    """Collects the problems of one annotation file.

    Attributes:
        file: the file's name in the problems.
        problems: those found so far.
    """

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, code: ProblemCode, place: str, what: str, *, done: str, seen: Sighting | None = None) -> None:
        """Notes a problem."""
        self.problems.append(self._problem(code, place, what, done, seen))

    def fault(
        self, code: ProblemCode, place: str, what: str, *, done: str = "left out", seen: Sighting | None = None
    ) -> AnnotationError:
        """An error to raise where the thing at `place` cannot be used; `take` turns it into a problem again."""
        return AnnotationError(self._problem(code, place, what, done, seen))

    def take(self, error: AnnotationError) -> None:
        """Notes the problem that an error carries."""
        self.problems.append(error.problem)

    def _problem(self, code: ProblemCode, place: str, what: str, done: str, seen: Sighting | None) -> Problem:
        return Problem(code=code, file=self.file, place=_shortened(place), what=_shortened(what), done=done, seen=seen)


def _shortened(text: str) -> str:
    """The text, without its middle where a broken file has filled it with thousands of characters."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"


def raise_if_any(problems: Iterable[Problem]) -> None:
    """Raises one group with an error for each problem that is more than a note.

    Raises:
        ExceptionGroup: of `AnnotationError`.
    """
    errors = [AnnotationError(problem) for problem in problems if not problem.code.is_note]
    if errors:
        message = "the annotations have problems"
        raise ExceptionGroup(message, errors)


def count_by_code(problems: Iterable[Problem]) -> dict[ProblemCode, int]:
    """How many problems of each kind there are, in the order of `ProblemCode`."""
    counts = Counter(problem.code for problem in problems)
    return {code: counts[code] for code in ProblemCode if counts[code]}


def problems_table(problems: Sequence[Problem], *, examples: int = 3, rest: str = "in problems.json") -> "Table":
    """A table for the terminal: each kind with its count, what was done, a few examples, and where the rest is told."""
    from rich.markup import escape  # noqa: PLC0415  # only terminals need it
    from rich.table import Table  # noqa: PLC0415

    table = Table(title="Problems", title_justify="left", header_style="bold")
    table.add_column("kind", no_wrap=True)
    table.add_column("count", justify="right")
    table.add_column("examples", overflow="fold")
    for code, count in count_by_code(problems).items():
        shown = [str(problem) for problem in problems if problem.code is code][:examples]
        if count > len(shown):
            shown.append(f"… {count - len(shown)} more {rest}")
        table.add_row(code.value, str(count), escape("\n".join(shown)))
    return table
