"""Small text files of foreign programs: read whole, UTF-8, and never more than they may reasonably hold."""

from pathlib import Path


class TextFileError(ValueError):
    """A text file cannot be used; the message says why, in words that follow the file's name."""


def read_text_file(path: Path, *, most_bytes: int) -> str:
    """The text of a file (UTF-8, with or without a byte-order mark); no more of a larger file is read than it may have.

    Args:
        path: the file.
        most_bytes: larger files are refused.

    Raises:
        TextFileError: the file cannot be opened, is too large, or is no UTF-8 text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise TextFileError(error.strerror or "cannot be read") from None
    except ValueError:  # a name with a null character
        message = "cannot be read"
        raise TextFileError(message) from None
    if len(content) > most_bytes:
        message = f"is larger than {_in_words(most_bytes)}"
        raise TextFileError(message)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (byte {error.start})"
        raise TextFileError(message) from None


def _in_words(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size // 1024} KiB"
