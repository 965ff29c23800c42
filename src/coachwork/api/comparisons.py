"""Comparisons of two inspections of one car: asked for, read, corrected."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from coachwork.api.context import CallerHere, ServiceHere
from coachwork.api.inspections import IdempotencyKey, request_key
from coachwork.api.problems import RESPONSES
from coachwork.cases.access import Scope
from coachwork.cases.comparison import Comparison, ComparisonState, MarkKind, PairMark, StandingChange
from coachwork.casework.service import Service
from coachwork.inspections.changes import State

router = APIRouter(prefix="/v1/comparisons", tags=["comparisons"], responses=RESPONSES)

ComparisonId = Annotated[str, Path(pattern=r"^comparison_[0-9a-z]{26}$")]
_CaseName = Annotated[str, Field(pattern=r"^case_[0-9a-z]{26}$", examples=["case_01kavy3qz8r5t2m4n6p8q0s1v3"])]
_Places = Annotated[list[Annotated[int, Field(ge=0, le=9999)]], Field(max_length=100)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ComparisonBody(_Body):
    """Which inspections are to be compared."""

    before: _CaseName = Field(description="The earlier inspection, such as the check-out.")
    after: _CaseName = Field(description="The later one, such as the check-in.")
    reference: Annotated[str, Field(max_length=200)] = Field(
        default="", description="Such as the rental contract; the later inspection's by default."
    )
    charges: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")] | None = Field(
        default=None, description="List of return charges.", examples=["uk-typical"]
    )


class MarkBody(_Body):
    """What a person says of a pair of damages."""

    revision: int = Field(ge=0, description="Of the comparison that lay before the person.")
    kind: MarkKind
    before: _Places = Field(default=[], description="Places among the earlier inspection's damages, from 0.")
    after: _Places = Field(default=[], description="Places among the later inspection's damages, from 0.")
    undoes: int | None = Field(default=None, ge=1, le=2**53, description="Number of the statement to be undone.")
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class MarkAnswer(BaseModel):
    """What a person said."""

    number: int
    kind: MarkKind
    before: list[int]
    after: list[int]
    undoes: int | None
    counts: bool = Field(description="False where it was undone.")
    reason: str
    by: str
    at: datetime | None


class ChangeAnswer(BaseModel):
    """One damage over both inspections, after what people said."""

    state: State
    type: str
    part: str | None
    before: list[int] = Field(description="Its places among the earlier inspection's damages, from 0.")
    after: list[int] = Field(description="Its places among the later inspection's damages, from 0.")
    why: str
    growth: float | None
    stated_by: str | None = Field(description="Who said so; null for the program.")

    @classmethod
    def of(cls, one: StandingChange) -> "ChangeAnswer":
        """The answer that tells of a change."""
        told = {name: getattr(one, name) for name in ("state", "type", "part", "why", "growth")}
        return cls(before=list(one.before), after=list(one.after), stated_by=one.by or None, **told)


class ComparisonAnswer(BaseModel):
    """A comparison as it stands."""

    id: str
    state: ComparisonState
    reference: str
    before: str
    after: str
    revision: int
    version: int
    problem: str = Field(description="Why it failed; empty else.")
    stale: bool = Field(description="Whether either inspection was changed since: ask for a new comparison then.")
    made: datetime
    changed: datetime
    counts: dict[str, int] | None = Field(description="State -> how many damages; null until it is ready.")
    standing: list[ChangeAnswer] | None = Field(description="The changes after what people said.")
    charges: dict[str, Any] | None = Field(description="What is charged for what is new or grown.")
    changes: dict[str, Any] | None = Field(description="coachwork.changes/1, as the program found it.")


class ComparisonLine(BaseModel):
    """A comparison in a list."""

    id: str
    state: ComparisonState
    reference: str
    before: str
    after: str
    made: datetime
    changed: datetime


class ComparisonPage(BaseModel):
    """Some comparisons, the latest first."""

    comparisons: list[ComparisonLine]
    next: str | None = Field(description="`cursor` of the next page; null on the last one.")


@router.post("", status_code=status.HTTP_201_CREATED, summary="Compare two inspections")
def make_comparison(
    body: ComparisonBody, response: Response, service: ServiceHere, caller: CallerHere, key: IdempotencyKey = None
) -> ComparisonAnswer:
    """Asks for a comparison; it begins as soon as both inspections have results, and goes on through crashes."""
    one = service.market.compare(
        caller,
        before=body.before,
        after=body.after,
        reference=body.reference,
        charges=body.charges or "",
        request=request_key(key, body),
    )
    response.headers["Location"] = f"/v1/comparisons/{one.id}"
    return _answer(service, one, response)


@router.get("", summary="List comparisons")
def list_comparisons(
    service: ServiceHere,
    caller: CallerHere,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=64, description="`next` of the page before.")] = None,
) -> ComparisonPage:
    """A page of comparisons, the latest first, without what they found."""
    caller.need(Scope.READ)
    found = service.market.comparisons.page(caller.tenant, before=cursor, limit=limit + 1)
    names = ("id", "state", "reference", "before", "after", "made", "changed")
    lines = [ComparisonLine(**{name: getattr(one, name) for name in names}) for one in found[:limit]]
    return ComparisonPage(comparisons=lines, next=lines[-1].id if len(found) > limit else None)


@router.get("/{comparison}", summary="How a comparison stands", response_model=ComparisonAnswer)
def show_comparison(
    comparison: ComparisonId,
    response: Response,
    service: ServiceHere,
    caller: CallerHere,
    known: Annotated[str | None, Header(alias="If-None-Match", description="The ETag that you hold.")] = None,
) -> Any:
    """The comparison with its changes and charges; nothing (304) where you hold its present version."""
    caller.need(Scope.READ)
    one = service.market.comparisons.comparison(caller.tenant, comparison)
    etag = _etag(service, one)
    if known is not None and etag in [tag.strip() for tag in known.split(",")]:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
    return _answer(service, one, response)


@router.post("/{comparison}/marks", status_code=status.HTTP_201_CREATED, summary="Say what a pair really is")
def mark_pair(
    comparison: ComparisonId, body: MarkBody, response: Response, service: ServiceHere, caller: CallerHere
) -> ComparisonAnswer:
    """One damage (`same`, or `grown`), or two (`not_same`); with a reason, which is kept. `undo` takes one back."""
    caller.need(Scope.WRITE)
    mark = PairMark(
        kind=body.kind,
        revision=body.revision,
        before=tuple(body.before),
        after=tuple(body.after),
        undoes=body.undoes,
        reason=body.reason,
    )
    return _answer(service, service.market.comparisons.mark(caller.tenant, comparison, mark, by=caller.name), response)


@router.get("/{comparison}/marks", summary="What people said")
def list_marks(comparison: ComparisonId, service: ServiceHere, caller: CallerHere) -> list[MarkAnswer]:
    """What people said of the comparison's pairs, the first one first."""
    caller.need(Scope.READ)
    one = service.market.comparisons.comparison(caller.tenant, comparison)
    standing = service.market.standing(one)
    counting = frozenset() if standing is None else standing.counting
    return [
        MarkAnswer(
            number=mark.number,
            kind=mark.kind,
            before=list(mark.before),
            after=list(mark.after),
            undoes=mark.undoes,
            counts=mark.number in counting,
            reason=mark.reason,
            by=mark.by,
            at=mark.at,
        )
        for mark in service.market.comparisons.marks(caller.tenant, comparison)
    ]


def _answer(service: Service, one: Comparison, response: Response) -> ComparisonAnswer:
    market = service.market
    standing = market.standing(one)
    response.headers["ETag"] = _etag(service, one)
    names = ("id", "state", "reference", "before", "after", "revision", "version", "problem", "made", "changed")
    return ComparisonAnswer(
        **{name: getattr(one, name) for name in names},
        stale=market.is_stale(one),
        counts=None if standing is None else {state.value: count for state, count in standing.counts.items()},
        standing=None if standing is None else [ChangeAnswer.of(change) for change in standing.changes],
        charges=market.bill(one, standing),
        changes=None if one.found is None else one.found["changes"],
    )


def _etag(service: Service, one: Comparison) -> str:
    return f'"{one.version}{"s" if service.market.is_stale(one) else ""}"'
