"""What people decide about lines of the estimate, read from their forms."""

from collections.abc import Mapping
from decimal import Decimal

from coachwork.cases.corrections import Correction, CorrectionKind
from coachwork.cases.work_corrections import NOT_BY_HAND
from coachwork.estimates.rules import Operation
from coachwork.estimates.work_changes import MOST_PLACE, WorkChange, WorkDeed
from coachwork.taxonomy import Item
from coachwork.web.workbench.form_fields import amount_of, chosen, whole_number

CHOSEN_BY_HAND = tuple(operation for operation in Operation if operation not in NOT_BY_HAND)
"""Operations that a line may be added with."""


def work_of_form(form: Mapping[str, str]) -> Correction:
    """The change of a line; figures that stand in the form as they were are none.

    Raises:
        CaseRefused: a field is missing or cannot be read.
        WorkChangeError: the fields do not go together.
    """
    deed = chosen(form, "deed", WorkDeed)
    told = deed is not WorkDeed.REMOVE
    operation = chosen(form, "operation", Operation)
    instead = chosen(form, "instead", Operation) if deed is WorkDeed.CHANGE and form.get("instead") else None
    work = WorkChange(
        deed=deed,
        item=chosen(form, "item", Item),
        place=form.get("place", "").strip()[:MOST_PLACE],
        operation=operation,
        instead=None if instead is operation else instead,
        hours=_figure(form, "hours") if told else None,
        parts=_figure(form, "parts") if told else None,
        net=_figure(form, "net") if told else None,
    )
    return Correction(
        kind=CorrectionKind.WORK,
        revision=whole_number(form, "revision"),
        work=work,
        reason=form.get("reason", "").strip(),
    )


def _figure(form: Mapping[str, str], name: str) -> Decimal | None:
    figure, before = amount_of(form.get(name, "")), amount_of(form.get(f"{name}_before", ""))
    return None if figure == before else figure
