"""Signs of fraud beside what they rest on: the photo, the photo of the other case, and what matches, in words.

Only photos of the person's own tenant are ever shown, with faces and number plates hidden, and only those that a sign
of the case names. A case that was erased, or a photo that was removed, is said to be gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from coachwork.api.context import ServiceHere
from coachwork.api.inspections import CaseId
from coachwork.cases.case import Case, CasePhoto, CaseResult
from coachwork.cases.people import Person, Right
from coachwork.cases.problems import UnknownCase
from coachwork.casework.service import Service
from coachwork.reasons import restored
from coachwork.web.workbench.photos import KEPT, hidden_picture
from coachwork.web.workbench.signed_in import PersonHere

router = APIRouter(include_in_schema=False)

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What matches, for the page to put into words.

    Attributes:
        mirrored: whether one is the other turned left to right.
        share: of the other picture that this one shows, 0..1; None where it was not measured.
        likeness: of both where they overlap, -1..1.
        points: that both share.
    """

    mirrored: bool
    share: float | None
    likeness: float | None
    points: int | None

    @property
    def cut(self) -> bool:
        """Whether a part of the other picture is missing."""
        return self.share is not None and self.share < 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSign:
    """A sign with the photos that it rests on.

    Attributes:
        kind, strength, sentence: of the sign.
        photos: of this case that show it.
        facts: what matches; None of signs that compare no photos.
        others: the camera's and other figures of a sign that compares no photos.
        other_case: of the other photo, where the person may see it.
        other_photo: the other photo; None where it is not there any more.
        gone: whether there was another photo that is not there any more.
    """

    kind: str
    strength: str
    sentence: str
    photos: tuple[CasePhoto, ...]
    facts: Facts | None
    others: tuple[tuple[str, str], ...]
    other_case: Case | None
    other_photo: CasePhoto | None
    gone: bool


def shown_signs(
    service: Service, person: Person, case_id: str, result: CaseResult | None, photos: Sequence[CasePhoto]
) -> tuple[ShownSign, ...]:
    """The signs that the proposal of a case names, at most `MOST_SHOWN`; strong ones come first."""
    fraud = _fraud_of(result)
    if fraud is None:
        return ()
    digests = {one["name"]: one["sha256"] for one in fraud["photos"]}
    known = {one.sha256: one for one in photos}
    own = {name: known[digest] for name, digest in digests.items() if digest in known}
    others = _Others(service, person.tenant, case_id, photos)
    return tuple(_shown(one, own, others) for one in fraud["signals"][:MOST_SHOWN])


@router.get("/workbench/cases/{inspection}/evidence/{other}/{photo}.jpg")
def evidence_photo(
    inspection: CaseId,
    other: CaseId,
    photo: Annotated[str, Path(max_length=64)],
    service: ServiceHere,
    person: PersonHere,
) -> Response:
    """A photo that a sign of the case rests on, with faces and number plates hidden."""
    person.need(Right.READ)
    result = service.cases.result(person.tenant, inspection)
    found = next((one for one in service.cases.photos(person.tenant, other) if one.id == photo), None)
    if found is None or (other != inspection and found.sha256 not in _named(result, other)):
        message = "no sign of this case names such a photo"
        raise UnknownCase(message)
    data = hidden_picture(service, person.tenant, found)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": KEPT})


class _Others:
    """Looks up what signs name, each case once."""

    def __init__(self, service: Service, tenant: str, case_id: str, photos: Sequence[CasePhoto]) -> None:
        self._service, self._tenant = service, tenant
        self._known: dict[str, tuple[Case | None, Sequence[CasePhoto]]] = {case_id: (None, photos)}

    def find(self, case_id: str, sha256: str) -> tuple[Case | None, CasePhoto | None]:
        if case_id not in self._known:
            try:
                cases = self._service.cases
                self._known[case_id] = cases.case(self._tenant, case_id), cases.photos(self._tenant, case_id)
            except UnknownCase:
                self._known[case_id] = None, ()
        case, photos = self._known[case_id]
        return case, next((one for one in photos if one.sha256 == sha256), None)


def _fraud_of(result: CaseResult | None) -> Mapping[str, Any] | None:
    settlement = None if result is None else result.settlement
    found: Mapping[str, Any] | None = None if settlement is None else restored(settlement.get("fraud"))
    return found


def _named(result: CaseResult, other: str) -> set[str]:
    """Digests of another case's photos that the signs name."""
    fraud = _fraud_of(result)
    signals = [] if fraud is None else fraud["signals"]
    return {str(one["evidence"].get("other_sha256")) for one in signals if one["evidence"].get("other_claim") == other}


def _shown(sign: Mapping[str, Any], own: Mapping[str, CasePhoto], others: _Others) -> ShownSign:
    evidence: Mapping[str, Any] = sign["evidence"]
    digest = evidence.get("other_sha256")
    case, photo = (None, None) if digest is None else others.find(str(evidence.get("other_claim")), str(digest))
    facts = None
    if digest is not None:
        facts = Facts(
            mirrored=bool(evidence.get("mirrored")),
            share=evidence.get("shown_share"),
            likeness=evidence.get("likeness"),
            points=evidence.get("points"),
        )
    told = () if facts else tuple((str(key), str(value)) for key, value in evidence.items())
    return ShownSign(
        kind=sign["kind"],
        strength=sign["strength"],
        sentence=sign["sentence"],
        photos=tuple(own[name] for name in sign["photos"] if name in own),
        facts=facts,
        others=told,
        other_case=case,
        other_photo=photo,
        gone=digest is not None and photo is None,
    )
