"""How a service is run, from the environment: ``COACHWORK_*``. Built once, where the service is put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from coachwork.errors import CoachworkError

MEGABYTE = 2**20


class SettingError(CoachworkError):
    """A setting is wrong; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Settings of `coachwork serve` and of the commands that look after its data.

    Attributes:
        data_dir: COACHWORK_DATA_DIR, folder of everything that is kept by default.
        database_url: COACHWORK_DATABASE_URL, by default a file of SQLite in the data folder.
        photos: COACHWORK_PHOTOS, folder or bucket of photos, by default in the data folder.
        worker: COACHWORK_WORKER, name of this process's worker among those on the same database.
        rate_card: COACHWORK_RATE_CARD, TOML file; None takes the sample, by which nothing is ever offered.
        policy: COACHWORK_POLICY, TOML file of cover and routing; None takes the sample.
        bundle, parts: COACHWORK_BUNDLE and COACHWORK_PARTS, folders of models; None takes the ones that ship.
        most_upload_mb: COACHWORK_MOST_UPLOAD_MB, a request may be so long.
        requests_a_minute: COACHWORK_REQUESTS_A_MINUTE, what a key may ask for in a minute.
        log: COACHWORK_LOG, "text" or "json": lines of the log for people or for programs.
        private_webhooks: COACHWORK_PRIVATE_WEBHOOKS, 1 lets webhooks lie in private networks, and without TLS.
        public_tenant: COACHWORK_PUBLIC_TENANT, the tenant for whom anybody may open a case at /new; empty for nobody.
        public_url: COACHWORK_PUBLIC_URL, the address by which customers reach the service; empty takes the one that a
            request was sent to.
        four_eyes_above: COACHWORK_FOUR_EYES_ABOVE, an offer of more than that needs a second person; None never.
        link_days: COACHWORK_LINK_DAYS, how long a customer's private link is good for.
    """

    data_dir: Path
    database_url: str
    photos: str
    worker: str = "local"
    rate_card: Path | None = None
    policy: Path | None = None
    bundle: Path | None = None
    parts: Path | None = None
    most_upload_mb: int = 128
    requests_a_minute: int = 1200
    private_webhooks: bool = False
    log: str = "text"
    public_tenant: str = ""
    public_url: str = ""
    four_eyes_above: Decimal | None = None
    link_days: int = 90


def read_settings(environment: Mapping[str, str]) -> ServiceSettings:
    """The settings of an environment; what is not set has its default.

    Raises:
        SettingError: a value is none, or a setting is not known.
    """
    told = {name: value for name, value in environment.items() if name.startswith("COACHWORK_") and value}
    data_dir = Path(told.get("COACHWORK_DATA_DIR", "coachwork-data")).expanduser().absolute()
    return ServiceSettings(
        data_dir=data_dir,
        database_url=told.get("COACHWORK_DATABASE_URL", f"sqlite:///{data_dir / 'coachwork.db'}"),
        photos=told.get("COACHWORK_PHOTOS", str(data_dir / "photos")),
        worker=told.get("COACHWORK_WORKER", "local"),
        rate_card=_path(told, "COACHWORK_RATE_CARD"),
        policy=_path(told, "COACHWORK_POLICY"),
        bundle=_path(told, "COACHWORK_BUNDLE"),
        parts=_path(told, "COACHWORK_PARTS"),
        most_upload_mb=_count(told, "COACHWORK_MOST_UPLOAD_MB", 128),
        requests_a_minute=_count(told, "COACHWORK_REQUESTS_A_MINUTE", 1200),
        private_webhooks=told.get("COACHWORK_PRIVATE_WEBHOOKS", "0") == "1",
        log=_one_of(told, "COACHWORK_LOG", ("text", "json")),
        public_tenant=told.get("COACHWORK_PUBLIC_TENANT", "").strip(),
        public_url=_address(told, "COACHWORK_PUBLIC_URL"),
        four_eyes_above=_amount(told, "COACHWORK_FOUR_EYES_ABOVE"),
        link_days=_count(told, "COACHWORK_LINK_DAYS", 90),
    )


def _path(told: Mapping[str, str], name: str) -> Path | None:
    return Path(told[name]).expanduser() if name in told else None


def _address(told: Mapping[str, str], name: str) -> str:
    text = told.get(name, "").rstrip("/")
    if text and not text.startswith(("https://", "http://")):
        message = f"{name} must be an address such as https://cases.example.org, is {text!r}"
        raise SettingError(message)
    return text


def _amount(told: Mapping[str, str], name: str) -> Decimal | None:
    if name not in told:
        return None
    try:
        amount = Decimal(told[name])
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        message = f"{name} must be an amount from 0 up, such as 2500, is {told[name]!r}"
        raise SettingError(message)
    return amount


def _count(told: Mapping[str, str], name: str, default: int) -> int:
    text = told.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        message = f"{name} must be a whole number from 1 up, is {text!r}"
        raise SettingError(message)
    return int(text)


def _one_of(told: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """The value of a setting, by default the first choice."""
    text = told.get(name, choices[0])
    if text not in choices:
        message = f"{name} must be {' or '.join(choices)}, is {text!r}"
        raise SettingError(message)
    return text
