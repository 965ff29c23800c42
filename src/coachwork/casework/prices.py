"""What a service prices and routes by: the rate card and the insurance policy, read once when it starts."""

from dataclasses import dataclass
from pathlib import Path

from coachwork.claims.claim_files import InsurancePolicy, read_insurance, sample_insurance_path
from coachwork.estimates.card_reading import read_rate_card, sample_card_path
from coachwork.estimates.rate_card import RateCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """The tables that results rest on.

    Attributes:
        card: of repairs.
        policy: of cover and routing.
    """

    card: RateCard
    policy: InsurancePolicy

    @property
    def samples(self) -> tuple[str, ...]:
        """The names of the tables that are samples."""
        return tuple(one.name for one in (self.card, self.policy) if one.sample)


def read_prices(card: Path | None, policy: Path | None) -> Prices:
    """Reads the tables, by default the samples that ship, by which no claim is ever offered anything.

    Raises:
        RateCardError, ClaimFileError: a file is malformed, told by line.
        ExceptionGroup: of several of them.
    """
    return Prices(
        card=read_rate_card(card or sample_card_path()), policy=read_insurance(policy or sample_insurance_path())
    )
