"""Reads a photo: upright 8-bit RGB, within limits, or one clear sentence why not."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePath

import numpy as np
from numpy.typing import NDArray

from coachwork.geometry.size import Size
from coachwork.photos.heic import open_heic
from coachwork.photos.jpeg import open_jpeg
from coachwork.photos.limits import Allowance, Deadline, ReadingLimits, reduction
from coachwork.photos.opened import OpenedPhoto
from coachwork.photos.orientation import swaps_sides, upright
from coachwork.photos.pillow_formats import open_with_pillow
from coachwork.photos.problems import (
    PhotoError,
    PhotoProblem,
    ReadingError,
    corrupt,
    shown_name,
    truncated,
    unsupported,
)
from coachwork.photos.sniffing import PHOTO_SUFFIXES, PhotoFormat, foreign, is_picture, is_text, sniff

__all__ = ["Photo", "PhotoError", "PhotoFormat", "PhotoProblem", "ReadingLimits", "read_photo"]

_DEFAULT_LIMITS = ReadingLimits()
_ASK_FOR_PHOTO = "choose a photo (JPEG, PNG, WebP or HEIC)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photo:
    """A photo that was read.

    Attributes:
        name: of the file, as it may be shown (control characters and broken encodings are escaped).
        sha256: digest of the file's bytes, hex.
        size: upright, at full resolution.
        pixels: (h, w, 3) uint8 RGB, upright; reduced by `reduction` (sides rounded up).
        format: what the file is, by its bytes.
        reduction: 1, 2, 4 or 8.
        orientation: the EXIF orientation 1..8 that was applied; 1 where there was none or the decoder turned the photo.
        notes: what was odd but harmless, in sentences without capital and full stop.
    """

    name: str
    sha256: str
    size: Size
    pixels: NDArray[np.uint8]
    format: PhotoFormat
    reduction: int = 1
    orientation: int = 1
    notes: tuple[str, ...] = ()


def read_photo(
    source: Path | bytes, *, name: str = "", limits: ReadingLimits = _DEFAULT_LIMITS, min_side: int | None = None
) -> Photo:
    """Reads a photo upright, as 8-bit sRGB.

    Args:
        source: the file or its bytes; what it is, is told from its bytes alone.
        name: for messages; by default the file's.
        limits: what the photo may cost.
        min_side: the pixels may be reduced by 2, 4 or 8 as long as the longer side keeps so many; None reads them all.

    Raises:
        PhotoError: the photo cannot be read or is refused, with the reason and one sentence.
    """
    name = name or (source.name if isinstance(source, PurePath) else "")
    allowance = Allowance(limits=limits, deadline=Deadline(limits.max_seconds))
    try:
        data = source if isinstance(source, bytes) else _bytes_of(source, limits)
        limits.check_bytes(len(data))
        kind = _format_of(data)
        opened = _open(data, kind, allowance)
        factor = reduction(opened.size, min_side)
        allowance.deadline.check()
        decoded = opened.decode(factor)
        allowance.deadline.check()
        _check_decoded(decoded.pixels, opened.size, factor)
    except ReadingError as fault:
        raise PhotoError(name, fault.reason, fault.explanation) from fault
    stored = opened.size
    size = Size(height=stored.width, width=stored.height) if swaps_sides(opened.orientation) else stored
    return Photo(
        name=shown_name(name),
        sha256=hashlib.sha256(data).hexdigest(),
        size=size,
        pixels=upright(decoded.pixels, opened.orientation),
        format=kind,
        reduction=factor,
        orientation=opened.orientation,
        notes=(*_naming_notes(name, kind), *decoded.notes),
    )


def _open(data: bytes, kind: PhotoFormat, allowance: Allowance) -> OpenedPhoto:
    if kind is PhotoFormat.JPEG:
        return open_jpeg(data, allowance)
    if kind is PhotoFormat.HEIC:
        return open_heic(data, allowance)
    return open_with_pillow(data, kind, allowance)


def _check_decoded(pixels: NDArray[np.uint8], size: Size, factor: int) -> None:
    expected = (-(-size.height // factor), -(-size.width // factor), 3)
    if pixels.shape != expected or pixels.dtype != np.uint8:
        raise corrupt()


def _naming_notes(name: str, kind: PhotoFormat) -> tuple[str, ...]:
    suffix = PurePath(name).suffix.lower()
    if suffix in PHOTO_SUFFIXES and suffix not in kind.suffixes:
        return (f"the name ends in {suffix}, but the file is {kind.upper()}",)
    return ()


def _format_of(data: bytes) -> PhotoFormat:
    if not data:
        raise ReadingError(PhotoProblem.EMPTY, "the file is empty: copy or upload it again")
    kind = sniff(data)
    if kind is not None:
        return kind
    what = foreign(data)
    if what is not None and is_picture(what):
        raise unsupported(what)
    if any(start.startswith(data) for start in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        raise truncated()
    if what is None:
        what = "a text file" if is_text(data) else "no photo of a known format"
    raise ReadingError(PhotoProblem.NOT_A_PHOTO, f"this is {what}: {_ASK_FOR_PHOTO}")


def _bytes_of(path: Path, limits: ReadingLimits) -> bytes:
    """The file's bytes; never waits at a pipe or device, never reads more than the limit and one byte."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                what = "a folder" if stat.S_ISDIR(mode) else "a pipe or device"
                raise ReadingError(PhotoProblem.NOT_A_FILE, f"this is {what}, not a file: {_ASK_FOR_PHOTO}")
            limits.check_bytes(os.fstat(descriptor).st_size)
            return file.read(limits.max_bytes + 1)
    except FileNotFoundError as error:
        raise ReadingError(PhotoProblem.NOT_FOUND, "there is no such file: check the path") from error
    except IsADirectoryError as error:
        raise ReadingError(PhotoProblem.NOT_A_FILE, f"this is a folder, not a file: {_ASK_FOR_PHOTO}") from error
    except (OSError, ValueError) as error:
        raise ReadingError(PhotoProblem.UNREADABLE, f"the file cannot be opened: {_why(error)}") from error


def _why(error: OSError | ValueError) -> str:
    code = error.errno if isinstance(error, OSError) else None
    known = {
        errno.EACCES: "its permissions forbid it, change them",
        errno.EPERM: "its permissions forbid it, change them",
        errno.ELOOP: "its links lead in a circle, name the file itself",
        errno.ENAMETOOLONG: "its name is too long, rename it",
        errno.ENOTDIR: "part of its path is a file, check the path",
        errno.ENXIO: "it is a socket or device, choose a photo",
    }
    if code in known:
        return known[code]
    return f"{os.strerror(code).lower()}, try again" if code else "its path has a character that no path may have"
