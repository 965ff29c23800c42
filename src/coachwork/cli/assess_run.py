"""One run of `coachwork assess`: where each photo's results go."""

import contextlib
import hashlib
import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from coachwork.assessments.assessment import AssessingModel, Assessment, Damage, PartModel, SeverityModel
from coachwork.assessments.assessment_json import assessment_to_json, failure_to_json, json_line
from coachwork.assessments.verdict import Verdict
from coachwork.cli.photo_paths import PhotoPath
from coachwork.errors import CoachworkError
from coachwork.inference.assessing import Assessor
from coachwork.inference.bundle import BundleError
from coachwork.inference.private_regions import PrivateRegions
from coachwork.photos.privacy import hidden
from coachwork.photos.reading import Photo
from coachwork.reports.assessment_report import AssessmentReport, printable
from coachwork.reports.pictures import draw_damages, jpeg_of

_COLOURS = {Verdict.DAMAGED: "red", Verdict.NONE: "green", Verdict.UNCERTAIN: "yellow"}


class OutputError(CoachworkError):
    """Results cannot be written where the user wants them."""


@dataclass(slots=True, kw_only=True)
class AssessRun:
    """Assesses photos one after the other and hands each result on at once.

    Attributes:
        assessor: with its model.
        lines: takes JSON lines, or None.
        report: takes pictures and sections, or None.
        out: folder of the overlay pictures, or None.
        private: finds faces and number plates, which are hidden in pictures; None to show them.
        failures: how many photos could not be assessed.
    """

    assessor: Assessor
    lines: IO[str] | None
    report: AssessmentReport | None
    out: Path | None
    private: PrivateRegions | None = None
    failures: int = 0
    _rows: list[tuple[Text, ...]] = field(default_factory=list)
    _advice: list[str] = field(default_factory=list)

    def assess_all(self, paths: Sequence[PhotoPath]) -> None:
        """Assesses all, with a progress bar on stderr where there are several and somebody looks.

        Raises:
            BundleError: the model cannot be run.
            OutputError: a result cannot be written.
        """
        console = Console(stderr=True)
        bar = Progress(
            TextColumn("assessing"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=len(paths) < 2 or not console.is_terminal,
        )
        with bar:
            for path in bar.track(paths):
                self._assess_one(path)

    def _assess_one(self, path: PhotoPath) -> None:
        if path.problem is not None:
            self._failed(path.file, path.problem)
            return
        try:
            photo, assessment = self.assessor.assess_file(Path(path.file), file=path.file)
        except BundleError:
            raise
        except CoachworkError as error:
            self._failed(path.file, error)
            return
        self._rows.append(_cells(assessment))
        self._advice += [f"{printable(path.file)}: {sentence}" for sentence in assessment.advice]
        with _writing():
            self._hand_on(photo, assessment)

    def _hand_on(self, photo: Photo, assessment: Assessment) -> None:
        self._write_line(json_line(assessment_to_json(assessment)))
        if self.report is None or self.out is None:
            return
        pixels = photo.pixels
        if self.private is not None:
            pixels = hidden(pixels, self.private.find(photo), size=photo.size)
        drawn = draw_damages(pixels, assessment.damages, size=photo.size)
        (self.out / overlay_name(assessment.file, assessment.sha256)).write_bytes(jpeg_of(drawn, quality=88))
        self.report.add(assessment, pixels, drawn)

    def _failed(self, file: str, error: CoachworkError) -> None:
        self.failures += 1
        failed, reason = Text("not assessed", style="bold red"), Text(printable(str(error)), style="red")
        self._rows.append((Text(printable(file)), failed, Text(""), reason))
        with _writing():
            self._write_line(json_line(failure_to_json(file, error)))
            if self.report is not None:
                self.report.add_failure(file, str(error))

    def _write_line(self, line: str) -> None:
        if self.lines is not None:
            self.lines.write(line + "\n")
            self.lines.flush()

    def print_table(self) -> None:
        """Prints one row per photo, and where the report lies."""
        console = Console()
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in ("photo", "verdict", "probability", "damages"):
            table.add_column(heading, overflow="fold", justify="right" if "probability" in heading else "left")
        folder = shared_folder([row[0].plain for row in self._rows])
        for name, *cells in self._rows:
            table.add_row(name.plain.removeprefix(folder), *cells)
        if folder:
            console.print(Text(f"photos in {folder}"), soft_wrap=True)
        console.print(table)
        for sentence in self._advice:
            console.print(Text(sentence, style="yellow"), soft_wrap=True)
        if self.report is not None:
            console.print(Text(f"report: {printable(str(self.report.path))}"), soft_wrap=True)


def shared_folder(files: Sequence[str]) -> str:
    """The folder that all files lie in, with its slash; empty where they share none.

    >>> shared_folder(["photos/a.jpg", "photos/b/c.jpg"])
    'photos/'
    """
    levels = zip(*(file.split("/")[:-1] for file in files), strict=False)
    shared = [level[0] for level in itertools.takewhile(lambda level: len(set(level)) == 1, levels)]
    return "/".join(shared) + "/" if shared else ""


def overlay_name(file: str, sha256: str) -> str:
    """Name of a photo's overlay picture: its own name and a digest of its place and its bytes.

    Two photos of the same name in different folders get different pictures.
    """
    stem = re.sub(r"[^\w.-]+", "_", printable(Path(file).stem)).strip("._")[:60] or "photo"
    where = hashlib.sha256(file.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{stem}-{sha256[:6]}{where[:6]}.jpg"


@contextlib.contextmanager
def opened_lines(target: str) -> Iterator[IO[str]]:
    """The file for JSON lines; ``-`` is stdout.

    Raises:
        OutputError: it cannot be written.
    """
    if target == "-":
        yield sys.stdout
        return
    with _writing():
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8")
    with file:
        yield file


@contextlib.contextmanager
def opened_report(
    out: Path,
    model: AssessingModel,
    files: Sequence[str],
    *,
    part_model: PartModel | None = None,
    severity_model: SeverityModel | None = None,
) -> Iterator[AssessmentReport]:
    """The report of a run on so many files, in a folder that is made when it is not there.

    Raises:
        OutputError: the folder cannot be written.
    """
    with contextlib.ExitStack() as stack:
        with _writing():
            report = stack.enter_context(
                AssessmentReport(
                    out / "report.html", model, len(files), shared_folder(files), part_model, severity_model
                )
            )
        yield report


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    """Turns a refusal of the file system into one sentence."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as refused:
        place = printable(str(refused.filename)) if refused.filename else "the results"
        message = f"cannot write {place}: {refused.strerror}; name another place with --out or --json"
        raise OutputError(message) from refused


def _damage_words(damage: Damage) -> str:
    more = [damage.part.words] if damage.part is not None and damage.part.part is not None else []
    if damage.severity is not None and damage.severity.levels:
        more.append(damage.severity.words)
    sure = f"{damage.score:.2f}" if damage.probability is None else f"{damage.probability:.0%}"
    return f"{damage.type.words} {sure}" + (f" ({', '.join(more)})" if more else "")


def _cells(assessment: Assessment) -> tuple[Text, ...]:
    damages = ", ".join(_damage_words(damage) for damage in assessment.damages[:6])
    if len(assessment.damages) > 6:
        damages += f" and {len(assessment.damages) - 6} more"
    verdict = Text(assessment.verdict.value, style=_COLOURS[assessment.verdict])
    probability = Text(f"{assessment.damage_probability:.1%}")
    return Text(printable(assessment.file)), verdict, probability, Text(damages)
