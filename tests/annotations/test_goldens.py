"""What other programs write is read; what became of such files on their way is read or told, never a traceback."""

import json
import random
import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from coachwork.annotations.contract import Reading
from coachwork.annotations.formats import FORMATS, Recognised, recognise
from coachwork.annotations.photo_lookup import PhotoLookup
from coachwork.annotations.problems import AnnotationError, Problem
from coachwork.taxonomy import identity_label_map
from tests.annotations.goldens import GOLDENS, Golden
from tests.annotations.mutations import mutated

MUTANTS_OF_A_FORMAT = max(100, -(-500 // len(GOLDENS)))
LONGEST_CPU_S = 5.0
MOST_MEMORY_MIB = 300
ALL = [pytest.param(name, golden, id=f"{name}-{golden.__name__}") for name in GOLDENS for golden in GOLDENS[name]]


@pytest.fixture
def golden_folder(tmp_path: Path) -> Callable[[Golden], Path]:
    def written(golden: Golden) -> Path:
        folder = tmp_path / "source"
        folder.mkdir()
        golden(folder)
        return folder

    return written


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raises where more processor time is used, however busy the machine is."""

    def stop(*_: object) -> None:
        message = f"more than {seconds} s"
        raise TimeoutError(message)

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def readings(files: Sequence[Recognised], folder: Path) -> Iterator[Reading]:
    """Reads a source as an import does: one reading for each file; a file that is useless has its problem alone."""
    for file in files:
        assert 0 <= file.format.detect(file.path) <= 1
        lookup = PhotoLookup(file.path if file.path.is_dir() else file.path.parent, root=folder)
        try:
            assert all(isinstance(label, str) for label in file.format.labels(file.path))
        except AnnotationError as error:
            assert_located(error.problem, folder)
        try:
            yield file.format.read(file.path, lookup, identity_label_map())
        except AnnotationError as error:
            yield Reading(photos=(), problems=(error.problem,))


def assert_located(problem: Problem, folder: Path) -> None:
    assert problem.file.startswith(str(folder))
    assert problem.what
    assert problem.done
    assert len(str(problem)) < 2000


def assert_sound(reading: Reading, folder: Path) -> None:
    for problem in reading.problems:
        assert_located(problem, folder)
    for photo in reading.photos:
        for shape in photo.shapes:
            assert shape.box.area > 0
            assert shape.box.clipped(photo.file.size) == shape.box
            assert shape.rle is None or shape.rle.frame == photo.file.size
            assert all(isinstance(text, str) for pair in shape.attributes.items() for text in pair)
        json.dumps([*photo.tags, photo.name])


@pytest.mark.parametrize(("name", "golden"), ALL)
def test_a_golden_is_recognised_and_read(name: str, golden: Golden, golden_folder: Callable[[Golden], Path]) -> None:
    folder = golden_folder(golden)
    files = recognise(folder)
    assert {file.format.name for file in files} == {name}
    found = list(readings(files, folder))
    for reading in found:
        assert_sound(reading, folder)
    assert any(photo.shapes for reading in found for photo in reading.photos)


@pytest.mark.parametrize(("name", "golden"), ALL)
def test_a_broken_golden_is_read_or_told(name: str, golden: Golden, golden_folder: Callable[[Golden], Path]) -> None:
    folder = golden_folder(golden)
    files = recognise(folder)
    whole = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".jpg"}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = 0
    for seed in range(mutants := -(-MUTANTS_OF_A_FORMAT // len(GOLDENS[name]))):
        rng = random.Random(f"{name} {golden.__name__} {seed}")
        path = rng.choice(list(whole))
        path.write_bytes(mutated(whole[path], path.suffix, rng))
        try:
            with cpu_limit(LONGEST_CPU_S):
                for reading in readings(files, folder):
                    assert_sound(reading, folder)
                    told += bool(reading.problems)
        except Exception as error:
            error.add_note(f"seed {seed}, {path.name}: {path.read_bytes()[:1500]!r}")
            raise
        path.write_bytes(whole[path])
    assert told > mutants / 6, "the mutations hardly break anything"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak) / 1024
    assert grown < MOST_MEMORY_MIB


def test_at_least_five_hundred_files_are_broken() -> None:
    assert len(GOLDENS) * MUTANTS_OF_A_FORMAT >= 500
    assert GOLDENS.keys() <= FORMATS.keys()
