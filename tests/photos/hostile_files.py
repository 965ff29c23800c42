"""Files that attack or pretend: bombs, extreme sizes, false names and other things than photos."""

import random
import struct
import zlib
from collections.abc import Iterator

import numpy as np

from coachwork.photos.problems import PhotoProblem

from .cases import CORRUPT, FOREIGN, SUFFIXES, TOO_MANY, TRUNCATED, UNSUPPORTED, Case
from .pictures import (
    HEIGHT,
    WIDTH,
    encode,
    jpeg_claiming,
    png,
    png_chunk,
    quarters,
)


def extreme_sizes() -> Iterator[Case]:
    for kind, suffix in {**SUFFIXES, "GIF": "gif"}.items():
        dot = np.full((1, 1, 3), 128, dtype=np.uint8)
        yield Case(id=f"1x1-{suffix}", data=encode(dot, kind), file=f"a.{suffix}", height=1, width=1, corners=None)
    for width, height in ((20000, 10), (10, 20000), (1, 5000), (30000, 1)):
        picture = quarters(height=height, width=width)
        yield Case(
            id=f"{width}x{height}-png",
            data=encode(picture, "PNG"),
            file="a.png",
            height=height,
            width=width,
            corners=None,
        )
        data = encode(picture, "JPEG")
        yield Case(id=f"{width}x{height}-jpeg", data=data, file="a.jpg", height=height, width=width, corners=None)
    long = encode(np.zeros((1, 30001, 3), dtype=np.uint8), "PNG")
    yield Case(id="30001x1-png", data=long, file="a.png", refused=frozenset({PhotoProblem.SIDE_TOO_LONG}))


def bombs() -> Iterator[Case]:
    for width, height in ((60000, 60000), (2**31 - 1, 2**31 - 1), (20000, 20000), (1, 2**31 - 1)):
        data = png(width, height, pixels=bytes(1000))
        yield Case(id=f"bomb-png-{width}x{height}", data=data, file="a.png", refused=TOO_MANY)
    yield Case(id="png-of-no-height", data=png(10, 0), file="a.png", refused=CORRUPT)
    yield Case(id="png-with-too-few-pixels", data=png(4000, 3000, pixels=bytes(5000)), file="a.png", refused=TRUNCATED)
    inflating = png(WIDTH, HEIGHT, pixels=bytes(64 * 2**20))
    yield Case(id="bomb-png-pixels-inflate", data=inflating, file="a.png", refused=CORRUPT, may_read=True, corners=None)
    text = png_chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(64 * 2**20)))
    rows = b"".join(b"\x00" + row.tobytes() for row in quarters())
    yield Case(id="bomb-png-text", data=png(WIDTH, HEIGHT, pixels=rows, extra=text), file="a.png", refused=CORRUPT)
    for width, height in ((65500, 65500), (65535, 1)):
        yield Case(id=f"bomb-jpeg-{width}x{height}", data=jpeg_claiming(width, height), file="a.jpg", refused=TOO_MANY)
    gif = bytearray(encode(quarters(), "GIF"))
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    yield Case(id="bomb-gif", data=bytes(gif), file="a.gif", refused=TOO_MANY)
    bmp = bytearray(encode(quarters(), "BMP"))
    bmp[18:26] = struct.pack("<ii", 2**31 - 1, 2**31 - 1)
    yield Case(id="bomb-bmp", data=bytes(bmp), file="a.bmp", refused=TOO_MANY)
    tiff = bytearray(encode(quarters(), "TIFF"))
    for tag, value in ((256, 100_000), (257, 100_000)):
        at = (
            tiff.index(struct.pack("<HH", tag, 4))
            if struct.pack("<HH", tag, 4) in tiff
            else tiff.index(struct.pack("<HH", tag, 3))
        )
        tiff[at : at + 12] = struct.pack("<HHII", tag, 4, 1, value)
    yield Case(id="bomb-tiff", data=bytes(tiff), file="a.tif", refused=TOO_MANY)
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\xff\xff\xff\xff"
    riff = b"RIFF" + struct.pack("<I", 4 + len(canvas)) + b"WEBP" + canvas
    yield Case(id="bomb-webp-canvas", data=riff, file="a.webp", refused=TOO_MANY)
    heic = encode(quarters(), "HEIF").replace(b"ispe\x00\x00\x00\x00", b"ispe----")
    claims = struct.pack(">II", 100_000, 100_000)
    at = heic.index(b"ispe----")
    heic = (heic[: at + 8] + claims + heic[at + 16 :]).replace(b"ispe----", b"ispe\x00\x00\x00\x00")
    yield Case(id="bomb-heic", data=heic, file="a.heic", refused=TOO_MANY | CORRUPT)
    scans = encode(quarters(), "JPEG", progressive=True)
    at = scans.rindex(b"\xff\xda")
    yield Case(
        id="bomb-jpeg-scans",
        data=scans[:at] + scans[at:-2] * 2000 + b"\xff\xd9",
        file="a.jpg",
        refused=frozenset({PhotoProblem.TOO_SLOW}),
    )


def misnamed_files() -> Iterator[Case]:
    files = {suffix: encode(quarters(), kind) for kind, suffix in {**SUFFIXES, "GIF": "gif"}.items()}
    for real, data in files.items():
        for claimed in ("jpg", "png", "heic"):
            if claimed != real:
                yield Case(id=f"{real}-named-{claimed}", data=data, file=f"a.{claimed}", note=f".{claimed}")
    for name in ("A.JPG", "a.jpeg", "a.jfif", "a", "a.upload", "a.jpg.tmp", ".jpg"):
        yield Case(id=f"jpeg-named-{name}", data=files["jpg"], file=name)


def posing_files() -> Iterator[Case]:
    movie = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(200)
    foreign = {
        "html": b"<!DOCTYPE html>\n<html><body>404 not found</body></html>",
        "html-late": b"\xef\xbb\xbf\n\n  <html lang='de'><head></head></html>",
        "html-comment": b"<!-- saved --> <HTML><body></body></HTML>",
        "xml": b"<?xml version='1.0'?><error/>",
        "json": b'{"error": "AccessDenied"}',
        "text": "Kratzer an der Tür, bitte prüfen.\n".encode(),
        "csv": b"name,price\nbumper,120\n",
        "script": b"#!/bin/sh\nrm -rf /tmp/x\n",
        "git-lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        "zip": b"PK\x03\x04\x14\x00" + bytes(60),
        "empty-zip": b"PK\x05\x06" + bytes(18),
        "gzip": b"\x1f\x8b\x08\x00" + bytes(40),
        "7z": b"7z\xbc\xaf\x27\x1c" + bytes(40),
        "rar": b"Rar!\x1a\x07\x00" + bytes(40),
        "mp4": movie,
        "mov": movie.replace(b"mp42", b"qt  "),
        "avi": b"RIFF\x64\x00\x00\x00AVI LIST" + bytes(80),
        "wav": b"RIFF\x64\x00\x00\x00WAVEfmt " + bytes(80),
        "mkv": b"\x1aE\xdf\xa3" + bytes(80),
        "mpeg": b"\x00\x00\x01\xba" + bytes(80),
        "mp3": b"ID3\x04\x00" + bytes(80),
        "elf": b"\x7fELF\x02\x01\x01" + bytes(80),
        "exe": b"MZ\x90\x00" + bytes(80),
        "zeros": bytes(1000),
        "ones": b"\xff" * 1000,
        "noise": random.Random(3).randbytes(3000),
        "bm-text": b"BMW X5, 2019, Kratzer vorn links, bitte ansehen",
        "jpeg-late": b"\r\n" + encode(quarters(), "JPEG"),
    }
    for name, data in foreign.items():
        yield Case(id=f"{name}-named-jpg", data=data, file="a.jpg", refused=FOREIGN)
    pictures = {
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "svg-xml": b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>",
        "psd": b"8BPS\x00\x01" + bytes(80),
        "jxl": b"\x00\x00\x00\x0cJXL \x0d\x0a\x87\x0a" + bytes(80),
        "jxl-bare": b"\xff\x0a" + bytes(80),
        "jp2": b"\x00\x00\x00\x0cjP  \x0d\x0a\x87\x0a" + bytes(80),
        "avif": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(80),
        "avif-generic": b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00avifmif1miaf" + bytes(80),
        "cr2": b"II*\x00\x10\x00\x00\x00CR\x02\x00" + bytes(80),
        "cr3": b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom" + bytes(80),
        "raf": b"FUJIFILMCCD-RAW 0201" + bytes(80),
        "dng": encode(quarters(), "TIFF", tiffinfo={50706: b"\x01\x04\x00\x00"}),
    }
    for name, data in pictures.items():
        yield Case(id=f"{name}-named-jpg", data=data, file="a.jpg", refused=UNSUPPORTED)
