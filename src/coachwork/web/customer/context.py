"""What every page of a customer needs: the case that the private link leads to, and nothing beside it."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.responses import HTMLResponse

from coachwork.api.context import ServiceHere
from coachwork.api.rate_limit import RateLimit
from coachwork.cases.access import Caller
from coachwork.cases.case import Case
from coachwork.cases.customer import CustomerLink, UnknownLink
from coachwork.casework.customers import customer_of
from coachwork.casework.service import Service
from coachwork.web.pages import page

_STRANGERS_A_MINUTE = 60
_CASES_A_MINUTE = 10


class CustomerLimits:
    """How much may be asked for: with a link, from an address with links that are none, from one with new cases.

    Attributes:
        links, strangers, opened: buckets by link and by address.
    """

    def __init__(self, *, a_minute: int) -> None:
        """Lets each link ask so much in a minute."""
        self.links = RateLimit(a_minute=a_minute)
        self.strangers = RateLimit(a_minute=_STRANGERS_A_MINUTE)
        self.opened = RateLimit(a_minute=_CASES_A_MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Whoever holds a private link.

    Attributes:
        service: that answers.
        link: what it leads to.
        token: of the link.
        caller: what the stores take the customer for.
    """

    service: Service
    link: CustomerLink
    token: str
    caller: Caller

    @property
    def home(self) -> str:
        """The path of the link, below which every page of the case lies."""
        return f"/c/{self.token}"

    @property
    def case(self) -> Case:
        """The case, as it stands."""
        return self.service.cases.case(self.link.tenant, self.link.case)

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page about the case."""
        return page(request, f"customer/{template}", status=status, home=self.home, **values)


def the_customer(request: Request, service: ServiceHere, token: Annotated[str, Path(max_length=256)]) -> Customer:
    """Whoever holds the link of the address.

    Raises:
        UnknownLink: there is none of that token, or it is good no more.
        TooManyRequests: too much was asked for with the link, or from an address without one.
    """
    limits: CustomerLimits = request.app.state.customer_limits
    try:
        link = service.customers.links.find(token)
    except UnknownLink:
        limits.strangers.take(address_of(request))
        raise
    limits.links.take(link.id)
    return Customer(service=service, link=link, token=token, caller=customer_of(link))


def address_of(request: Request) -> str:
    """From where a request comes."""
    return "" if request.client is None else request.client.host


CustomerHere = Annotated[Customer, Depends(the_customer)]
