"""One self-contained HTML page for a run of assessments: no script, nothing loaded from elsewhere.

Sections are rendered as photos are assessed and kept in a file beside the report, so that a run of thousands of photos
needs the memory of one.
"""

import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Self

import jinja2
import numpy as np
from numpy.typing import NDArray

from coachwork import __version__
from coachwork.assessments.assessment import AssessingModel, Assessment, Damage, PartModel, SeverityModel
from coachwork.assessments.severity import DamageSeverity
from coachwork.assessments.verdict import Verdict
from coachwork.reports.display import display_copy
from coachwork.reports.overlay import colour_of
from coachwork.reports.pictures import crop_of, data_uri_of

SHOWN_DAMAGES = 30
"""A photo's section shows at most so many damages; the JSON lists all of them."""

_PICTURE_LONGEST = 1280
_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HARDLY = 0.1
"""A level below this probability stands in a range because too few damages of it are known, not because of its odds."""

_VERDICT_WORDS = {Verdict.DAMAGED: "damaged", Verdict.NONE: "no damage found", Verdict.UNCERTAIN: "uncertain"}


@dataclass(slots=True)
class _Row:
    """A photo's line in the list at the top."""

    anchor: str
    name: str
    verdict: str
    words: str
    damages: str


@dataclass(slots=True)
class AssessmentReport:
    """Writes the page; use it as a context manager and call `add` or `add_failure` for each photo.

    On leaving, the page is put in place whole. When the run was broken off, it is written of the photos that were done
    and says so.

    Attributes:
        path: of the page.
        model: that assessed.
        expected: how many photos the run has, as far as known.
        folder: start of the photos' names that is left out: where they lay is nothing to whom the page is mailed.
        part_model: that told the parts; None where none was asked.
        severity_model: that told the severities; None where none was asked.
    """

    path: Path
    model: AssessingModel
    expected: int = 0
    folder: str = ""
    part_model: PartModel | None = None
    severity_model: SeverityModel | None = None
    _rows: list[_Row] = field(default_factory=list)
    _sections: IO[str] | None = None

    def __enter__(self) -> Self:
        """Opens the file that holds the sections."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._sections = tempfile.TemporaryFile("w+", dir=self.path.parent, encoding="utf-8")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Puts the page in place."""
        if self._sections is not None:
            self._finish(self._sections)
            self._sections.close()

    def add(self, assessment: Assessment, pixels: NDArray[np.uint8], drawn: NDArray[np.uint8]) -> None:
        """Adds a photo.

        Args:
            assessment: of the photo.
            pixels: (h, w, 3) uint8 RGB of the photo, full size or reduced.
            drawn: (h, w, 3) uint8 RGB, the photo with its damages drawn.
        """
        anchor = f"photo-{len(self._rows) + 1}"
        name = self._shown(assessment.file)
        kinds = Counter(damage.type for damage in assessment.damages)
        self._rows.append(
            _Row(
                anchor=anchor,
                name=name,
                verdict=assessment.verdict.value,
                words=_VERDICT_WORDS[assessment.verdict],
                damages=", ".join(
                    f"{count} x {kind.words}" if count > 1 else kind.words for kind, count in kinds.items()
                ),
            )
        )
        self._write(
            "section",
            anchor=anchor,
            name=name,
            assessment=assessment,
            words=_VERDICT_WORDS[assessment.verdict],
            picture=data_uri_of(display_copy(drawn, _PICTURE_LONGEST)),
            damages=[
                _damage_row(number, damage, assessment, pixels)
                for number, damage in enumerate(assessment.damages[:SHOWN_DAMAGES], start=1)
            ],
            hidden=max(0, len(assessment.damages) - SHOWN_DAMAGES),
        )

    def add_failure(self, name: str, reason: str) -> None:
        """Adds a photo that could not be assessed."""
        anchor = f"photo-{len(self._rows) + 1}"
        name = self._shown(name)
        self._rows.append(_Row(anchor=anchor, name=name, verdict="error", words="not assessed", damages=""))
        self._write("failure", anchor=anchor, name=name, reason=printable(reason))

    def _shown(self, file: str) -> str:
        return printable(file.removeprefix(self.folder)) or "photo"

    def _write(self, macro: str, **values: Any) -> None:
        if self._sections is None:
            message = "a report takes photos inside its with block"
            raise RuntimeError(message)
        template = _ENVIRONMENT.get_template("assessment_report.html.j2")
        self._sections.write(str(getattr(template.module, macro)(**values)))

    def _finish(self, sections: IO[str]) -> None:
        template = _ENVIRONMENT.get_template("assessment_report.html.j2")
        counts = Counter(row.verdict for row in self._rows)
        page = template.render(
            rows=self._rows,
            counts=counts,
            model=self.model,
            part_model=self.part_model,
            severity_model=self.severity_model,
            missing=max(0, self.expected - len(self._rows)),
            made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            version=__version__,
        )
        head, foot = page.split("<!-- sections -->", 1)
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        sections.seek(0)
        with draft.open("w", encoding="utf-8") as file:
            file.write(head)
            shutil.copyfileobj(sections, file)
            file.write(foot)
        draft.replace(self.path)


def printable(name: str) -> str:
    """A file's name as text that can be shown: bytes that are no Unicode and control characters become U+FFFD."""
    text = os.fsencode(name).decode("utf-8", "replace") if any("\udc80" <= c <= "\udcff" for c in name) else name
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _odds(severity: DamageSeverity | None) -> str:
    """The probabilities of the levels that a damage may have."""
    if severity is None or not severity.levels:
        return ""
    shares = {level: f"{severity.probabilities[level]:.0%}" for level in severity.levels}
    if severity.level is not None:
        return f"probability {shares[severity.level]}"
    if severity.probabilities[severity.levels[-1]] < _HARDLY:
        return f"beyond most {severity.levels[-2].value} ones"
    return ", ".join(f"{level.value} {share}" for level, share in shares.items())


def _damage_row(number: int, damage: Damage, assessment: Assessment, pixels: NDArray[np.uint8]) -> dict[str, Any]:
    red, green, blue = colour_of(damage.type)
    share = damage.area_px / assessment.size.area
    return {
        "number": number,
        "words": damage.type.words,
        "part": "" if damage.part is None else damage.part.words,
        "on_part": f"{damage.part.share:.0%} of it" if damage.part and damage.part.part else "",
        "severity": "" if damage.severity is None else damage.severity.words.removeprefix("severity "),
        "odds": _odds(damage.severity),
        "colour": f"rgb({red} {green} {blue})",
        "score": damage.score,
        "probability": "" if damage.probability is None else f"{damage.probability:.0%}",
        "threshold": assessment.model.thresholds.get(damage.type, 0.0),
        "share": f"{share:.1%}" if share >= 0.001 else "under 0.1%",
        "area": f"{damage.area_px:,}".replace(",", "\u202f"),
        "box": [round(edge) for edge in damage.box.xyxy],
        "crop": data_uri_of(crop_of(pixels, damage, size=assessment.size)),
    }
