"""Advice on photos and reasons why one was refused, as keys of sentences in the customer's language."""

from collections.abc import Iterable

from coachwork.photos.problems import PhotoProblem
from coachwork.web.strings import Strings

_BEGINNINGS = {
    "The photo is too small": "small",
    "The photo is too dark": "dark",
    "The photo is too bright": "bright",
    "Glare hides": "glare",
    "The photo shows hardly any contrast": "contrast",
    "The photo is blurred": "blurred",
}


def advice_in(t: Strings, advice: Iterable[str]) -> list[str]:
    """What `coachwork.photos.quality` advises, in another language; a sentence that is not known stays as it is."""
    found = []
    for sentence in advice:
        key = next((key for beginning, key in _BEGINNINGS.items() if sentence.startswith(beginning)), None)
        found.append(sentence if key is None else t(f"customer.advice.{key}"))
    return found


def refusal_in(t: Strings, reason: PhotoProblem) -> str:
    """Why a file was not taken."""
    key = f"customer.refused.{reason.value}"
    return t(key) if key in t else t("customer.refused.other")
