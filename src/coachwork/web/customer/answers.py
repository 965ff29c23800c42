"""What the customer has said so far."""

from coachwork.cases.case import Case
from coachwork.cases.customer import AnswerKind, CustomerAnswer
from coachwork.web.customer.context import Customer


def answers_to(customer: Customer, case: Case) -> list[CustomerAnswer]:
    """The answers to the case's present results, the first one first."""
    said = customer.service.customers.answers.all(case.tenant, case.id)
    return [one for one in said if one.revision == case.revision]


def acceptance(customer: Customer, case: Case) -> CustomerAnswer | None:
    """The acceptance of the present results."""
    return next((one for one in answers_to(customer, case) if one.kind is AnswerKind.ACCEPT), None)


def has_accepted(customer: Customer, case: Case) -> bool:
    """Whether the present results were accepted."""
    return acceptance(customer, case) is not None
