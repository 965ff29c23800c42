from pathlib import Path

import numpy as np
import pytest

from coachwork.photos.problems import PhotoError
from coachwork.photos.reading import Photo, read_photo

from .cases import Case
from .corpus import corpus

CASES = corpus()


def test_the_corpus_is_large_and_every_case_is_named_once() -> None:
    assert len(CASES) >= 200
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_file_gets_the_right_answer(case: Case, tmp_path: Path) -> None:
    file = tmp_path / case.file
    file.write_bytes(case.data)
    answer = _answer(file)
    if isinstance(answer, PhotoError):
        _check_refusal(answer, case)
    else:
        _check_photo(answer, case)


def _answer(file: Path) -> Photo | PhotoError:
    try:
        return read_photo(file)
    except PhotoError as error:
        return error


def _check_refusal(error: PhotoError, case: Case) -> None:
    message = str(error)
    assert error.reason in case.refused, message
    assert message.startswith(case.file)
    assert ":" in error.explanation, "says what is wrong and what to do"
    assert "\n" not in message
    assert len(message) < 250


def _check_photo(photo: Photo, case: Case) -> None:
    height, width = photo.pixels.shape[:2]
    assert not case.refused or case.may_read, "was read"
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags["C_CONTIGUOUS"]
    assert (photo.size.height, photo.size.width) == (height, width)
    if case.height:
        assert (height, width) == (case.height, case.width)
    if case.corners is not None:
        places = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
        found = np.array([photo.pixels[place] for place in places], dtype=int)
        assert np.abs(found - np.array(case.corners)).max() <= case.tolerance, found.tolist()
    if case.note is not None:
        assert case.note in "; ".join(photo.notes)
        assert bool(photo.notes) is bool(case.note), photo.notes
