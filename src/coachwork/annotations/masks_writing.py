"""Samples as folders of mask pictures."""

import re
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from coachwork.annotations.coverage import covered
from coachwork.annotations.export import Export
from coachwork.datasets.sample import Sample
from coachwork.geometry.size import Size

_UNSAFE = re.compile(r'[<>:"/\\|?*%\x00-\x1f]|^\.|[. ]$')


def write_masks(export: Export) -> None:
    """Writes `<split>/images` and `<split>/masks/<label>`, black and white PNGs of the upright photos' size.

    A photo has a mask for each label that it shows, so that damages of different types may overlap; one without damage
    has an empty mask, and an unlabelled one has none. Boxes alone are filled. Damages of one label that touch become
    one, and a damage of several pieces becomes several.
    """
    for split, samples in export.by_split.items():
        for sample in samples:
            name = export.name(sample)
            export.place_photo(sample, f"{split}/images/{name}")
            for label, pixels in _layers(export, sample).items():
                target = export.folder / split / "masks" / folder_of(label) / f"{name}.png"
                target.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels.astype(np.uint8) * 255).save(target, optimize=False)


def folder_of(label: str) -> str:
    """A label as the name of a folder: what file systems refuse is percent-encoded.

    >>> folder_of("Kratzer/Beule"), folder_of("dent"), folder_of("..")
    ('Kratzer%2FBeule', 'dent', '%2E%2E')
    """
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), label)


def _layers(export: Export, sample: Sample) -> dict[str, NDArray[np.bool_]]:
    layers: dict[str, NDArray[np.bool_]] = defaultdict(lambda: _empty(sample.size))
    for shape in sample.shapes:
        layers[export.label(shape)] |= covered(shape, sample.size).full()
    if not layers and not sample.is_unlabelled and export.labels:
        return {export.labels[0]: _empty(sample.size)}
    if not layers and not sample.is_unlabelled:
        return {"damage": _empty(sample.size)}
    return layers


def _empty(frame: Size) -> NDArray[np.bool_]:
    return np.zeros((frame.height, frame.width), dtype=np.bool_)
