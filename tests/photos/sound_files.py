"""Files that must be read: every format, orientation and way to store colours."""

import io
import struct
from collections.abc import Iterator

import numpy as np
import pillow_heif
from PIL import Image

from .cases import SUFFIXES, UNSUPPORTED, Case
from .pictures import (
    BLUE,
    CORNERS,
    GREEN,
    GREY_CORNERS,
    HEIGHT,
    RED,
    WIDTH,
    Corners,
    encode,
    exif,
    jpeg_with,
    jpeg_without,
    png_16_bit,
    png_chunk,
    quarters,
    swapping_profile,
    turned,
    upright_corners,
)


def plain_files() -> Iterator[Case]:
    for kind, suffix in SUFFIXES.items():
        yield Case(id=f"plain-{suffix}", data=encode(quarters(), kind), file=f"a.{suffix}")
    yield Case(id="plain-gif", data=encode(quarters(), "GIF"), file="a.gif")
    yield Case(id="webp-lossless", data=encode(quarters(), "WEBP", lossless=True), file="a.webp", tolerance=0)
    yield Case(id="jpeg-progressive", data=encode(quarters(), "JPEG", progressive=True), file="a.jpg")
    for number, name in enumerate(("444", "422", "420")):
        yield Case(id=f"jpeg-{name}", data=encode(quarters(), "JPEG", subsampling=number), file="a.jpg")
    for method in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits"):
        yield Case(id=f"tiff-{method}", data=encode(quarters(), "TIFF", compression=method), file="a.tiff")
    yield Case(id="png-interlaced-looking", data=encode(quarters(), "PNG", optimize=True), file="a.png", tolerance=0)


def turned_files() -> Iterator[Case]:
    for orientation in range(1, 9):
        corners, height, width = upright_corners(orientation)
        for kind in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF"):
            yield Case(
                id=f"orientation-{orientation}-{kind.lower()}",
                data=turned(orientation, kind),
                file=f"a.{SUFFIXES[kind]}",
                corners=corners,
                height=height,
                width=width,
            )
        yield Case(
            id=f"orientation-{orientation}-jpeg-little-endian",
            data=encode(quarters(), "JPEG", exif=exif(orientation, "<")),
            file="a.jpg",
            corners=corners,
            height=height,
            width=width,
        )


def odd_exif_files() -> Iterator[Case]:
    good = exif(6)
    loop = b"Exif\x00\x00MM" + struct.pack(">HIHHHII", 42, 8, 1, 0x8769, 4, 1, 8) + struct.pack(">I", 8)
    blocks = {
        "garbage": b"Exif\x00\x00" + bytes(range(200)),
        "empty": b"Exif\x00\x00",
        "cut-off": good[:16],
        "circular": loop,
        "orientation-0": exif(0),
        "orientation-9": exif(9),
        "orientation-65535": exif(65535),
        "wrong-type": good.replace(struct.pack(">HH", 0x0112, 3), struct.pack(">HH", 0x0112, 2)),
        "offset-outside": b"Exif\x00\x00MM" + struct.pack(">HI", 42, 0xFFFFFFF0),
        "many-entries": b"Exif\x00\x00II" + struct.pack("<HIH", 42, 8, 65535) + bytes(300),
    }
    plain = {kind: encode(quarters(), kind) for kind in ("JPEG", "PNG", "WEBP")}
    for name, block in blocks.items():
        yield Case(id=f"exif-{name}-jpeg", data=jpeg_with(plain["JPEG"], 0xE1, block), file="a.jpg")
        extra = png_chunk(b"eXIf", block[6:])
        at = plain["PNG"].index(b"IDAT") - 4
        yield Case(id=f"exif-{name}-png", data=plain["PNG"][:at] + extra + plain["PNG"][at:], file="a.png", tolerance=0)
    twice = jpeg_with(jpeg_with(plain["JPEG"], 0xE1, exif(3)), 0xE1, exif(6))
    corners, height, width = upright_corners(6)
    yield Case(id="exif-twice-first-counts", data=twice, file="a.jpg", corners=corners, height=height, width=width)


def colour_files() -> Iterator[Case]:
    rgb, grey = Image.fromarray(quarters()), Image.fromarray(quarters(GREY_CORNERS)).convert("L")
    cmyk = encode(rgb.convert("CMYK"), "JPEG")
    uninverted = Image.fromarray(255 - np.asarray(rgb.convert("CMYK")), "CMYK")
    plain_cmyk = jpeg_without(encode(uninverted, "JPEG"), 0xEE)
    yield Case(id="cmyk-jpeg-adobe-inverted", data=cmyk, file="a.jpg", tolerance=25)
    yield Case(id="cmyk-jpeg-plain", data=plain_cmyk, file="a.jpg", tolerance=25)
    yield Case(id="cmyk-tiff", data=encode(rgb.convert("CMYK"), "TIFF"), file="a.tif")
    for kind in ("JPEG", "PNG", "TIFF", "BMP", "GIF"):
        suffix = {**SUFFIXES, "GIF": "gif"}[kind]
        yield Case(id=f"grey-{suffix}", data=encode(grey, kind), file=f"a.{suffix}", corners=GREY_CORNERS)
    yield Case(id="grey-heic", data=encode(grey, "HEIF"), file="a.heic", corners=GREY_CORNERS)
    wide = (np.asarray(grey).astype(np.uint16) * 257).astype(np.uint16)
    for kind in ("PNG", "TIFF"):
        yield Case(
            id=f"grey-16-bit-{kind.lower()}", data=encode(wide, kind), file="a.png", corners=GREY_CORNERS, note=None
        )
    yield Case(id="rgb-16-bit-png", data=png_16_bit(quarters()), file="a.png", tolerance=1)
    yield Case(id="heic-10-bit", data=_heic_10_bit(), file="a.heic")
    flat = rgb.convert("P", palette=Image.Palette.ADAPTIVE)
    yield Case(id="palette-png", data=encode(flat, "PNG"), file="a.png")
    yield Case(id="palette-bmp", data=encode(flat, "BMP"), file="a.bmp")
    black_white: Corners = ((0,) * 3, (255,) * 3, (255,) * 3, (0,) * 3)
    bits = Image.fromarray(quarters(black_white)).convert("1")
    for kind in ("PNG", "TIFF", "BMP"):
        suffix = SUFFIXES[kind]
        yield Case(id=f"one-bit-{suffix}", data=encode(bits, kind), file=f"a.{suffix}", corners=black_white)
    packed = encode(rgb.convert("YCbCr"), "TIFF", compression="tiff_lzw")  # Pillow 12.3 cannot read it uncompressed
    yield Case(id="ycbcr-tiff", data=packed, file="a.tif")
    see_through = rgb.convert("RGBA")
    see_through.putalpha(
        Image.fromarray(np.where(np.arange(WIDTH) < WIDTH // 2, 255, 0).astype(np.uint8)[None].repeat(HEIGHT, 0))
    )
    halves: Corners = (RED, (255,) * 3, BLUE, (255,) * 3)
    for kind in ("PNG", "WEBP", "TIFF", "HEIF"):
        suffix = SUFFIXES[kind]
        yield Case(id=f"transparent-{suffix}", data=encode(see_through, kind), file=f"a.{suffix}", corners=halves)
    yield Case(id="transparent-grey-png", data=encode(see_through.convert("LA"), "PNG"), file="a.png", corners=None)
    yield Case(id="transparent-palette-gif", data=encode(see_through, "GIF"), file="a.gif", corners=halves)
    for mode in ("F", "I"):
        yield Case(id=f"32-bit-{mode}-tiff", data=encode(grey.convert(mode), "TIFF"), file="a.tif", refused=UNSUPPORTED)
    swapped: Corners = (BLUE, GREEN, RED, (40, 220, 230))
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "HEIF"):
        data = encode(rgb, kind, icc_profile=swapping_profile())
        suffix = SUFFIXES[kind]
        yield Case(id=f"profile-{suffix}", data=data, file=f"a.{suffix}", corners=swapped, tolerance=40)
    for name, profile in {"garbage": b"no profile" * 30, "cut-off": swapping_profile()[:150]}.items():
        data = encode(rgb, "JPEG", icc_profile=profile)
        yield Case(id=f"profile-{name}", data=data, file="a.jpg", note="colour profile")
    data = encode(grey, "PNG", icc_profile=swapping_profile())
    yield Case(id="profile-of-another-kind", data=data, file="a.png", corners=GREY_CORNERS, note="colour profile")


def _heic_10_bit() -> bytes:
    wide = quarters().astype(np.uint16) * 257
    heif = pillow_heif.from_bytes("RGB;16", (WIDTH, HEIGHT), wide.tobytes())
    buffer = io.BytesIO()
    heif.save(buffer, quality=90)
    return buffer.getvalue()


def moving_files() -> Iterator[Case]:
    frames = [Image.fromarray(quarters(c)) for c in (CORNERS, (BLUE, BLUE, RED, RED), (GREEN, RED, GREEN, RED))]
    for kind, suffix in {"GIF": "gif", "WEBP": "webp", "PNG": "png"}.items():
        data = encode(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        yield Case(id=f"moving-{suffix}", data=data, file=f"a.{suffix}", note="first frame")
    pages = encode(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    yield Case(id="pages-tiff", data=pages, file="a.tif")
    several = encode(frames[0], "HEIF", save_all=True, append_images=frames[1:])
    yield Case(id="several-heic", data=several, file="a.heic")
    gif = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    second = gif.index(b"\x21\xf9", gif.index(b"\x21\xf9") + 2)
    yield Case(id="moving-gif-cut-in-second-frame", data=gif[: second + 30], file="a.gif", note=None)
