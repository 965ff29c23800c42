"""The report of a case, made from its results whenever somebody asks: the same results give the same report."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coachwork import __version__
from coachwork.cases.case import CasePhoto, CaseResult
from coachwork.cases.photo_bytes import PhotoBytes
from coachwork.casework.corrected_document import corrected_results
from coachwork.errors import MissingExtra
from coachwork.reasons import ENGLISH, Wording
from coachwork.reports.car.folder import write_report
from coachwork.reports.car.pictures import Finder


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """The report as files.

    Attributes:
        page: HTML that needs nothing else.
        printed: the same as PDF; None without the extra ``pdf``.
    """

    page: bytes
    printed: bytes | None

    @property
    def pdf(self) -> bytes:
        """The PDF.

        Raises:
            MissingExtra: what makes it is not installed.
        """
        if self.printed is None:
            raise MissingExtra(extra="pdf", package="typst")
        return self.printed


def document_of(result: CaseResult) -> dict[str, Any]:
    """The results as the one document that reports are made from (``coachwork.inspection/1`` with what it led to).

    Damages are told as they stand after people's corrections.
    """
    inspection, estimate, settlement = corrected_results(result)
    return {
        **inspection,
        "made": {"on": result.made.date().isoformat(), "by": f"Coachwork {__version__}"},
        "estimate": estimate,
        "settlement": None if settlement is None else {k: v for k, v in settlement.items() if k != "estimate"},
        "valuation": None,
    }


def make_report(
    result: CaseResult,
    photos: Sequence[CasePhoto],
    tenant: str,
    photo_bytes: PhotoBytes,
    finder: Finder | None,
    *,
    w: Wording = ENGLISH,
) -> CaseReport:
    """Makes the report of a case.

    Args:
        result: what was found.
        photos: of the case.
        tenant: whose they are.
        photo_bytes: where they lie.
        finder: of faces and number plates, which are hidden in every picture; None hides nothing.
        w: the language.

    Raises:
        PhotoStoreError: a photo cannot be read.
    """
    return write_case_report(document_of(result), photos, tenant, photo_bytes, finder, w=w)


def write_case_report(
    document: Mapping[str, Any],
    photos: Sequence[CasePhoto],
    tenant: str,
    photo_bytes: PhotoBytes,
    finder: Finder | None,
    *,
    w: Wording = ENGLISH,
) -> CaseReport:
    """Makes the report of a document (`document_of`) of a case; see `make_report`.

    Raises:
        PhotoStoreError: a photo cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="coachwork-report-") as name:
        folder = Path(name)
        laid: dict[str, Path] = {}
        for photo in photos:
            laid[photo.sha256] = folder / f"{photo.place:03d}"
            laid[photo.sha256].write_bytes(photo_bytes.get(tenant, photo.sha256))

        def where(told: Mapping[str, Any]) -> Path | None:
            return laid.get(str(told.get("sha256")))

        written = write_report(document, folder / "report", where, finder=finder, w=w)
        printed = None if written.pdf is None else written.pdf.read_bytes()
        return CaseReport(page=written.page.read_bytes(), printed=printed)
