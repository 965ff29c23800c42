"""What people decide about lines of a case's estimate, among its corrections: kept, undone and told as those are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from coachwork.cases.corrections import Correction, CorrectionKind
from coachwork.cases.problems import CaseRefused
from coachwork.estimates.readings import Reading
from coachwork.estimates.rules import Operation
from coachwork.estimates.work_changes import WorkChange, WorkDeed
from coachwork.reasons import said

NOT_BY_HAND = frozenset({Operation.ALLOWANCE})
"""What follows from everything else, and is no work."""


def work_of(counting: Iterable[Correction]) -> tuple[WorkChange, ...]:
    """The changes of lines among corrections that count, the first one first."""
    return tuple(
        replace(one.work, by=one.by, reason=one.reason, number=one.number) for one in counting if one.work is not None
    )


def fitted_work(correction: Correction, estimate: Mapping[str, Any]) -> Correction:
    """A change of a line that fits the estimate that lay before the person.

    Args:
        correction: of kind `WORK`.
        estimate: ``coachwork.estimate/1``.

    Raises:
        CaseRefused: it does not fit.
    """
    work = correction.work
    if correction.kind is not CorrectionKind.WORK or work is None:
        message = said("refused.line_untold")
        raise CaseRefused(message)
    there = line_of(estimate, work) is not None
    told = None
    if not correction.reason.strip():
        told = "say why, in a sentence: it stands in the estimate"
    elif work.operation in NOT_BY_HAND:
        told = "the allowance follows from the other lines: change those"
    elif work.deed is WorkDeed.ADD and there:
        told = f"there is a line {work.words} already: change that one"
    elif work.deed is not WorkDeed.ADD and not there:
        told = "there is no such line in the estimate any more: load the page anew"
    if told is not None:
        raise CaseRefused(told)
    return correction


def line_of(estimate: Mapping[str, Any], work: WorkChange) -> Mapping[str, Any] | None:
    """The line of an estimate that a change is about, in the likely reading if there is one; None without."""
    for reading in (Reading.LIKELY, Reading.UPPER, Reading.LOWER):
        lines: Sequence[Mapping[str, Any]] = estimate["plans"][reading.value]["lines"]
        for line in lines:
            if (line["item"], line["place"], line["operation"]) == (work.item.value, work.place, work.operation.value):
                return line
    return None
