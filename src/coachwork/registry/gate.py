"""What a gate says of a candidate, and the report of all of them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from coachwork.errors import CoachworkError
from coachwork.evaluation.bootstrap import Figure

SCHEMA = "coachwork.gates/1"


class GateError(CoachworkError):
    """The gates cannot be asked, or their report cannot be read."""


class Outcome(StrEnum):
    """What a gate found."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"

    @property
    def words(self) -> str:
        """As people read it."""
        return "could not be decided" if self is Outcome.UNDECIDED else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one gate found.

    Attributes:
        gate: the table of the gates' file that asks for it, such as "types".
        name: in words, such as "dent, mask AP50".
        outcome: passed, failed or undecided.
        figure: what was measured, in words.
        limit: what was asked for, in words.
        sentence: what it means; of an undecided one, what it would take to decide it.
        blocks: whether it keeps the candidate from being promoted: where it failed, and where it is undecided and the
            gates' file says so.
        difference: candidate minus champion as a share, turned so that more is better; None where that is no figure.
        margin: how much worse is allowed, a share; None likewise.
    """

    gate: str
    name: str
    outcome: Outcome
    figure: str
    limit: str
    sentence: str
    blocks: bool
    difference: Figure | None = None
    margin: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {
            "gate": self.gate,
            "name": self.name,
            "outcome": self.outcome.value,
            "blocks": self.blocks,
            "figure": self.figure,
            "limit": self.limit,
            "sentence": self.sentence,
            "difference": None if self.difference is None else self.difference.to_json(),
            "margin": self.margin,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """What all gates found of one candidate against one champion.

    Attributes:
        candidate: digest of the bundle.
        champion: digest of the bundle that it was compared with; empty where there was none.
        gates: SHA-256 of the gates' file.
        findings: of all gates, in the order of the file.
        left_out: names of gates that the file turns off.
        about: what was measured on what, as text.
        at: when, ISO 8601, UTC.
    """

    candidate: str
    champion: str
    gates: str
    findings: tuple[Finding, ...]
    left_out: tuple[str, ...] = ()
    about: Mapping[str, str] = field(default_factory=dict)
    at: str

    @property
    def passed(self) -> bool:
        """Whether nothing keeps the candidate from being promoted."""
        return not any(finding.blocks for finding in self.findings)

    @property
    def let_through(self) -> tuple[Finding, ...]:
        """Findings that are undecided and do not block, as the gates' file wants it."""
        return tuple(one for one in self.findings if one.outcome is Outcome.UNDECIDED and not one.blocks)

    @property
    def summary(self) -> str:
        """The whole in one sentence."""
        blocking = [one.name for one in self.findings if one.blocks]
        asked = f"{len(self.findings)} checks"
        if blocking:
            return f"not passed: {len(blocking)} of {asked} stand in the way ({'; '.join(blocking)})"
        through = self.let_through
        doubt = f"; {len(through)} could not be decided and do not block by the gates' file" if through else ""
        return f"passed: none of {asked} stands in the way{doubt}"

    @property
    def digest(self) -> str:
        """SHA-256 of the report, by which a promotion names it."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode("ascii")).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Schema `coachwork.gates/1`; differences as shares, more is better."""
        return {
            "schema": SCHEMA,
            "candidate": self.candidate,
            "champion": self.champion or None,
            "gates": self.gates,
            "at": self.at,
            "passed": self.passed,
            "summary": self.summary,
            "about": dict(self.about),
            "left_out": list(self.left_out),
            "findings": [one.to_json() for one in self.findings],
        }


def report_from_json(value: Any) -> GateReport:
    """The inverse of `GateReport.to_json`.

    Raises:
        GateError: it is no report of gates.
    """
    try:
        if value["schema"] != SCHEMA:
            message = f"a report of gates has the schema {SCHEMA}, not {value['schema']!r}: run the gates again"
            raise GateError(message)
        return GateReport(
            candidate=value["candidate"],
            champion=value["champion"] or "",
            gates=value["gates"],
            findings=tuple(_finding(one) for one in value["findings"]),
            left_out=tuple(value["left_out"]),
            about=dict(value["about"]),
            at=value["at"],
        )
    except (KeyError, TypeError, ValueError) as broken:
        message = f"the report of gates is broken ({broken!r}): run the gates again"
        raise GateError(message) from broken


def _finding(value: Mapping[str, Any]) -> Finding:
    difference = value["difference"]
    return Finding(
        gate=value["gate"],
        name=value["name"],
        outcome=Outcome(value["outcome"]),
        figure=value["figure"],
        limit=value["limit"],
        sentence=value["sentence"],
        blocks=value["blocks"],
        difference=None if difference is None else Figure(**difference),
        margin=value["margin"],
    )
