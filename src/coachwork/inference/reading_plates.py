"""The number plate of the car that a photo is about, read."""

from collections import OrderedDict
from functools import cached_property

import numpy as np

from coachwork.inference.plate_reader import PlateReader, PlateText
from coachwork.inference.plates import PlateFinder
from coachwork.inspections.number_plates import PlateReading
from coachwork.photos.reading import Photo

_REMEMBERED = 64
_LEAST_WIDTH = 0.06
"""Of the photo's longer side; smaller plates are of cars in the background."""
_TIGHTER = 0.85
"""The finder's outlines reach beyond plates: shrunk to this, most are read."""
_CLEARLY_LARGER = 1.6
"""Where a second plate is nearly as wide, it is open which car the photo is about."""


class MainPlates:
    """Finds and reads; the networks are loaded at the first photo."""

    def __init__(self, *, threads: int = 1) -> None:
        """Prepares with the models that ship; so many threads for one network."""
        self._threads = threads
        self._known: OrderedDict[str, PlateText | None] = OrderedDict()

    def read(self, photo: Photo) -> PlateText | None:
        """The largest plate; None where none is found, large enough and readable, or two are as large.

        Raises:
            BundleError: a model is broken, missing or cannot be run.
        """
        plates = [one.corners for one in self._finder.find(photo.pixels)]
        longest = max(photo.pixels.shape[:2])
        widths = [float(np.ptp(corners[:, 0])) for corners in plates]
        ranked = sorted(range(len(plates)), key=lambda place: -widths[place])
        if not ranked or widths[ranked[0]] < _LEAST_WIDTH * longest:
            return None
        if len(ranked) > 1 and widths[ranked[0]] < _CLEARLY_LARGER * widths[ranked[1]]:
            return None
        corners = plates[ranked[0]]
        centre = corners.mean(axis=0)
        return self._reader.read(photo.pixels, centre + (corners - centre) * _TIGHTER)

    def of(self, name: str, photo: Photo) -> tuple[PlateReading, ...]:
        """What was read, as that of a photo of that name; empty where `read` gives None.

        The last photos are remembered: one that is asked for again costs nothing.
        """
        if photo.sha256 not in self._known:
            self._known[photo.sha256] = self.read(photo)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        found = self._known[photo.sha256]
        return () if found is None else (PlateReading(name=name, text=found.text, sureness=found.sureness),)

    @cached_property
    def _finder(self) -> PlateFinder:
        return PlateFinder(threads=self._threads)

    @cached_property
    def _reader(self) -> PlateReader:
        return PlateReader(threads=self._threads)
