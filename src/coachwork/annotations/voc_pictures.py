"""Photos of a Pascal VOC set of which there are pictures of classes and objects, and no annotation file.

So datumaro writes photos whose damages are pixels without boxes.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.contract import AnnotatedPhoto, Reading
from coachwork.annotations.mask_meaning import VOID, hex_of
from coachwork.annotations.mask_pictures import (
    MOST_VALUES,
    MaskPicture,
    MaskPictureError,
    mask_picture_size,
    read_mask_picture,
)
from coachwork.annotations.mask_tables import MaskTable, MaskTableError, find_table, read_table
from coachwork.annotations.masks import pieces_of
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup
from coachwork.annotations.placement import place
from coachwork.annotations.png_masks import voc_colours
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.annotations.voc_lists import listed_split
from coachwork.geometry.mask import Mask
from coachwork.photos.reading import PhotoError
from coachwork.photos.sniffing import PHOTO_SUFFIXES
from coachwork.taxonomy import LabelMap

CLASSES, OBJECTS, ANNOTATIONS = "SegmentationClass", "SegmentationObject", "Annotations"
PHOTO_FOLDERS = ("JPEGImages", "images", "photos", "")
_VOID_COLOUR = voc_colours()[VOID]
_ORDER = {colour: number for number, colour in enumerate(voc_colours())}
"""Place of a colour in VOC's count of objects."""


def may_be_lone_picture(path: Path) -> bool:
    """Whether a path is called like a picture of classes, or of objects, of a VOC set."""
    return path.suffix.lower() == ".png" and path.parent.name in {CLASSES, OBJECTS}


def is_lone_picture(path: Path) -> bool:
    """Whether a picture is all that a VOC set says of its photo: that of the objects, only where the other is missing.

    A set has a folder of annotation files; without one, the pictures are a folder of masks.
    """
    folder = path.parent.parent
    if not (folder / ANNOTATIONS).is_dir() or (folder / ANNOTATIONS / f"{path.stem}.xml").exists():
        return False
    return path.parent.name == CLASSES or not (folder / CLASSES / path.name).exists()


def lone_picture_labels(path: Path) -> frozenset[str]:
    """All labels of the set's `labelmap.txt`; none where there is none.

    Raises:
        AnnotationError: it cannot be read.
    """
    table = _table(path, path.parent.parent, ProblemLog(file=str(path)))
    return frozenset() if table is None else table.labels


def read_lone_picture(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads the photo of a picture of classes, each object of the picture beside it as a damage.

    Pixels of a class that are no object's are damages by their connected pieces.

    Raises:
        AnnotationError: there is no such photo, or nothing says what the picture means.
    """
    log = ProblemLog(file=str(path))
    file = _open_photo(path, photos, log)
    reader = _shapes(path, file, photos.root, label_map, log)
    photo = AnnotatedPhoto(
        name=file.path.name,
        file=file,
        split=listed_split(path, photos.root) or photos.split,
        annotated=reader.annotated,
        shapes=tuple(reader.shapes),
    )
    return Reading(photos=(photo,), problems=tuple(log.problems), dropped=dict(reader.dropped))


def _open_photo(path: Path, photos: PhotoLookup, log: ProblemLog) -> PhotoFile:
    folder = path.parent.parent
    if folder != photos.root and photos.root not in folder.parents:
        what = "the photo lies outside of what was named: name the folder that holds JPEGImages"
        raise log.fault(ProblemCode.PHOTO_MISSING, "", what, done="picture left out")
    for name in PHOTO_FOLDERS:
        places = [folder / name / (path.stem + end) for known in PHOTO_SUFFIXES for end in (known, known.upper())]
        found = sorted(place for place in places if place.is_file())
        if len(found) > 1:
            what = f"is of any of {', '.join(place.name for place in found[:3])}"
            raise log.fault(ProblemCode.PHOTO_AMBIGUOUS, "", what, done="picture left out")
        if found:
            try:
                return photos.open(found[0])
            except PhotoError as error:
                raise log.fault(ProblemCode.PHOTO_UNREADABLE, "", str(error), done="photo left out") from None
    what = f"there is no photo {path.stem!r} in {folder / PHOTO_FOLDERS[0]}"
    raise log.fault(ProblemCode.PHOTO_MISSING, "", what, done="picture left out")


def _table(path: Path, root: Path, log: ProblemLog) -> MaskTable | None:
    folder = path.parent.parent
    found = find_table(folder, path.parent) if folder == root or root in folder.parents else None
    try:
        return None if found is None else read_table(found)
    except MaskTableError as error:
        raise log.fault(ProblemCode.FILE_UNREADABLE, found.name if found else "", str(error)) from None


def _shapes(path: Path, file: PhotoFile, root: Path, label_map: LabelMap, log: ProblemLog) -> ShapeReader:
    """The damages; where the picture cannot be understood, none, and the photo is unlabelled."""
    whole = place(file.size, file)
    assert whole is not None  # noqa: S101  # a photo fits itself
    reader = ShapeReader(label_map=label_map, placement=whole, log=log)
    try:
        if path.parent.name != CLASSES:
            what = f"has no file in {ANNOTATIONS} and no picture in {CLASSES}: the classes of its objects are unknown"
            raise log.fault(ProblemCode.FIELD_MISSING, file.path.name, what, done="photo unlabelled")
        table = _table(path, root, log)
        if table is None:
            what = f"nothing says what the colours of its picture mean: put labelmap.txt beside {CLASSES}"
            raise log.fault(ProblemCode.FIELD_MISSING, file.path.name, what, done="photo unlabelled")
        classes = _picture(path, file, reader, log)
        values = classes.colours() if table.by_colour else classes.indices()
        _tell_strangers(values, table, reader, log)
        _add_damages(values, table, _objects(path, classes, log), reader)
    except AnnotationError as error:
        reader.lose(error)
    except MaskPictureError as error:
        reader.lose(log.fault(ProblemCode.FILE_UNREADABLE, "", f"the picture {error}", done="photo unlabelled"))
    return reader


def _picture(path: Path, file: PhotoFile, reader: ShapeReader, log: ProblemLog) -> MaskPicture:
    size = mask_picture_size(path)
    placement = place(size, file)
    if placement is None:
        what = f"the picture has {size.width} x {size.height} px, the photo {file.size.width} x {file.size.height}"
        raise log.fault(ProblemCode.SIZE_MISMATCH, "", what, done="photo unlabelled")
    reader.placement = placement
    return read_mask_picture(path)


def _objects(path: Path, classes: MaskPicture, log: ProblemLog) -> NDArray[np.int32] | None:
    """Numbers or colours of the objects (H, W), 0 where there is none; None where the set has no such picture."""
    other = path.parent.parent / OBJECTS / path.name
    if not other.is_file():
        return None
    where = f"{OBJECTS}/{path.name}"
    try:
        fits = mask_picture_size(other) == classes.size
        picture = read_mask_picture(other) if fits else None
    except MaskPictureError as error:
        log.add(ProblemCode.FILE_UNREADABLE, where, f"the picture {error}", done="pieces of a class taken for objects")
        return None
    if picture is None or len(picture.distinct) > MOST_VALUES:
        what = "is of another size than that of the classes" if picture is None else "has too many colours for objects"
        log.add(ProblemCode.SIZE_MISMATCH, where, what, done="pieces of a class taken for objects")
        return None
    void = _VOID_COLOUR if picture.is_colour else VOID
    return np.where(picture.values == void, 0, picture.values)


def _tell_strangers(values: NDArray[np.int32], table: MaskTable, reader: ShapeReader, log: ProblemLog) -> None:
    void = _VOID_COLOUR if table.by_colour else VOID
    known = {0, void, *table.classes}
    found = [value for value in np.unique(values).tolist() if value not in known]
    if found:
        shown = ", ".join(hex_of(value) if table.by_colour else str(value) for value in found[:5])
        what = f"{table.file.name} does not know {shown}{' …' if len(found) > 5 else ''}"
        reader.lose(log.fault(ProblemCode.CATEGORY_UNKNOWN, "", what))


def _add_damages(
    values: NDArray[np.int32], table: MaskTable, objects: NDArray[np.int32] | None, reader: ShapeReader
) -> None:
    for value, label in table.classes.items():
        pixels = values == value
        if label is None or not pixels.any():
            continue
        rule = None
        try:
            rule = reader.rule(label, "")
            for mask in _masks_of(pixels, objects):
                reader.add_mask(mask, label=label, place="")
        except AnnotationError as error:
            reader.lose(error, rule)
        except MaskPictureError as error:
            reader.lose(reader.log.fault(ProblemCode.SHAPE_UNSUPPORTED, "", f"{label!r} {error}"), rule)


def _masks_of(pixels: NDArray[np.bool_], objects: NDArray[np.int32] | None) -> Iterator[Mask]:
    """The objects among the pixels (H, W) bool of one class, then what is no object's, by its connected pieces."""
    rest = pixels
    if objects is not None:
        for number in sorted(np.unique(objects[pixels]).tolist(), key=lambda value: _ORDER.get(value, value)):
            if number:
                yield Mask.from_full(pixels & (objects == number))
        rest = pixels & (objects == 0)
    yield from pieces_of(rest)
