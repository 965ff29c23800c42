"""A folder of photos without annotations: unlabelled, or stated to show no damage."""

from pathlib import Path

from coachwork.annotations.contract import AnnotatedPhoto, Format, Reading
from coachwork.annotations.photo_lookup import PhotoLookup, photo_files, split_of
from coachwork.annotations.problems import ProblemCode, ProblemLog
from coachwork.photos.reading import PhotoError
from coachwork.taxonomy import DamageType, LabelMap

ANSWER_FOLDERS = frozenset({"masks", "mask", "labels", "label", "annotations", "segmentation", "segmentations"})
"""Folders below the given one that hold answers in the form of pictures, no photos."""


def detect_photo_folder(path: Path) -> float:
    """Confidence that a path is a folder of photos: low, so that any annotation file in it comes first."""
    return 0.2 if path.is_dir() and photo_files(path) else 0.0


def read_photo_folder(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads the photos of a folder and below it; they are reviewed negatives for the types that the map annotates."""
    log = ProblemLog(file=str(path))
    skipped: set[str] = set()
    found = []
    for file in photo_files(path):
        relative = file.relative_to(path)
        if answers := [part for part in relative.parts[:-1] if part.lower() in ANSWER_FOLDERS]:
            skipped.add(answers[0])
            continue
        try:
            photo = photos.open(file)
        except PhotoError as error:
            log.add(ProblemCode.PHOTO_UNREADABLE, str(relative), str(error), done="photo left out")
            continue
        found.append(
            AnnotatedPhoto(
                name=relative.as_posix(),
                file=photo,
                split=split_of(Path(path.name) / relative),
                annotated=label_map.annotates,
                shapes=(),
            )
        )
    for name in sorted(skipped):
        what = f"the folder {name!r} holds answers, no photos, by its name"
        log.add(ProblemCode.FOLDER_SKIPPED, name, what, done="skipped: pass it as SOURCE if it does hold photos")
    return Reading(photos=tuple(found), problems=tuple(log.problems))


def photo_folder_map(name: str, *, undamaged: bool, facts: LabelMap | None = None) -> LabelMap:
    """The label map of a folder of photos.

    Args:
        name: of the source, where no map states its facts.
        undamaged: whether every photo was looked at and shows no damage of any type.
        facts: a map whose title, licence and so on hold for the photos.
    """
    return LabelMap(
        name=facts.name if facts else name,
        rules={},
        annotates=frozenset(DamageType) if undamaged else frozenset(),
        title=facts.title if facts else name,
        licence=facts.licence if facts else "not stated",
        attribution=facts.attribution if facts else "",
        url=facts.url if facts else "",
        weights_may_ship=facts.weights_may_ship if facts else False,
    )


def _no_labels(_: Path) -> frozenset[str]:
    return frozenset()


PHOTO_FOLDER = Format(
    name="photos",
    title="Folder of photos",
    fits=Path.is_dir,
    detect=detect_photo_folder,
    labels=_no_labels,
    read=read_photo_folder,
    is_folder=True,
)
