"""The pixels that a shape stands for where pixels are all that counts."""

import numpy as np

from coachwork.datasets.sample import DamageShape
from coachwork.geometry.mask import Mask
from coachwork.geometry.polygon import rasterise
from coachwork.geometry.size import Size


def covered(shape: DamageShape, frame: Size) -> Mask:
    """What a shape covers of its photo; of one of which only a box is known, turned or not, all of it.

    Every pixel that an upright box touches counts, so that a box of less than a pixel leaves one.

    Args:
        shape: in pixels of the upright photo.
        frame: the photo's size.
    """
    mask = shape.mask(frame)
    if mask is None and shape.rotated is not None:
        mask = rasterise([shape.rotated.corners], frame)
    if mask is not None and mask.area:
        return mask
    x_min, y_min = int(np.floor(shape.box.x_min)), int(np.floor(shape.box.y_min))
    x_max, y_max = int(np.ceil(shape.box.x_max)), int(np.ceil(shape.box.y_max))
    return Mask(crop=np.ones((y_max - y_min, x_max - x_min), dtype=np.bool_), x=x_min, y=y_min, frame=frame)
