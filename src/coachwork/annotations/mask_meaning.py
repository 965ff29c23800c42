"""What the pixels of a set of masks mean: by a table of classes, or by what values the set uses."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from coachwork.annotations.mask_pairs import MaskFile, MaskSet
from coachwork.annotations.mask_pictures import MOST_VALUES, MaskPicture, MaskPictureError, read_mask_picture
from coachwork.annotations.mask_tables import MaskTable

VOID = 255
"""Index of the outlines between objects in palette masks, as in Pascal VOC: neither a class nor background."""
FAINT = 16
"""Grey levels below this are the noise of a lossy file, not something faint."""


class Kind(StrEnum):
    """How the masks of one folder of classes say what a pixel is."""

    BINARY = "binary"
    """Something or nothing: one class."""
    GREY = "grey"
    """Something or nothing, with soft edges: half of the brightest level and above is something."""
    INDICES = "indices"
    COLOURS = "colours"


@dataclass(slots=True, kw_only=True)
class _Seen:
    """Values of all masks that share a class folder."""

    grey: set[int] = field(default_factory=set)
    colours: set[int] = field(default_factory=set)
    is_soft: bool = False
    is_palette: bool = True

    def add(self, picture: MaskPicture) -> None:
        distinct = picture.distinct
        if len(distinct) > MOST_VALUES and picture.is_colour:
            return  # no mask: the reader tells it
        if not picture.is_colour:
            self.is_soft |= picture.is_lossy or (len(distinct) > MOST_VALUES // 4 and not picture.is_palette)
        self.is_palette &= picture.is_palette
        found = self.colours if picture.is_colour else self.grey
        found.update(distinct[:MOST_VALUES].tolist())
        found.update(distinct[-1:].tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskMeaning:
    """What the pixels of a set of masks mean.

    Attributes:
        table: the table of classes, which stands above all else.
        kinds: class folder (None for masks outside of any) -> how its masks speak.
        brightest: class folder -> the highest grey level.
        labels: all labels of the set; None stands for one class that nothing names.
    """

    table: MaskTable | None
    kinds: Mapping[str | None, Kind]
    brightest: Mapping[str | None, int]
    labels: frozenset[str | None]

    def layers(self, picture: MaskPicture, mask: MaskFile) -> Iterator[tuple[str | None, NDArray[np.bool_]]]:
        """Each class of a mask with its pixels, (H, W) bool; the label None is that of the class that nothing names.

        Raises:
            MaskPictureError: the picture is no mask of such a set.
        """
        if len(picture.distinct) > MOST_VALUES and picture.is_colour:
            message = f"has {len(picture.distinct)} colours: it is no mask, or was saved with losses"
            raise MaskPictureError(message)
        table = _table_for(mask, self.table)
        if table is None:
            yield from self._by_kind(picture, mask.label)
            return
        values = picture.colours() if table.by_colour else picture.indices()
        for value in np.unique(values).tolist():
            label = table.classes.get(value)
            if label is not None:
                yield label, values == value

    def strangers(self, picture: MaskPicture, mask: MaskFile) -> list[str]:
        """Values of a mask that the table does not know, as people write them; black is background by itself.

        Raises:
            MaskPictureError: the picture is no mask of such a set.
        """
        table = _table_for(mask, self.table)
        if table is None:
            return []
        values = np.unique(picture.colours() if table.by_colour else picture.indices()).tolist()
        known = {0, *table.classes}
        if not table.by_colour:
            known.add(VOID)
        return [hex_of(value) if table.by_colour else str(value) for value in values if value not in known]

    def _by_kind(self, picture: MaskPicture, folder: str | None) -> Iterator[tuple[str | None, NDArray[np.bool_]]]:
        kind = self.kinds.get(folder, Kind.BINARY)
        if kind is Kind.COLOURS:
            values = picture.colours()
            for value in np.unique(values).tolist():
                if value:
                    yield hex_of(value), values == value
        elif kind is Kind.INDICES:
            for value in picture.distinct.tolist():
                if value and not (value == VOID and picture.is_palette):
                    yield str(value), picture.values == value
        else:
            least = max(FAINT, self.brightest.get(folder, 0) // 2) if kind is Kind.GREY else 1
            yield folder, picture.values >= least


def meaning_of(masks: MaskSet, table: MaskTable | None) -> MaskMeaning:
    """Looks at all masks of a set that the table does not explain; those that cannot be read are passed over."""
    seen: dict[str | None, _Seen] = defaultdict(_Seen)
    for mask in masks.masks:
        if _table_for(mask, table) is not None:
            continue
        try:
            seen[mask.label].add(read_mask_picture(mask.path))
        except MaskPictureError:
            continue
    kinds = {folder: _kind(found, folder) for folder, found in seen.items()}
    labels: set[str | None] = set(table.labels) if table else set()
    for folder, kind in kinds.items():
        if kind is Kind.INDICES:
            labels |= {str(value) for value in _foreground(seen[folder])}
        elif kind is Kind.COLOURS:
            labels |= {hex_of(value) for value in _colours(seen[folder])}
        else:
            labels.add(folder)
    brightest = {folder: max(found.grey, default=1) for folder, found in seen.items()}
    return MaskMeaning(table=table, kinds=kinds, brightest=brightest, labels=frozenset(labels))


def _table_for(mask: MaskFile, table: MaskTable | None) -> MaskTable | None:
    """The table of classes, where it says what the mask's pixels mean: not where the mask's own place does."""
    return None if mask.label is not None or mask.is_instance else table


def hex_of(value: int) -> str:
    """A colour 0xRRGGBB as a label.

    >>> hex_of(0xFF8000)
    '#ff8000'
    """
    return f"#{value:06x}"


def _kind(seen: _Seen, folder: str | None) -> Kind:
    if not seen.colours and seen.is_soft:
        return Kind.GREY
    if folder is not None:
        return Kind.BINARY
    if seen.colours:
        return Kind.COLOURS if len(_colours(seen)) > 1 else Kind.BINARY
    return Kind.INDICES if len(_foreground(seen)) > 1 else Kind.BINARY


def _foreground(seen: _Seen) -> set[int]:
    found = seen.grey - {0}
    return found - {VOID} if seen.is_palette and len(found) > 1 else found


def _colours(seen: _Seen) -> set[int]:
    return (seen.colours | {grey * 0x010101 for grey in seen.grey if grey <= 255}) - {0}
