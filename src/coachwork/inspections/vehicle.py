"""The vehicle that is inspected: which one it is, how it is built and painted, what it is worth."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from coachwork.inspections.vin import tidy_vin, vin_doubt, vin_fault
from coachwork.taxonomy import Item


class Paint(StrEnum):
    """The car's finish, by how much work it is."""

    SINGLE_STAGE = "single_stage"
    CLEAR_COAT = "clear_coat"
    METALLIC = "metallic"
    PEARL = "pearl"
    TRI_COAT = "tri_coat"

    @property
    def is_blended(self) -> bool:
        """Whether neighbouring panels are blended so that the colour does not jump."""
        return self in {Paint.METALLIC, Paint.PEARL, Paint.TRI_COAT}


class Body(StrEnum):
    """The shape of the car's body."""

    SALOON = "saloon"
    COUPE = "coupe"
    CONVERTIBLE = "convertible"
    HATCHBACK = "hatchback"
    ESTATE = "estate"
    SUV = "suv"
    VAN = "van"
    PICKUP = "pickup"


_WITH_BOOT_LID = {None, Body.SALOON, Body.COUPE, Body.CONVERTIBLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """One car; None or an empty text is "not known".

    Attributes:
        make: such as "Volkswagen".
        model: such as "Golf".
        body: decides whether there is a boot lid or a tailgate; a boot lid where it is not known.
        paint: a plain colour under clear coat is `clear_coat`.
        two_tone: painted in two colours.
        aluminium: items of aluminium.
        year: of its first registration, or its model year where that is not known.
        registered: the day of its first registration.
        mileage_km: what the odometer shows.
        vin: 17 characters, capitals (ISO 3779).
        plate: the registration number as it is written, capitals.
        market_value: what the car was worth before the damage, in the rate card's currency.
        new_price: what it cost new, in the same currency.
        salvage_value: what the wreck would fetch, in the same currency.
        currency: of these values.
        wear: item -> share of its life that is used up, 0 to 1.
    """

    make: str = ""
    model: str = ""
    body: Body | None = None
    paint: Paint | None = None
    two_tone: bool = False
    aluminium: frozenset[Item] = frozenset()
    year: int | None = None
    registered: date | None = None
    mileage_km: Decimal | None = None
    vin: str = ""
    plate: str = ""
    market_value: Decimal | None = None
    new_price: Decimal | None = None
    salvage_value: Decimal | None = None
    currency: str | None = None
    wear: Mapping[Item, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fault = vin_fault(self.vin) if self.vin else None
        if fault is not None or self.vin != tidy_vin(self.vin):
            message = f"the VIN {self.vin!r} {fault or 'must be tidied'}"
            raise ValueError(message)

    @property
    def description(self) -> str:
        """Make, model and year, as people say it.

        >>> Vehicle(make="Volkswagen", model="Golf", year=2019).description
        'Volkswagen Golf 2019'
        """
        return " ".join(word for word in (self.make, self.model, "" if self.year is None else str(self.year)) if word)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Sentences on what is told of the car and does not fit together."""
        doubt = vin_doubt(self.vin) if self.vin else None
        return () if doubt is None else (doubt,)

    @property
    def absent(self) -> frozenset[Item]:
        """Items that such a car does not have."""
        return frozenset({Item.TAILGATE_OR_LOAD_BED if self.body in _WITH_BOOT_LID else Item.BOOT_LID})
