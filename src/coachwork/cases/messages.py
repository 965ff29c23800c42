"""What the people at the desk and a customer write to each other about a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachwork.inspections.views import PhotoView

MOST_LETTERS = 4000
MOST_MESSAGES = 500


class Sender(StrEnum):
    """Who wrote."""

    DESK = "desk"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; never changed.

    Attributes:
        number: rises with time, over all cases.
        sender: which side wrote.
        by: the account or key that wrote; customers are never told.
        text: plain.
        views: of the car that photos are asked for of.
        at: UTC.
    """

    number: int
    sender: Sender
    by: str
    text: str
    views: tuple[PhotoView, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The messages of a case, the first one first.

    Attributes:
        messages: all of them.
        read_upto: number of the last one of the customer's that somebody at the desk took note of.
    """

    messages: tuple[Message, ...]
    read_upto: int = 0

    @property
    def unread(self) -> tuple[Message, ...]:
        """What the customer wrote and nobody at the desk took note of."""
        return tuple(one for one in self.messages if one.sender is Sender.CUSTOMER and one.number > self.read_upto)

    def wanted(self, since: Sequence[datetime] = ()) -> tuple[PhotoView, ...]:
        """Views that the desk asks photos of, and that were asked for after the last of some moments."""
        after = max(since, default=None)
        asked = [one for one in self.messages if one.views and (after is None or one.at > after)]
        return tuple(view for view in PhotoView if any(view in one.views for one in asked))
