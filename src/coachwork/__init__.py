"""Coachwork turns photos of a car into a damage report.

>>> from coachwork import assess
>>> assessments = assess("bumper.jpg")  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coachwork.inference.assessing import assess

__version__ = "0.1.0"
__all__ = ["__version__", "assess"]


def __getattr__(name: str) -> Any:
    """Loads `assess` when it is first asked for, so that importing the package stays cheap."""
    if name == "assess":
        from coachwork.inference.assessing import assess  # noqa: PLC0415

        return assess
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
