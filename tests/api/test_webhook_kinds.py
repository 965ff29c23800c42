"""What webhooks may ask for is what happens to cases."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

import coachwork
from coachwork.api.webhooks import WebhookBody
from coachwork.cases.webhook import EventKind

EVENTS = re.compile(r'"((?:case|photo|damage|estimate|customer|message|outcome|comparison)\.[a-z_]+)"')


def written_events() -> set[str]:
    """Kinds of events that the stores name."""
    files = (Path(coachwork.__file__).parent / "storage").glob("*.py")
    return {kind for file in files for kind in EVENTS.findall(file.read_text(encoding="utf-8"))}


def test_every_event_that_a_store_writes_may_be_asked_for() -> None:
    assert len(written_events()) > 10
    assert written_events() <= {kind.value for kind in EventKind}


def test_a_webhook_for_every_kind() -> None:
    kinds = [kind.value for kind in EventKind]
    body = WebhookBody.model_validate({"url": "https://claims.example.org/hook", "kinds": kinds})
    assert [kind.value for kind in body.kinds] == kinds


@pytest.mark.parametrize("kinds", [[], ["case.unheard_of"]])
def test_no_webhook_for_nothing_or_for_what_never_happens(kinds: list[str]) -> None:
    with pytest.raises(ValidationError):
        WebhookBody.model_validate({"url": "https://claims.example.org/hook", "kinds": kinds})
