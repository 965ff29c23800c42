"""Folders of photos and mask pictures: black and white, indices with or without a palette, or colours."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.contract import AnnotatedPhoto, Format, Holding, Reading
from coachwork.annotations.mask_meaning import MaskMeaning, meaning_of
from coachwork.annotations.mask_pairs import MaskFile, MaskSet, find_mask_set
from coachwork.annotations.mask_pictures import (
    MOST_VALUES,
    MaskPicture,
    MaskPictureError,
    mask_picture_size,
    read_mask_picture,
)
from coachwork.annotations.mask_tables import MaskTable, MaskTableError, find_table, read_table
from coachwork.annotations.masks_writing import write_masks
from coachwork.annotations.photo_lookup import PhotoFile, PhotoLookup, split_of
from coachwork.annotations.placement import place
from coachwork.annotations.problems import AnnotationError, ProblemCode, ProblemLog
from coachwork.annotations.shapes import ShapeReader
from coachwork.geometry.mask import Mask
from coachwork.geometry.size import Size
from coachwork.photos.reading import PhotoError
from coachwork.taxonomy import UNSPECIFIED, LabelMap

MOST_PIECES = 2000
"""Damages of one class in one mask: more is noise."""
LOOKED_AT = 3
"""Masks that are opened to recognise a set."""


def detect_masks(path: Path) -> float:
    """Confidence that a folder holds photos with masks: high where masks pair with photos and hold few values."""
    if not path.is_dir():
        return 0.0
    masks = find_mask_set(path)
    paired = list(masks.masks)[:LOOKED_AT]
    try:
        clear = [len(read_mask_picture(mask.path).distinct) <= MOST_VALUES for mask in paired]
    except MaskPictureError:
        return 0.0
    return 0.9 if clear and all(clear) else 0.0


def mask_labels(path: Path) -> frozenset[str]:
    """Labels of the table of classes, of folders, or the values that the masks use.

    Raises:
        AnnotationError: the table of classes cannot be read.
    """
    masks = find_mask_set(path)
    meaning = meaning_of(masks, _table(masks, ProblemLog(file=str(path))))
    return frozenset(UNSPECIFIED if label is None else label for label in meaning.labels)


def read_masks(path: Path, photos: PhotoLookup, label_map: LabelMap) -> Reading:
    """Reads the photos of a folder with their masks: every connected piece of a class is one damage.

    Where a photo has a folder of masks, each of them is one damage.

    A photo without a mask is unlabelled; one whose masks are empty was looked at and shows nothing.

    Raises:
        AnnotationError: the table of classes cannot be read.
    """
    log = ProblemLog(file=str(path))
    masks = find_mask_set(path)
    meaning = meaning_of(masks, _table(masks, log))
    for mask in masks.alone:
        log.add(ProblemCode.PHOTO_MISSING, _place(mask, path), "there is no photo for this mask", done="left out")
    for mask in masks.ambiguous:
        what = "several photos may belong to this mask"
        log.add(ProblemCode.PHOTO_AMBIGUOUS, _place(mask, path), what, done="left out")
    dropped: Counter[str] = Counter()
    found = []
    for file, drawn in masks.photos.items():
        relative = file.relative_to(path)
        try:
            photo = photos.open(file)
        except PhotoError as error:
            log.add(ProblemCode.PHOTO_UNREADABLE, str(relative), str(error), done="photo left out")
            continue
        reader = _MaskReader(folder=path, meaning=meaning, label_map=label_map, log=log)
        shapes = reader.shapes(photo, drawn, dropped)
        found.append(
            AnnotatedPhoto(
                name=relative.as_posix(),
                file=photo,
                split=split_of(Path(path.resolve().name) / relative),
                annotated=shapes.annotated if drawn else frozenset(),
                shapes=tuple(shapes.shapes),
            )
        )
    return Reading(photos=tuple(found), problems=tuple(log.problems), dropped=dict(dropped))


def pieces_of(pixels: NDArray[np.bool_]) -> list[Mask]:
    """The connected pieces of (H, W) bool, corners touching counts, each as a mask of that frame.

    Raises:
        MaskPictureError: there are too many for a drawn mask.
    """
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(pixels.astype(np.uint8), connectivity=8)
    if count - 1 > MOST_PIECES:
        message = f"falls into {count - 1} pieces: it is noise, no drawn mask"
        raise MaskPictureError(message)
    frame = Size(height=pixels.shape[0], width=pixels.shape[1])
    pieces = []
    for number in range(1, count):
        x, y, width, height = (int(side) for side in stats[number, :4])
        crop = numbers[y : y + height, x : x + width] == number
        pieces.append(Mask(crop=crop, x=x, y=y, frame=frame))
    return pieces


class _MaskReader(NamedTuple):
    """Reads the masks of one photo."""

    folder: Path
    meaning: MaskMeaning
    label_map: LabelMap
    log: ProblemLog

    def shapes(self, photo: PhotoFile, masks: tuple[MaskFile, ...], dropped: Counter[str]) -> ShapeReader:
        """The damages of all masks."""
        whole = place(photo.size, photo)
        assert whole is not None  # noqa: S101  # a photo fits itself
        result = ShapeReader(label_map=self.label_map, placement=whole, log=self.log)
        for mask in masks:
            where = _place(mask.path, self.folder)
            try:
                self._read(photo, mask, result, where)
            except AnnotationError as error:
                result.lose(error)
            except MaskPictureError as broken:
                result.lose(self.log.fault(ProblemCode.FILE_UNREADABLE, where, f"the mask {broken}"))
        dropped.update(result.dropped)
        return result

    def _read(self, photo: PhotoFile, mask: MaskFile, result: ShapeReader, where: str) -> None:
        size = mask_picture_size(mask.path)
        placement = place(size, photo)
        if placement is None:
            what = f"the mask has {size.width} x {size.height} px, the photo {photo.size.width} x {photo.size.height}"
            raise self.log.fault(ProblemCode.SIZE_MISMATCH, where, what)
        result.placement = placement
        picture = read_mask_picture(mask.path)
        if strangers := self.meaning.strangers(picture, mask):
            table = self.meaning.table
            shown = ", ".join(strangers[:5]) + (" …" if len(strangers) > 5 else "")
            what = f"{table.file.name if table else 'the table'} does not know {shown}"
            result.lose(self.log.fault(ProblemCode.CATEGORY_UNKNOWN, where, what))
        self._add_layers(picture, mask, result, where)

    def _add_layers(self, picture: MaskPicture, mask: MaskFile, result: ShapeReader, where: str) -> None:
        for stated, pixels in self.meaning.layers(picture, mask):
            label = self._only_label() if stated is None else stated
            try:
                rule = result.rule(label, where)
            except AnnotationError as error:
                if pixels.any():
                    result.lose(error)
                continue
            if rule.dropped is not None:
                result.dropped[label] += bool(pixels.any())
                continue
            try:
                for piece in [Mask.from_full(pixels)] if mask.is_instance else pieces_of(pixels):
                    result.add_mask(piece, label=label, place=where)
            except AnnotationError as error:
                result.lose(error, rule)
            except MaskPictureError as broken:
                result.lose(self.log.fault(ProblemCode.SHAPE_UNSUPPORTED, where, f"{label!r} {broken}"), rule)

    def _only_label(self) -> str:
        """The label of a class that nothing names: that of a label map with one label, else "damage"."""
        return next(iter(self.label_map.rules)) if len(self.label_map.rules) == 1 else UNSPECIFIED


def _table(masks: MaskSet, log: ProblemLog) -> MaskTable | None:
    path = find_table(masks.folder, *masks.mask_folders)
    if path is None:
        return None
    try:
        return read_table(path)
    except MaskTableError as broken:
        raise log.fault(ProblemCode.FILE_UNREADABLE, _place(path, masks.folder), str(broken)) from broken


def _place(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


MASKS = Format(
    name="masks",
    title="Folder of mask pictures",
    fits=Path.is_dir,
    detect=detect_masks,
    labels=mask_labels,
    read=read_masks,
    write=write_masks,
    holds=frozenset({Holding.PIXELS, Holding.UNLABELLED, Holding.SPLITS}),
    is_folder=True,
)
