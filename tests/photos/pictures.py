"""Pictures whose pixels are known, in every format, for the tests of reading."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (30, 200, 40), (30, 40, 210), (230, 220, 40)
HEIGHT, WIDTH = 48, 64

Colour = tuple[int, int, int]
Corners = tuple[Colour, Colour, Colour, Colour]
"""Colours of the quarters: top left, top right, bottom left, bottom right."""

CORNERS: Corners = (RED, GREEN, BLUE, YELLOW)
GREY_CORNERS: Corners = ((20,) * 3, (90,) * 3, (160,) * 3, (240,) * 3)

pillow_heif.register_heif_opener()


def quarters(corners: Corners = CORNERS, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """A picture (height, width, 3) of four colours."""
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    rows, columns = (slice(0, height // 2), slice(height // 2, None)), (slice(0, width // 2), slice(width // 2, None))
    for place, colour in enumerate(corners):
        picture[rows[place // 2], columns[place % 2]] = colour
    return picture


def encode(picture: NDArray[Any] | Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file's bytes."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    buffer = io.BytesIO()
    if kind in {"JPEG", "HEIF"}:
        options = {"quality": 95, **options}
    if kind == "WEBP" and "lossless" not in options:
        options = {"quality": 95, **options}
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def exif(orientation: int, order: str = ">") -> bytes:
    """An EXIF block with nothing but an orientation."""
    mark = b"MM" if order == ">" else b"II"
    entry = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\x00\x00" + mark + struct.pack(order + "HIH", 42, 8, 1) + entry + bytes(4)


def turned(orientation: int, kind: str) -> bytes:
    """The quarters stored as they are, with an orientation that says how they were held."""
    image = Image.fromarray(quarters())
    if kind == "TIFF":
        return encode(image, kind, tiffinfo={274: orientation})
    return encode(image, kind, exif=exif(orientation))


def upright_corners(orientation: int) -> tuple[Corners, int, int]:
    """What the turned quarters look like upright, by Pillow: colours, height, width."""
    image = Image.open(io.BytesIO(encode(quarters(), "PNG", exif=exif(orientation))))
    pixels = np.asarray(ImageOps.exif_transpose(image))
    height, width = pixels.shape[:2]
    places = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    colours = [tuple(int(value) for value in pixels[place]) for place in places]
    return (colours[0], colours[1], colours[2], colours[3]), height, width  # type: ignore[return-value]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG with its right sum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, pixels: bytes = b"", extra: bytes = b"") -> bytes:
    """A PNG with the given header and compressed pixels, whether they fit or not."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", zlib.compress(pixels)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def png_16_bit(picture: NDArray[np.uint8]) -> bytes:
    """An RGB PNG with 16 bits a channel."""
    wide = picture.astype(">u2") * 257
    rows = b"".join(b"\x00" + row.tobytes() for row in wide)
    return png(picture.shape[1], picture.shape[0], depth=16, pixels=rows)


def jpeg_with(data: bytes, marker: int, body: bytes) -> bytes:
    """A JPEG with one more segment behind its first marker."""
    return data[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


def jpeg_without(data: bytes, marker: int) -> bytes:
    """A JPEG without the first segment of a kind."""
    at = data.index(bytes([0xFF, marker]))
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    return data[:at] + data[at + 2 + length :]


def jpeg_claiming(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    data = bytearray(encode(quarters(), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def swapping_profile() -> bytes:
    """A colour profile in which red and blue have changed places, so that its use shows."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    tags = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    for first, second in ((b"rXYZ", b"bXYZ"),):
        one, two = tags[first], tags[second]
        profile[one + 4 : one + 12], profile[two + 4 : two + 12] = (
            profile[two + 4 : two + 12],
            profile[one + 4 : one + 12],
        )
    at = int.from_bytes(profile[tags[b"desc"] + 4 : tags[b"desc"] + 8], "big")
    size = int.from_bytes(profile[tags[b"desc"] + 8 : tags[b"desc"] + 12], "big")
    profile[at : at + size] = profile[at : at + size].replace("sRGB".encode("utf-16-be"), "Swap".encode("utf-16-be"))
    return bytes(profile)
