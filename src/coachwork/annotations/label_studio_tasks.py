"""The tasks of a Label Studio export, JSON or JSON-MIN: which photo, whose answer counts, and its regions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from coachwork.annotations.addresses import names_of
from coachwork.annotations.attributes import LONGEST
from coachwork.annotations.json_values import as_list, as_object, as_text
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.photos.sniffing import PHOTO_SUFFIXES

GEOMETRY = frozenset({"x", "y", "points", "rle", "imageDataURL", "vertices"})
OWN_KEYS = frozenset({"id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement"})
"""Fields of a JSON-MIN record that are no answers."""


@dataclass(slots=True, kw_only=True)
class Region:
    """One region of an answer: its geometry and what was said of it, which may stand in several results of one id.

    Attributes:
        place: where its geometry stands.
        value: its geometry in percent of the sides, and its labels.
        original: width and height of the picture it was drawn on, as they stand.
        turned: degrees by which the picture was turned while drawing.
        item: which picture of a task with several.
        attributes: question -> answer, asked for this region alone.
    """

    place: str
    value: dict[str, Any]
    original: tuple[object, object]
    turned: object = 0
    item: object = 0
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        """All labels that it has."""
        found = [self.value[key] for key in self.value if key.endswith("labels")]
        listed = [entry for value in found for entry in (value if isinstance(value, list) else [value])]
        texts = [str(entry).strip() for entry in listed if isinstance(entry, str | int) and not isinstance(entry, bool)]
        return [text for text in dict.fromkeys(texts) if text]


@dataclass(slots=True, kw_only=True)
class Task:
    """One photo of the file.

    Attributes:
        place: where it stands.
        photo: the photo's address as it stands.
        regions: of the answer that counts.
        tags: answers on the photo as a whole.
        is_answered: whether anybody looked at it and did not skip it.
        broken: regions that cannot be used.
    """

    place: str
    photo: str
    regions: list[Region] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    is_answered: bool = False
    broken: list[AnnotationError] = field(default_factory=list)


def looks_like_label_studio(document: object) -> float:
    """Confidence that a JSON document is an export of Label Studio."""
    entries = [entry for entry in document[:20] if isinstance(entry, dict)] if isinstance(document, list) else []
    if not entries:
        return 0.0
    if all(isinstance(entry.get("data"), dict) for entry in entries):
        answered = any(isinstance(entry.get(key), list) for entry in entries for key in ("annotations", "completions"))
        return 1.0 if answered else 0.3
    drawn = any(_is_region(region) for entry in entries for value in entry.values() for region in _listed(value))
    return 0.9 if drawn or all({"annotation_id", "lead_time"} <= entry.keys() for entry in entries) else 0.0


def tasks_of(document: list[Any], log: ProblemLog) -> Iterator[Task]:
    """The tasks of an export; what is no task is told."""
    minimal: dict[str, tuple[str, Task]] = {}
    for index, value in enumerate(document):
        place = f"[{index}]"
        try:
            entry = as_object(value, log, place)
            if isinstance(entry.get("data"), dict):
                yield _task(entry, place, log)
            else:
                _take_minimal(entry, place, minimal, log)
        except AnnotationError as error:
            log.take(error)
    yield from (task for _, task in minimal.values())


def _task(entry: dict[str, Any], place: str, log: ProblemLog) -> Task:
    task = Task(place=place, photo=_photo_of(entry["data"], f"{place}.data", log))
    listed = entry.get("annotations", entry.get("completions"))
    answers = [] if listed is None else as_list(listed, log, f"{place}.annotations")
    counting = []
    for index, value in enumerate(answers):
        where = f"{place}.annotations[{index}]"
        try:
            answer = as_object(value, log, where)
            if answer.get("was_cancelled") is not True:
                counting.append((where, answer, as_list(answer.get("result"), log, f"{where}.result")))
        except AnnotationError as error:
            task.broken.append(error)
    if not counting:
        return task
    where, _, results = max(counting, key=lambda known: (known[1].get("ground_truth") is True, *_age(known[1])))
    if any(other is not results and _bare(other) != _bare(results) for _, _, other in counting):
        what = f"{len(counting)} answers of {task.photo[-80:]!r} differ"
        log.add(ProblemCode.COPY_CONFLICT, place, what, done=f"{where} is used, the true or else the latest one")
    task.is_answered = True
    _take_results(results, f"{where}.result", task, log)
    return task


def _age(answer: Mapping[str, Any]) -> tuple[str, int]:
    """Sorts answers by time, and by number where none is stated."""
    number = answer.get("id", answer.get("annotation_id"))
    time = answer.get("updated_at") or answer.get("created_at")
    return time if isinstance(time, str) else "", number if isinstance(number, int) else 0


def _bare(results: list[Any]) -> list[object]:
    """Results without what differs between two annotators who mean the same."""
    return [
        {key: value for key, value in result.items() if key not in {"id", "origin", "meta", "score"}}
        if isinstance(result, dict)
        else result
        for result in results
    ]


def _photo_of(data: Mapping[str, Any], place: str, log: ProblemLog) -> str:
    """The photo's address among a task's data: that of `image`, else what looks like a photo."""
    texts = {key: value for key, value in data.items() if isinstance(value, str) and value.strip()}
    likely = [value for value in texts.values() if names_of(value)[-1:] and _has_photo_suffix(names_of(value)[-1])]
    for found in (texts.get("image"), *likely, texts.get("img"), texts.get("url")):
        if found:
            return as_text(found, log, place)
    raise log.fault(ProblemCode.FIELD_MISSING, place, "names no photo", done="photo left out")


def _has_photo_suffix(name: str) -> bool:
    return "." in name and f".{name.rpartition('.')[2].lower()}" in PHOTO_SUFFIXES


def _take_results(results: list[Any], place: str, task: Task, log: ProblemLog) -> None:
    """Sorts an answer's results into regions, what is said of them, and tags of the photo."""
    regions: dict[object, Region] = {}
    said: list[tuple[object, str, dict[str, Any]]] = []
    for index, value in enumerate(results):
        where = f"{place}[{index}]"
        try:
            result = as_object(value, log, where)
            if result.get("type") == "relation":
                continue
            inside = as_object(result.get("value"), log, f"{where}.value")
        except AnnotationError as error:
            task.broken.append(error)
            continue
        key = result.get("id") if isinstance(result.get("id"), str | int) else where
        asked = any(name in inside for name in ("choices", "text", "rating", "number"))
        if asked or not (GEOMETRY & inside.keys() or any(name.endswith("labels") for name in inside)):
            said.append((key, str(result.get("from_name")), inside))
        elif key in regions:
            regions[key].value |= inside
        else:
            original = result.get("original_width"), result.get("original_height")
            turned, item = result.get("image_rotation") or 0, result.get("item_index") or 0
            regions[key] = Region(place=where, value=dict(inside), original=original, turned=turned, item=item)
    for key, question, inside in said:
        answer = _answer(inside)
        if key in regions:
            regions[key].attributes |= {question: answer} if answer else {}
        elif isinstance(inside.get("choices"), list):
            task.tags += [str(choice) for choice in inside["choices"] if isinstance(choice, str)]
    task.regions += regions.values()


def _answer(inside: Mapping[str, Any]) -> str:
    """What was answered, several answers with commas."""
    value = next((inside[name] for name in ("choices", "text", "rating", "number") if name in inside), "")
    texts = value if isinstance(value, list) else [value]
    return ", ".join(str(text) for text in texts if isinstance(text, str | int | float))[:LONGEST]


def _take_minimal(entry: dict[str, Any], place: str, tasks: dict[str, tuple[str, Task]], log: ProblemLog) -> None:
    """Takes a record of JSON-MIN, one for each answer; of several answers on one photo the latest."""
    photo = _photo_of({key: value for key, value in entry.items() if key not in OWN_KEYS}, place, log)
    task = Task(place=place, photo=photo, is_answered=True)
    for name, value in entry.items():
        if name in OWN_KEYS:
            continue
        if isinstance(value, dict) and isinstance(value.get("choices"), list):
            task.tags += [str(choice) for choice in value["choices"] if isinstance(choice, str)]
        for index, region in enumerate(_listed(value)):
            if _is_region(region):
                original = region.get("original_width"), region.get("original_height")
                where = f"{place}.{name[:40]}[{index}]"
                task.regions.append(Region(place=where, value=dict(region), original=original))
    age = _age(entry)[0]
    if photo in tasks:
        what = f"{photo[-80:]!r} has several answers"
        log.add(ProblemCode.COPY_CONFLICT, place, what, done="the latest is used")
    if photo not in tasks or age >= tasks[photo][0]:
        tasks[photo] = (age, task)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_region(value: object) -> bool:
    return isinstance(value, dict) and bool(GEOMETRY & value.keys()) and "original_width" in value
