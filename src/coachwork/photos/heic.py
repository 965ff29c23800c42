"""Reads HEIC, the format of iPhones, by libheif."""

import pillow_heif

from coachwork.geometry.size import Size
from coachwork.photos.containers import check_boxes
from coachwork.photos.limits import Allowance
from coachwork.photos.opened import Decoded, OpenedPhoto
from coachwork.photos.pillow_formats import decoder_faults, rgb_of
from coachwork.photos.problems import corrupt


def open_heic(data: bytes, allowance: Allowance) -> OpenedPhoto:
    """Opens a HEIC file without decoding it.

    The orientation lies in the container (``irot``, ``imir``), libheif applies it, and EXIF's copy of it is ignored,
    as ISO/IEC 23008-12, section 6.5.10 and annex A demand.

    Raises:
        ReadingError: it is cut off, damaged or beyond the limits.
    """
    check_boxes(data)
    with decoder_faults():
        container = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        primary = container[container.primary_index]
        width, height = primary.size
    allowance.limits.check_size(width, height)

    def decode(factor: int) -> Decoded:
        with decoder_faults():
            image = primary.to_pillow()
            if image.size != (width, height):
                raise corrupt()
            profile = primary.info.get("icc_profile")
            return rgb_of(image, profile if isinstance(profile, bytes) else None, factor)

    return OpenedPhoto(size=Size(height=height, width=width), orientation=1, decode=decode)
