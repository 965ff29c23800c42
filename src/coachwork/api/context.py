"""What every call needs: the service, and who asks."""

from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from coachwork.cases.access import Caller, UnknownKey
from coachwork.casework.service import Service

_bearer = HTTPBearer(auto_error=False, description="A service key, made by `coachwork keys add`.")


def the_service(request: Request) -> Service:
    """The service that the app was made for."""
    return cast("Service", request.app.state.service)


ServiceHere = Annotated[Service, Depends(the_service)]


def the_caller(
    request: Request,
    service: ServiceHere,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Caller:
    """Whoever holds the key that the request shows.

    Raises:
        UnknownKey: it shows none, or one that is not known.
        TooManyRequests: the key asked for too much in the last minute.
    """
    if given is None:
        message = "this call needs a key: send it as the header Authorization: Bearer KEY"
        raise UnknownKey(message)
    caller = service.keys.caller(given.credentials)
    request.app.state.rate_limit.take(given.credentials.partition(".")[0])
    return caller


CallerHere = Annotated[Caller, Depends(the_caller)]
