"""Which mask picture belongs to which photo: by folders and stems."""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import unquote

from coachwork.annotations.mask_pictures import MASK_SUFFIXES
from coachwork.annotations.photo_lookup import SPLIT_NAMES, photo_files

PHOTO_FOLDERS = frozenset({"images", "image", "imgs", "img", "photos", "photo", "jpegimages", "rgb", "input", "inputs"})
MASK_FOLDERS = frozenset(
    {"masks", "mask", "segmentation", "segmentations", "segmentationclass", "labels", "label", "annotations", "gt"}
)
"""Names of folders that hold masks, lower case; also `train_masks` beside `train`, and `dent_masks` for one class."""

_SUFFIX = re.compile(r"[._-](mask|masks|seg|segmentation|label|labels|gt|groundtruth)$", re.IGNORECASE)
_PREFIXED = re.compile(r"^(.+)[_-]masks?$", re.IGNORECASE)
_PLAIN = frozenset({"binary", "semantic", "instance", "instances", "color", "colour", "png", "class", "ground_truth"})
"""Words before `_masks` that name no class, lower case."""

_Key = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskFile:
    """A mask picture of a set.

    Attributes:
        path: the file.
        label: the class that its folder names, if it names one.
        is_instance: whether it shows one damage of its photo, of however many pieces, and other files the others.
    """

    path: Path
    label: str | None
    is_instance: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskSet:
    """The photos and masks of a folder.

    Attributes:
        folder: the set's.
        photos: each photo with its masks; without any where nobody has drawn one.
        alone: masks without a photo.
        ambiguous: masks of which several photos may be meant.
    """

    folder: Path
    photos: dict[Path, tuple[MaskFile, ...]]
    alone: tuple[Path, ...]
    ambiguous: tuple[Path, ...]

    @property
    def masks(self) -> Iterator[MaskFile]:
        """All masks that have a photo."""
        for masks in self.photos.values():
            yield from masks

    @property
    def mask_folders(self) -> tuple[Path, ...]:
        """Folders in which masks lie, and those above them in the set."""
        folders = {parent for mask in self.masks for parent in mask.path.parents}
        return tuple(sorted(folder for folder in folders if self.folder in folder.parents))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mask:
    """A file that may be a mask: folders before and after the folder of masks; `after` is None outside of any."""

    path: Path
    before: tuple[str, ...]
    after: tuple[str, ...] | None
    label: str | None


def find_mask_set(folder: Path) -> MaskSet:
    """Pairs the photos and mask pictures in and below a folder."""
    masks = [_mask(path, folder) for path in _pictures(folder)]
    in_mask_folders = {mask.path for mask in masks if mask.after is not None}
    photos: dict[_Key, list[Path]] = defaultdict(list)
    for path in photo_files(folder):
        if path not in in_mask_folders:
            photos[_photo_parts(path.relative_to(folder)), path.stem.lower()].append(path)
    pairs: dict[Path, list[MaskFile]] = {path: [] for paths in photos.values() for path in paths}
    alone: list[Path] = []
    ambiguous: list[Path] = []
    for mask in masks:
        found, label = _photos_of(mask, photos)
        instance = None if found else _photo_of_instance(mask, photos)
        if instance is not None:
            pairs[instance].append(MaskFile(path=mask.path, label=mask.label, is_instance=True))
        elif len(found) == 1:
            pairs.pop(mask.path, None)
            pairs[found[0]].append(MaskFile(path=mask.path, label=label))
        elif mask.after is not None:
            (ambiguous if found else alone).append(mask.path)
    return MaskSet(
        folder=folder,
        photos={path: tuple(pairs[path]) for path in sorted(pairs)},
        alone=tuple(alone),
        ambiguous=tuple(ambiguous),
    )


def _pictures(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith(".") and PurePath(name).suffix.lower() in MASK_SUFFIXES:
                yield Path(parent) / name


def _mask(path: Path, folder: Path) -> _Mask:
    parts = path.relative_to(folder).parts[:-1]
    for index, part in enumerate(parts):
        before, after, label = parts[:index], parts[index + 1 :], None
        prefixed = _PREFIXED.match(part)
        if prefixed and prefixed[1].lower() in SPLIT_NAMES:
            before = (*before, prefixed[1])
        elif prefixed and prefixed[1].lower() not in _PLAIN:
            label = unquote(prefixed[1])
        elif not prefixed and part.lower() not in MASK_FOLDERS:
            continue
        return _Mask(path=path, before=_plain(before), after=_plain(after), label=label)
    return _Mask(path=path, before=_plain(parts), after=None, label=None)


def _photo_parts(relative: Path) -> tuple[str, ...]:
    return _plain(relative.parts[:-1])


def _plain(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Folders without those that only say that photos lie in them."""
    return tuple(part for part in parts if part.lower() not in PHOTO_FOLDERS)


def _photos_of(mask: _Mask, photos: dict[_Key, list[Path]]) -> tuple[list[Path], str | None]:
    """The photos that a mask may belong to, and the class that its folder names."""
    bare = _SUFFIX.sub("", mask.path.stem)
    if mask.after is None:
        clear = bare != mask.path.stem and mask.path.suffix.lower() not in {".jpg", ".jpeg"}
        beside = photos.get((mask.before, bare.lower()), []) if clear else []
        return [path for path in beside if path != mask.path], None
    before, after = mask.before, mask.after
    places: list[tuple[tuple[str, ...], str | None]] = [((*before, *after), mask.label)]
    if after:
        places += [((*before, *after[:-1]), after[-1]), ((*before, *after[1:]), after[0])]
    whole = mask.path.stem  # of `a.jpg.png` the photo's whole name
    for parts, label in places:
        for stem in dict.fromkeys((whole, bare, PurePath(whole).stem, PurePath(bare).stem)):
            if found := photos.get((parts, stem.lower())):
                named = [path for path in found if path.name.lower() == whole.lower()]
                return named or found, unquote(label) if label else mask.label
    return [], None


def _photo_of_instance(mask: _Mask, photos: dict[_Key, list[Path]]) -> Path | None:
    """The photo that the folder of a mask is called like: `masks/a/3.png` of `a.jpg`, `a/masks/3.png` of `a/a.png`.

    So the Data Science Bowl of 2018 lays out its masks, one picture for each instance.
    """
    if mask.after:
        found = photos.get(((*mask.before, *mask.after[:-1]), mask.after[-1].lower()), [])
    elif mask.after is not None and mask.before:
        found = photos.get((mask.before, mask.before[-1].lower()), [])
    else:
        found = []
    return found[0] if len(found) == 1 else None
