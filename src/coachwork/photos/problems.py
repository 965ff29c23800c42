"""Why a photo could not be read: a reason for programs, a sentence for people."""

from enum import StrEnum

from coachwork.errors import CoachworkError

_LONGEST_SHOWN_NAME = 80


class PhotoProblem(StrEnum):
    """What is wrong with a photo, in a form that programs can branch on."""

    NOT_FOUND = "not_found"
    NOT_A_FILE = "not_a_file"
    UNREADABLE = "unreadable"
    NOTHING_MATCHES = "nothing_matches"
    EMPTY = "empty"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    SIDE_TOO_LONG = "side_too_long"
    TOO_SLOW = "too_slow"
    NOT_A_PHOTO = "not_a_photo"
    UNSUPPORTED = "unsupported"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"


class PhotoError(CoachworkError):
    """A photo cannot be read or is refused.

    Attributes:
        name: the photo's name as it may be shown: control characters and broken encodings are escaped.
        reason: what is wrong, for programs.
        explanation: what is wrong and what to do, for people; the message is the name and this.
    """

    def __init__(self, name: str, reason: PhotoProblem, explanation: str) -> None:
        self.name = shown_name(name)
        self.reason = reason
        self.explanation = explanation
        super().__init__(f"{_shortened(self.name) or 'the photo'}: {explanation}")

    def __reduce__(self) -> tuple[type["PhotoError"], tuple[str, PhotoProblem, str]]:
        """Survives the way back from a worker process."""
        return type(self), (self.name, self.reason, self.explanation)


def shown_name(name: str) -> str:
    r"""A file's name without what breaks a terminal, a log line or UTF-8: such characters are escaped.

    >>> shown_name("a\nb\x1b[2J.jpg")
    'a\\nb\\x1b[2J.jpg'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name)


def _shortened(name: str) -> str:
    if len(name) <= _LONGEST_SHOWN_NAME:
        return name
    half = _LONGEST_SHOWN_NAME // 2
    return f"{name[:half]}…{name[-half:]}"


class ReadingError(Exception):
    """What a decoder found wrong, before the photo's name is known; `read_photo` turns it into a `PhotoError`.

    Attributes:
        reason: what is wrong, for programs.
        explanation: what is wrong and what to do, for people.
    """

    def __init__(self, reason: PhotoProblem, explanation: str) -> None:
        super().__init__(explanation)
        self.reason = reason
        self.explanation = explanation


def truncated() -> ReadingError:
    """The file's end is missing."""
    return ReadingError(PhotoProblem.TRUNCATED, "the file is cut off before its end: copy or upload it again")


def corrupt() -> ReadingError:
    """The file's content contradicts itself."""
    return ReadingError(PhotoProblem.CORRUPT, "the file is damaged: copy or upload it again, or take the photo again")


def unsupported(what: str) -> ReadingError:
    """A kind of picture that is not read."""
    return ReadingError(PhotoProblem.UNSUPPORTED, f"this is {what}, which is not supported: save it as JPEG")
