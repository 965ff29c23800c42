"""What running the service costs, as whoever runs it tells; there is no KPI of costs without."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from coachwork.toml_tables import TomlFileError, read_toml

_KEYS = ("currency", "fixed_a_month", "a_photo", "a_work_hour", "a_handler_hour", "handler_minutes")


class CostsFileError(TomlFileError):
    """A file of costs is malformed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Costs of a service.

    Attributes:
        currency: ISO 4217, of every amount.
        fixed_a_month: whatever is paid however many cases there are: machines, database, licences, support.
        a_photo: storing and sending one photo, for as long as it is kept.
        a_work_hour: of computing that is paid by the hour in which a case is worked on.
        a_handler_hour: of a person who works on cases, with everything.
        handler_minutes: that a person takes for a case that they correct or decide, on average.
    """

    currency: str
    fixed_a_month: Decimal
    a_photo: Decimal
    a_work_hour: Decimal
    a_handler_hour: Decimal
    handler_minutes: Decimal

    def of(self, *, months: float, photos: int, work_s: float, touched: int) -> float:
        """The costs of a period.

        Args:
            months: that it lasts.
            photos: that came.
            work_s: seconds of work on cases.
            touched: cases that a person corrected or decided.
        """
        hours = touched * float(self.handler_minutes) / 60
        return (
            float(self.fixed_a_month) * months
            + float(self.a_photo) * photos
            + float(self.a_work_hour) * work_s / 3600
            + float(self.a_handler_hour) * hours
        )


def read_costs(path: Path) -> Costs:
    """Reads a file of costs: one table ``[costs]``; what is not told costs nothing, but the currency must be.

    Raises:
        CostsFileError: one thing is wrong in it, told by line.
        ExceptionGroup: of several CostsFileErrors.
    """
    document, _ = read_toml(path, CostsFileError)
    document.root.only(("costs",))
    document.root.need(("costs",))
    table = document.root.table("costs")
    table.only(_KEYS)
    currency = table.text("currency")
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        table.wrong("currency", f"must be three letters such as EUR, is {currency!r}")
    amounts = {key: table.number(key, default=Decimal(0)) for key in _KEYS[1:]}
    document.finish()
    return Costs(currency=currency, **amounts)
