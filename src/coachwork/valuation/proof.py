"""Whether the condition of a car is proven: what was seen well enough to say that nothing else is wrong."""

from dataclasses import dataclass

from coachwork.assessments.verdict import Verdict
from coachwork.estimates.case_json import CarCase
from coachwork.inspections.coverage import OPTIONAL, unseen
from coachwork.reasons import said
from coachwork.taxonomy import CarPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What speaks for there being no further damage.

    Attributes:
        proven: every part that must be was seen well.
        unseen: parts that were not.
        why: one sentence without its full stop.
    """

    proven: bool
    unseen: tuple[CarPart, ...] = ()
    why: str


def find_proof(case: CarCase) -> Proof:
    """Holds the case against the rule that "none" is a claim: no detection is no evidence, parts seen well are.

    Without damages an inspection must have said "none" itself, which it does for photos below a calibrated bound only.
    """
    if not case.coverage:
        return Proof(proven=False, why=said("proof.untold"))
    lacking = unseen(case.coverage)
    if case.verdict is None:  # a person's list; an inspection lists what its part model knows
        lacking = tuple(part for part in CarPart if part in lacking or part in untold(case))
    if lacking:
        return Proof(proven=False, unseen=lacking, why=said("proof.unseen", parts=lacking))
    if not case.damages and case.verdict not in {None, Verdict.NONE}:
        return Proof(proven=False, why=said("proof.not_none", verdict=case.verdict))
    return Proof(proven=True, why=said("proof.proven"))


def untold(case: CarCase) -> tuple[CarPart, ...]:
    """Parts of which the coverage says nothing, such as those that the inspection's part model does not know."""
    told = {one.part for one in case.coverage}
    return tuple(part for part in CarPart if part not in told and part not in OPTIONAL) if told else ()
