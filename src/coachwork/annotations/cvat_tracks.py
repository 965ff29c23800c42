"""Tracks of CVAT for video 1.1: shapes that stand by the frame's number become those of the frame's photo."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from xml.etree.ElementTree import Element

from coachwork.annotations.cvat_document import Drawn, Picture, drawn_below
from coachwork.annotations.cvat_shapes import TRACK
from coachwork.annotations.json_values import as_number
from coachwork.annotations.photo_lookup import PhotoLookup, photo_files
from coachwork.annotations.placement import stated_size
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.geometry.size import Size

SUFFIXES = (".png", ".PNG", ".jpg", ".jpeg")
"""Of the frames that CVAT writes with the annotations of a video, or that people extract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a file says of one of its tasks.

    Attributes:
        frames: how many frames it has.
        start: number of its first frame.
        step: from one frame's number to the next.
        stated: size of its frames.
    """

    frames: int
    start: int
    step: int
    stated: Size | None


def tasks_of(meta: Element, log: ProblemLog) -> dict[str, Task]:
    """Task id -> what a ``meta`` element says of it; a single task or job also stands under the empty id."""
    elements = [one for one in (meta.find("task"), meta.find("job")) if one is not None]
    tasks = {}
    for element in [*elements, *meta.iterfind("project/tasks/task")]:
        tasks[(element.findtext("id") or "").strip()] = Task(
            frames=_count(element.findtext("size"), 0),
            start=_count(element.findtext("start_frame"), 0),
            step=_step(element.findtext("frame_filter")),
            stated=_original_size(element, log),
        )
    if len(tasks) == 1:
        tasks[""] = next(iter(tasks.values()))
    return tasks


def _count(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _step(frame_filter: str | None) -> int:
    found = re.search(r"step\s*=\s*([1-9]\d{0,8})\b", frame_filter or "")
    return int(found[1]) if found else 1


def _original_size(element: Element, log: ProblemLog) -> Size | None:
    sides = element.find("original_size")
    if sides is None:
        return None
    try:
        return stated_size(sides.findtext("width"), sides.findtext("height"), log, "meta.original_size")
    except AnnotationError as error:
        log.add(error.problem.code, error.problem.place, error.problem.what, done="not used")
        return None


@dataclass(slots=True, kw_only=True)
class Tracks:
    """Collects the tracks of a file.

    Attributes:
        log: where problems go.
        frames: (task id, subset, frame number) -> shapes there; none for a frame in which all tracks are outside.
    """

    log: ProblemLog
    frames: dict[tuple[str, str, int], list[Drawn]] = field(default_factory=dict)

    def add(self, element: Element, place: str) -> None:
        """Adds the shapes of a ``track`` element, without those that are outside of the picture."""
        track = {name: element.attrib[name] for name in ("label", "source", "group_id") if name in element.attrib}
        task, subset = element.get("task_id", "").strip(), element.get("subset", "").strip()
        for drawn in drawn_below(element, place):
            try:
                frame = self._frame(drawn)
            except AnnotationError as error:
                self.log.take(error)
                continue
            shapes = self.frames.setdefault((task, subset, frame), [])
            if drawn.values.get("outside", "0") == "0":
                values = track | drawn.values | {TRACK: element.get("id", place)}
                shapes.append(Drawn(kind=drawn.kind, place=drawn.place, values=values, attributes=drawn.attributes))

    def _frame(self, drawn: Drawn) -> int:
        where = f"{drawn.place}.frame"
        number = as_number(drawn.values.get("frame"), self.log, where)
        if not 0 <= number < 1e9:
            raise self.log.fault(ProblemCode.NUMBER_BAD, where, f"{number:g} is no frame's number")
        return int(number)

    def pictures(self, tasks: dict[str, Task], photos: PhotoLookup) -> Iterator[Picture]:
        """The frames whose photos are there; those that are not are told once."""
        names = _FrameNames(tasks, photos)
        missing = []
        for (task, subset, frame), shapes in sorted(self.frames.items(), key=lambda entry: entry[0]):
            name = names.name(task, subset, frame)
            if name is None:
                missing.append(frame)
                continue
            stated = tasks[task].stated if task in tasks else None
            yield Picture(name=name, place=f"frame {frame}", stated=stated, subset=subset, shapes=shapes)
        if missing:
            what = f"{len(missing)} frames of the video are not there as photos, the first being frame {missing[0]}"
            done = f"left out: extract them as {_plain(missing[0])}.png and so on"
            self.log.add(ProblemCode.PHOTO_MISSING, TRACK, what, done=done)


class _FrameNames:
    """Finds the photo of a frame: by CVAT's own name, else by its place in the lexical order of all photos."""

    def __init__(self, tasks: dict[str, Task], photos: PhotoLookup) -> None:
        self._tasks = tasks
        self._photos = photos

    def name(self, task: str, subset: str, frame: int) -> str | None:
        for suffix in SUFFIXES:
            plain = _plain(frame) + suffix
            for name in ([f"{subset}/{plain}"] if subset else []) + [plain]:
                if len(self._photos.find(name)) == 1:
                    return name
        facts = self._tasks.get(task)
        if facts is None or len({id(one) for one in self._tasks.values()}) != 1 or len(self._in_order) != facts.frames:
            return None
        index, rest = divmod(frame - facts.start, facts.step)
        return self._in_order[index] if rest == 0 and 0 <= index < len(self._in_order) else None

    @cached_property
    def _in_order(self) -> list[str]:
        folder = self._photos.folder
        return sorted(path.relative_to(folder).as_posix() for path in photo_files(folder))


def _plain(frame: int) -> str:
    return f"frame_{frame:06d}"
