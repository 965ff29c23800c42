"""What a service prices and routes by: the rate card and the insurance policy, read once when it starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coachwork.claims.claim_files import InsurancePolicy, read_insurance, sample_insurance_path
from coachwork.estimates.card_reading import read_rate_card, sample_card_path
from coachwork.estimates.rate_card import RateCard
from coachwork.reactions.reaction import Reaction

Holds = Callable[[], Sequence[Reaction]]
"""Gives the holds on automatic offers that stand at the moment."""


def _none_held() -> Sequence[Reaction]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The tables that results rest on.

    Attributes:
        card: of repairs.
        policy: of cover and routing.
        holds: what holds offers back at the moment.
    """

    card: RateCard
    policy: InsurancePolicy
    holds: Holds = _none_held

    @property
    def samples(self) -> tuple[str, ...]:
        """The names of the tables that are samples."""
        return tuple(one.name for one in (self.card, self.policy) if one.sample)


def read_prices(card: Path | None, policy: Path | None, *, holds: Holds = _none_held) -> Prices:
    """Reads the tables, by default the samples that ship, by which no claim is ever offered anything.

    Args:
        card: of repairs, a TOML file.
        policy: of cover and routing, a TOML file.
        holds: what holds offers back at the moment.

    Raises:
        RateCardError, ClaimFileError: a file is malformed, told by line.
        ExceptionGroup: of several of them.
    """
    return Prices(
        card=read_rate_card(card or sample_card_path()),
        policy=read_insurance(policy or sample_insurance_path()),
        holds=holds,
    )
