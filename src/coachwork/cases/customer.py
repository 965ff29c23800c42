"""What a customer does with a case: comes by a private link, sends photos in parts, accepts or objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachwork.cases.case import Approval, CaseResult, Decision, DecisionKind
from coachwork.cases.problems import CaseError
from coachwork.claims.settlement import Route

CUSTOMER = "customer"
"""Who the events name for what a customer did."""


class UnknownLink(CaseError):
    """There is no such private link, or it has expired: nobody is told which."""


class UnknownUpload(CaseError):
    """There is no such upload of the case, or it was given up."""


class UploadRefused(CaseError):
    """An upload cannot be begun or ended: too long, too many at once, other bytes than were told."""


class UploadMoved(CaseError):
    """A part does not begin where the upload stands.

    Attributes:
        offset: bytes that are kept: the next part begins there.
    """

    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload stands at byte {offset}: send the part that begins there")
        self.offset = offset


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLink:
    """A private link to one case; the only right that it gives is that one case. Its token is kept by nobody.

    Attributes:
        id: its name.
        tenant: whose the case is.
        case: the one.
        made_by: who made it.
        made, ends: UTC.
    """

    id: str
    tenant: str
    case: str
    made_by: str
    made: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A photo that comes in parts, each durable when it is acknowledged.

    Attributes:
        id: its name.
        case: to which the photo is added.
        name: of the file.
        sha256: of the whole, hex; None where the sender could not tell.
        bytes: of the whole.
        offset: of them that are kept.
        photo: id of the photo that it became; None before.
    """

    id: str
    case: str
    name: str
    sha256: str | None
    bytes: int
    offset: int
    photo: str | None

    @property
    def is_whole(self) -> bool:
        """Whether every byte is kept."""
        return self.offset == self.bytes


class AnswerKind(StrEnum):
    """What a customer says to a proposal."""

    ACCEPT = "accept"
    OBJECT = "object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a customer can accept.

    Attributes:
        amount: a decimal number as text.
        currency: of it.
        decision: id of a person's decision; None where the rules offer without one.
    """

    amount: str
    currency: str
    decision: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAnswer:
    """A customer's word; never changed.

    Attributes:
        id: its name.
        revision: of the results that lay before the customer.
        kind: which.
        offer: that is accepted; None of an objection.
        text: of an objection.
        at: UTC.
    """

    id: str
    revision: int
    kind: AnswerKind
    offer: Offer | None
    text: str
    at: datetime


_VOID = {Approval.REFUSED, Approval.LAPSED}


def offer_of(result: CaseResult, decisions: Sequence[Decision]) -> Offer | None:
    """What is offered: by the last decision on these results, or, before anybody decided, where every rule holds."""
    own = [one for one in decisions if one.revision == result.revision and one.approval not in _VOID]
    if own:
        last = own[-1]
        if not last.stands or last.kind is not DecisionKind.OFFER or last.amount is None or last.currency is None:
            return None
        return Offer(amount=last.amount, currency=last.currency, decision=last.id)
    settlement = result.settlement
    if settlement is None or settlement["route"] != Route.AUTO_OFFER.value:
        return None
    payout: Mapping[str, str] = settlement["payout"]
    return Offer(amount=payout["likely"], currency=payout["currency"], decision=None)
