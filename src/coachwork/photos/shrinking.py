"""Photos as they are kept for training: upright, no larger than needed, in a format that every program reads."""

from dataclasses import dataclass

import cv2
import simplejpeg

from coachwork.geometry.size import Size
from coachwork.photos.reading import Photo
from coachwork.photos.sniffing import PhotoFormat

_JPEG_QUALITY = 92


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncodedPhoto:
    """A photo's file in memory.

    Attributes:
        data: the file's bytes; they need no EXIF orientation to be shown upright.
        format: JPEG or PNG.
        size: of the picture in `data`.
    """

    data: bytes
    format: PhotoFormat
    size: Size


def shrink(photo: Photo, data: bytes, *, longest_px: int) -> EncodedPhoto:
    """The photo upright, with at most `longest_px` on its longer side, as JPEG or PNG.

    The file's own bytes are kept where they already are that: nothing is compressed twice without need.

    Args:
        photo: as read from `data`; its pixels must not be reduced below `longest_px`.
        data: the file's bytes.
        longest_px: for the longer side.
    """
    stored_so = photo.format in {PhotoFormat.JPEG, PhotoFormat.PNG} and photo.orientation == 1 and not photo.notes
    if stored_so and photo.size.longest <= longest_px:
        return EncodedPhoto(data=data, format=photo.format, size=photo.size)
    size = shrunk_size(photo.size, longest_px)
    pixels = photo.pixels
    if pixels.shape[:2] != (size.height, size.width):
        pixels = cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    jpeg: bytes = simplejpeg.encode_jpeg(pixels, quality=_JPEG_QUALITY, colorspace="RGB", fastdct=False)
    return EncodedPhoto(data=jpeg, format=PhotoFormat.JPEG, size=size)


def shrunk_size(size: Size, longest_px: int) -> Size:
    """The size in the same shape with at most `longest_px` on the longer side, at least 1 on the other.

    >>> shrunk_size(Size(height=3024, width=4032), 1024)
    Size(height=768, width=1024)
    """
    if size.longest <= longest_px:
        return size
    scale = longest_px / size.longest
    return Size(height=max(round(size.height * scale), 1), width=max(round(size.width * scale), 1))
