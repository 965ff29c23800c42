"""Files that were cut off, damaged or oddly written."""

import random
import struct
from collections.abc import Iterator

import numpy as np

from coachwork.photos.problems import PhotoProblem

from .cases import ANY_DAMAGE, CORRUPT, FOREIGN, SUFFIXES, TRUNCATED, UNSUPPORTED, Case
from .pictures import (
    BLUE,
    GREEN,
    HEIGHT,
    RED,
    WIDTH,
    YELLOW,
    encode,
    jpeg_claiming,
    jpeg_with,
    jpeg_without,
    png,
    png_chunk,
    quarters,
)


def truncated_files() -> Iterator[Case]:
    speckled = np.random.default_rng(5).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    files = {suffix: encode(speckled, kind) for kind, suffix in SUFFIXES.items()}
    files["gif"] = encode(speckled, "GIF")
    files["progressive.jpg"] = encode(speckled, "JPEG", progressive=True)
    for suffix, data in files.items():
        for percent in (3, 10, 25, 50, 75, 90, 98):
            cut = data[: max(len(data) * percent // 100, 40)]
            yield Case(id=f"truncated-{suffix}-{percent}", data=cut, file=f"a.{suffix}", refused=TRUNCATED)
        for count in (4, 9, 20):
            yield Case(
                id=f"truncated-{suffix}-{count}-bytes",
                data=data[:count],
                file=f"a.{suffix}",
                refused=TRUNCATED | FOREIGN,
            )
    yield Case(id="jpeg-without-end-marker", data=files["jpg"][:-2], file="a.jpg", refused=TRUNCATED)
    yield Case(id="empty", data=b"", file="a.jpg", refused=frozenset({PhotoProblem.EMPTY}))
    for byte in (0x00, 0xFF, 0x89, 0x41):
        yield Case(id=f"one-byte-{byte:02x}", data=bytes([byte]), file="a.jpg", refused=TRUNCATED | FOREIGN)


def flipped_files() -> Iterator[Case]:
    speckled = np.random.default_rng(6).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for kind, suffix in {**SUFFIXES, "GIF": "gif"}.items():
        data = encode(speckled, kind)
        draw = random.Random(f"flips {suffix}")
        for number in range(12):
            flipped = bytearray(data)
            for _ in range(1 + number % 3):
                flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            yield Case(
                id=f"flipped-{suffix}-{number}",
                data=bytes(flipped),
                file=f"a.{suffix}",
                refused=ANY_DAMAGE,
                may_read=True,
                corners=None,
                note=None,
                height=0,
            )
    data = encode(speckled, "PNG")
    for number, place in enumerate((0.2, 0.5, 0.8)):
        flipped = bytearray(data)
        flipped[int(len(data) * place)] ^= 0x10
        yield Case(id=f"png-pixels-flipped-{number}", data=bytes(flipped), file="a.png", refused=CORRUPT)


def odd_jpegs() -> Iterator[Case]:
    data = encode(quarters(), "JPEG")
    yield Case(id="jpeg-trailing-garbage", data=data + random.Random(4).randbytes(5000), file="a.jpg")
    yield Case(id="jpeg-trailing-zeros", data=data + bytes(4000), file="a.jpg")
    yield Case(
        id="jpeg-second-photo-behind", data=data + encode(quarters((BLUE, RED, YELLOW, GREEN)), "JPEG"), file="a.jpg"
    )
    thumbnail = encode(quarters((BLUE, RED, YELLOW, GREEN)), "JPEG")
    yield Case(id="jpeg-with-thumbnail", data=jpeg_with(data, 0xE1, b"Exif\x00\x00" + thumbnail), file="a.jpg")
    yield Case(id="jpeg-padded-before-end", data=data[:-2] + bytes(40) + b"\xff\xd9", file="a.jpg", note="padded")
    yield Case(id="jpeg-with-fill-bytes", data=data[:2] + b"\xff" * 20 + data[2:], file="a.jpg")
    yield Case(id="jpeg-long-comment", data=jpeg_with(data, 0xFE, b"x" * 65000), file="a.jpg")
    yield Case(id="jpeg-restarts", data=encode(quarters(), "JPEG", restart_marker_blocks=1), file="a.jpg")
    no_frame = jpeg_without(data, 0xC0)
    yield Case(id="jpeg-without-frame", data=no_frame, file="a.jpg", refused=CORRUPT)
    yield Case(
        id="jpeg-without-tables",
        data=jpeg_without(data, 0xC4),
        file="a.jpg",
        refused=CORRUPT,
        may_read=True,
        corners=None,
        note=None,
    )
    yield Case(id="jpeg-only-end", data=b"\xff\xd8\xff\xd9", file="a.jpg", refused=CORRUPT)
    yield Case(id="jpeg-only-start", data=b"\xff\xd8\xff", file="a.jpg", refused=TRUNCATED)
    yield Case(id="jpeg-of-no-height", data=jpeg_claiming(64, 0), file="a.jpg", refused=CORRUPT)
    yield Case(id="jpeg-taller-than-its-data", data=jpeg_claiming(64, 4000), file="a.jpg", refused=TRUNCATED | CORRUPT)
    for marker, name in ((0xC3, "lossless"), (0xC9, "arithmetic")):
        yield Case(
            id=f"jpeg-{name}", data=data.replace(b"\xff\xc0", bytes([0xFF, marker])), file="a.jpg", refused=UNSUPPORTED
        )
    at = data.index(b"\xff\xc0") + 4
    yield Case(id="jpeg-12-bit", data=data[:at] + b"\x0c" + data[at + 1 :], file="a.jpg", refused=UNSUPPORTED)
    five = data[: at + 5] + b"\x05" + data[at + 6 :]
    yield Case(id="jpeg-five-channels", data=five, file="a.jpg", refused=CORRUPT)


def broken_containers() -> Iterator[Case]:
    webp, heic, still = encode(quarters(), "WEBP"), encode(quarters(), "HEIF"), encode(quarters(), "PNG")
    yield Case(id="webp-unknown-chunk-first", data=webp[:12] + b"ABCD" + webp[16:], file="a.webp", refused=CORRUPT)
    yield Case(id="webp-trailing-garbage", data=webp + b"junk" * 100, file="a.webp")
    yield Case(
        id="heic-box-too-short",
        data=heic[:28] + b"\x00\x00\x00\x03free" + heic[28:],
        file="a.heic",
        refused=CORRUPT,
    )
    yield Case(id="heic-only-its-type", data=heic[:28], file="a.heic", refused=TRUNCATED)
    yield Case(
        id="heic-sequence",
        data=b"\x00\x00\x00\x18ftyphevc\x00\x00\x00\x00hevcmif1\x00\x00\x00\x08moov",
        file="a.heic",
        refused=UNSUPPORTED,
    )
    yield Case(id="png-without-header", data=still[:8] + still[33:], file="a.png", refused=CORRUPT)
    yield Case(id="png-without-pixels", data=still[:33] + still[-12:], file="a.png", refused=CORRUPT | TRUNCATED)
    yield Case(id="png-trailing-garbage", data=still + b"junk" * 100, file="a.png", tolerance=0)
    yield Case(
        id="png-odd-animation-chunk",
        data=still[:33] + png_chunk(b"acTL", bytes(8)) + still[33:],
        file="a.png",
        tolerance=0,
    )
    yield Case(
        id="png-of-unknown-colour-type",
        data=png(WIDTH, HEIGHT, colour=5, pixels=bytes(9000)),
        file="a.png",
        refused=CORRUPT,
    )
    tiff = encode(quarters(), "TIFF")
    far = tiff[:4] + struct.pack("<I", 0xFFFFFF00) + tiff[8:]
    yield Case(id="tiff-directory-outside", data=far, file="a.tif", refused=TRUNCATED | CORRUPT)
    circle = tiff[:4] + struct.pack("<I", 8) + tiff[8:]
    yield Case(
        id="tiff-directory-anywhere", data=circle, file="a.tif", refused=TRUNCATED | CORRUPT, may_read=True, note=None
    )
