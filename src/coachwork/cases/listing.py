"""Listings: cars that are offered for sale, in lots; by what they are valued, and links to what is shown of them."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from coachwork.cases.problems import CaseError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""What a scheme, a policy or a list of charges may be called where people choose one."""

SAMPLE = "sample"
"""The deduction policy that ships."""


class TermsRefused(CaseError):
    """A car cannot be valued as asked: scheme, policy, method or charges are not there, or do not fit together."""


class UnknownReport(CaseError):
    """There is no such shared report, or its link was withdrawn or has expired: nobody is told which."""


class UnknownLot(CaseError):
    """There is no such lot, or it is another tenant's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what a car is valued; names of tables, as a tenant has them.

    Attributes:
        scheme: of the grade.
        policy: of the deduction.
        method: of diminished value, instead of the policy's; empty takes that.
        charges: list of return charges; empty lists none.
    """

    scheme: str = "nama"
    policy: str = SAMPLE
    method: str = ""
    charges: str = ""

    def __post_init__(self) -> None:
        for told in (self.scheme, self.policy, self.method or "none", self.charges or "none"):
            if not NAME.fullmatch(told):
                message = f"{told[:64]!r} is no name of a scheme, policy, method or list of charges"
                raise TermsRefused(message)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """The terms of what `to_json` wrote; what is missing has its default."""
        known = {key: str(values[key]) for key in ("scheme", "policy", "method", "charges") if key in values}
        return cls(**known)

    def to_json(self) -> dict[str, str]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Some listings that belong together, such as those of one auction.

    Attributes:
        id: its id.
        name: as people call it; a tenant has none twice.
        made: UTC.
        listings: how many are in it.
    """

    id: str
    name: str
    made: datetime
    listings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLink:
    """A link by which anybody may read the report of one case, and nothing else. Its token is kept by nobody.

    Attributes:
        id: its name.
        tenant: whose the case is.
        case: the one.
        terms: by which the car is valued, as they were when the link was made.
        amounts: whether the deduction is shown.
        made_by: who made it.
        made, ends: UTC.
        withdrawn: UTC; None while it is good.
    """

    id: str
    tenant: str
    case: str
    terms: Terms
    amounts: bool
    made_by: str
    made: datetime
    ends: datetime
    withdrawn: datetime | None = None
