"""What a file is, judged by its first bytes and never by its name."""

import re
from enum import StrEnum


class PhotoFormat(StrEnum):
    """The formats that are read."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    TIFF = "tiff"
    BMP = "bmp"
    GIF = "gif"

    @property
    def suffixes(self) -> frozenset[str]:
        """The suffixes that names of such files have, with the dot, in lower case."""
        return _SUFFIXES[self]


_SUFFIXES = {
    PhotoFormat.JPEG: frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"}),
    PhotoFormat.PNG: frozenset({".png", ".apng"}),
    PhotoFormat.WEBP: frozenset({".webp"}),
    PhotoFormat.HEIC: frozenset({".heic", ".heif", ".hif"}),
    PhotoFormat.TIFF: frozenset({".tif", ".tiff"}),
    PhotoFormat.BMP: frozenset({".bmp", ".dib"}),
    PhotoFormat.GIF: frozenset({".gif"}),
}

PHOTO_SUFFIXES = frozenset().union(*_SUFFIXES.values())
"""Suffixes by which photos are found in a folder."""

RAW_CAMERA_FILE = "a raw camera file"
_SNIFFED_BYTES = 4096
_BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_GENERIC_BRANDS = frozenset({b"mif1", b"msf1", b"mif2"})

_MAGIC = (
    (re.compile(rb"\xff\xd8\xff"), PhotoFormat.JPEG),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), PhotoFormat.PNG),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), PhotoFormat.WEBP),
    (re.compile(rb"GIF8[79]a"), PhotoFormat.GIF),
    (re.compile(rb"II[*+]\x00|MM\x00[*+]"), PhotoFormat.TIFF),
)
_FOREIGN = (
    (re.compile(rb"%PDF-"), "a PDF document"),
    (re.compile(rb"PK(\x03\x04|\x05\x06|\x07\x08)"), "a ZIP archive or office document"),
    (re.compile(rb"\x1f\x8b|BZh|\xfd7zXZ\x00|7z\xbc\xaf\x27\x1c|Rar!"), "a compressed archive"),
    (re.compile(rb"RIFF....AVI ", re.DOTALL), "a video (AVI)"),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "a sound file"),
    (re.compile(rb"\x1aE\xdf\xa3"), "a video (Matroska or WebM)"),
    (re.compile(rb"\x00\x00\x01[\xb3\xba]"), "a video (MPEG)"),
    (re.compile(rb"ID3|fLaC|OggS"), "a sound file"),
    (re.compile(rb"\x7fELF|MZ|\xcf\xfa\xed\xfe"), "a program"),
    (re.compile(rb"version https://git-lfs"), "a pointer to a file that was not downloaded (Git LFS)"),
    (re.compile(rb"8BPS"), "a Photoshop document"),
    (re.compile(rb"\xff\x0a|\x00\x00\x00\x0cJXL "), "a JPEG XL picture"),
    (re.compile(rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51"), "a JPEG 2000 picture"),
    (re.compile(rb"(FUJIFILM|IIU\x00|IIRO|IIRS|MMOR|II\*\x00....CR)", re.DOTALL), RAW_CAMERA_FILE),
)
_MARKUP = (
    (re.compile(rb"<\?xml.{0,400}<svg|<svg", re.DOTALL | re.IGNORECASE), "an SVG drawing"),
    (re.compile(rb"(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|script)", re.DOTALL | re.IGNORECASE), "a web page"),
    (re.compile(rb"<\?xml", re.IGNORECASE), "an XML file"),
    (re.compile(rb"[{\[]"), "a JSON or text file"),
)
_PICTURES = frozenset(
    {"a Photoshop document", "a JPEG XL picture", "a JPEG 2000 picture", RAW_CAMERA_FILE, "an SVG drawing"}
)


def sniff(data: bytes) -> PhotoFormat | None:
    r"""The format that the first bytes claim, or None where it is none that is read.

    >>> sniff(b"\x89PNG\r\n\x1a\n...")
    <PhotoFormat.PNG: 'png'>
    """
    if foreign(data) is not None:
        return None
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return PhotoFormat.BMP
    if _is_heic(data):
        return PhotoFormat.HEIC
    return next((kind for pattern, kind in _MAGIC if pattern.match(data)), None)


def foreign(data: bytes) -> str | None:
    """What a file is that is no photo of a supported format, in words such as ``a web page``; None if unknown."""
    start = data[:_SNIFFED_BYTES]
    named = next((name for pattern, name in _FOREIGN if pattern.match(start)), None)
    if named is not None:
        return named
    if start[4:8] == b"ftyp":
        return _foreign_brand(start)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((name for pattern, name in _MARKUP if pattern.match(text)), None)


def is_picture(name: str) -> bool:
    """Whether a word of `foreign` names a picture that another program can turn into a JPEG."""
    return name in _PICTURES or name == "an AVIF picture"


def is_text(data: bytes) -> bool:
    """Whether the start of a file reads as text."""
    start = data[:_SNIFFED_BYTES]
    try:
        text = start.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3:
            return False
        text = start[: error.start].decode("utf-8")
    return bool(text) and all(c.isprintable() or c in "\r\n\t\f" for c in text)


def _brands(start: bytes) -> tuple[bytes, frozenset[bytes]]:
    size = min(max(int.from_bytes(start[:4], "big"), 16), len(start))
    compatible = frozenset(start[i : i + 4] for i in range(16, size, 4))
    return start[8:12], compatible


def _is_heic(data: bytes) -> bool:
    if data[4:8] != b"ftyp":
        return False
    major, compatible = _brands(data[:_SNIFFED_BYTES])
    return major in _HEIC_BRANDS or (major in _GENERIC_BRANDS and not compatible & {b"avif", b"avis"})


def _foreign_brand(start: bytes) -> str | None:
    """What a file of ISO boxes is when it is not HEIC."""
    if _is_heic(start):
        return None
    major, compatible = _brands(start)
    if (compatible | {major}) & {b"avif", b"avis"}:
        return "an AVIF picture"
    return RAW_CAMERA_FILE if major == b"crx " else "a video"
