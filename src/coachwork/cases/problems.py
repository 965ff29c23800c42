"""What can go wrong with a case, in sentences for whoever asked."""

from coachwork.errors import CoachworkError


class CaseError(CoachworkError):
    """Root of the errors about cases."""


class UnknownCase(CaseError):
    """There is no such case, or it is another tenant's: nobody is told which."""


class CaseBusy(CaseError):
    """The case is being worked on, and cannot be changed meanwhile."""


class CaseChanged(CaseError):
    """Somebody changed the case since the caller read it."""


class CaseNotReady(CaseError):
    """There is no result yet."""


class CaseRefused(CaseError):
    """What was asked for does not fit the case: no photos, too many of them, a decision without results."""


class KeyReused(CaseError):
    """An idempotency key came again with another request."""
