"""Photos as they are sent."""

from pathlib import Path


def part_of(photo: Path | bytes) -> tuple[str, bytes]:
    """Name and bytes.

    Raises:
        OSError: the file cannot be read.
    """
    return ("photo", photo) if isinstance(photo, bytes) else (photo.name, photo.read_bytes())


def media_type_of(data: bytes) -> str | None:
    """What a photo's first bytes say that it is; None of what is none, which the service refuses with a reason."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/heic" if data[4:8] == b"ftyp" else None
