"""Two people who worked on the same cases, held against each other: what no figure of Coachwork can be better than."""

from collections.abc import Sequence

from coachwork.estimates.case_json import CarCase
from coachwork.settled.case import Outcome, SettledCase, SettledCaseError
from coachwork.settled.judging import JudgedCase, Proposal


def pair_cases(
    first: Sequence[SettledCase], second: Sequence[SettledCase], *, file: str
) -> tuple[tuple[JudgedCase, ...], tuple[SettledCaseError, ...]]:
    """The cases that both files hold, the second one's outcome standing where Coachwork's proposal stands otherwise.

    Args:
        first: whose outcomes are taken for settled.
        second: of the other person; matched by their ids.
        file: of the first, as errors call it; cases without a counterpart, or in another currency, are told by line.
    """
    others = {case.name: case for case in second}
    paired: list[JudgedCase] = []
    problems: list[SettledCaseError] = []
    for case in first:
        other = others.get(case.name)
        if other is None or other.currency != case.currency:
            why = f"{case.name} is not in the second file" if other is None else f"{case.name} is in two currencies"
            problems.append(SettledCaseError(file=file, line=case.line, where="", why=why))
            continue
        damages = len(case.evidence.damages) if isinstance(case.evidence, CarCase) else None
        paired.append(JudgedCase(case=case, proposal=_proposal(other.outcome), damages=damages))
    return tuple(paired), tuple(problems)


def _proposal(outcome: Outcome) -> Proposal:
    """An outcome as a proposal without doubt."""
    return Proposal(
        lines=None if outcome.lines is None else tuple((line.item, line.operation) for line in outcome.lines),
        lower=outcome.total,
        likely=outcome.total,
        upper=outcome.total,
        payout=outcome.payout,
        route=outcome.route,
    )
