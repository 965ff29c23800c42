"""What can go wrong when somebody signs in by an OpenID provider."""

from coachwork.errors import CoachworkError


class OpenIdError(CoachworkError):
    """Root of the errors about signing in by an OpenID provider."""


class ProviderFailed(OpenIdError):
    """The provider does not answer, or says what no provider may say."""


class TokenRefused(OpenIdError):
    """An answer or ID token is not one that the provider made for this service and this moment.

    Attributes:
        why: for the log; whoever signs in is not told.
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"the OpenID provider's answer is refused: {why}")
        self.why = why


class ProviderRefused(OpenIdError):
    """The provider signed nobody in.

    Attributes:
        code: its word for why, such as ``access_denied``.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the provider signed nobody in ({code[:64]!r}): try again, or ask whoever looks after it")
        self.code = code
