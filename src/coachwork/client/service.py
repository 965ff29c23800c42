"""The service itself: what it opens, compares and assesses."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coachwork.client.comparison import RemoteComparison
from coachwork.client.connection import Connection
from coachwork.client.inspection import RemoteInspection
from coachwork.client.photo import part_of


class Coachwork(Connection):
    """A connection to a service, with what can be asked of it; a context manager."""

    def open(
        self,
        *,
        reference: str = "",
        purpose: str = "claim",
        vehicle: Mapping[str, Any] | None = None,
        loss: Mapping[str, Any] | None = None,
    ) -> RemoteInspection:
        """Opens an inspection.

        Raises:
            ServiceError: what is told cannot be.
        """
        facts = {"reference": reference, "purpose": purpose, "vehicle": vehicle, "loss": loss or {}}
        answer = self.ask("POST", "/v1/inspections", json=facts, headers={"Idempotency-Key": secrets.token_hex(16)})
        return RemoteInspection(self, str(answer.json()["id"]))

    def inspection(self, inspection_id: str) -> RemoteInspection:
        """An inspection that was opened before; nothing is asked yet."""
        return RemoteInspection(self, inspection_id)

    def compare(
        self,
        before: RemoteInspection,
        after: RemoteInspection,
        *,
        reference: str = "",
        charges: str | None = None,
    ) -> RemoteComparison:
        """Asks for a comparison of two inspections of one car; it begins as soon as both have results.

        Args:
            before: the earlier inspection, such as the check-out.
            after: the later one, such as the check-in.
            reference: such as the number of the rental contract; the later inspection's by default.
            charges: list of return charges, such as ``uk-typical``.

        Raises:
            ServiceError: they cannot be compared.
        """
        body = {"before": before.id, "after": after.id, "reference": reference, "charges": charges}
        answer = self.ask("POST", "/v1/comparisons", json=body, headers={"Idempotency-Key": secrets.token_hex(16)})
        return RemoteComparison(self, str(answer.json()["id"]))

    def comparison(self, comparison_id: str) -> RemoteComparison:
        """A comparison that was asked for before; nothing is asked yet."""
        return RemoteComparison(self, comparison_id)

    def assess(self, photo: Path | bytes) -> dict[str, Any]:
        """One photo to ``coachwork.assessment/1``; nothing is kept.

        Raises:
            ServiceError: it is no photo.
            OSError: the file cannot be read.
        """
        answer = self.ask("POST", "/v1/assess", files=[("photo", part_of(photo))])
        return dict(answer.json())
