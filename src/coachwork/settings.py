"""How a service is run, from the environment: ``COACHWORK_*``. Built once, where the service is put together."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit

from coachwork.errors import CoachworkError

MEGABYTE = 2**20
_ROLES = frozenset({"handler", "supervisor", "admin"})


class SettingError(CoachworkError):
    """A setting is wrong; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdSettings:
    """By which OpenID provider people sign in.

    Attributes:
        issuer: COACHWORK_OIDC_ISSUER, the provider's name, exactly as it writes it.
        client_id: COACHWORK_OIDC_CLIENT_ID, this service's name there.
        client_secret: COACHWORK_OIDC_CLIENT_SECRET; empty where PKCE alone proves who asks.
        name: COACHWORK_OIDC_NAME, what people call the provider.
        scopes: COACHWORK_OIDC_SCOPES, of what is asked for.
        tenant: COACHWORK_OIDC_TENANT, whose the accounts are that are made.
        create: COACHWORK_OIDC_CREATE, 1 makes an account for whoever the provider knows and no account is linked to.
        login_claim: COACHWORK_OIDC_LOGIN_CLAIM, by which a made account is known; empty takes the first that is told
            of preferred_username, email and sub.
        role_claim: COACHWORK_OIDC_ROLE_CLAIM, such as groups or realm_access.roles; empty leaves roles to admins.
        roles: COACHWORK_OIDC_ROLES, value of that claim -> role, the first that fits counts.
    """

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    name: str = "OpenID"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    tenant: str = "default"
    create: bool = False
    login_claim: str = ""
    role_claim: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)


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
        release: COACHWORK_RELEASE, folder or bucket of the release that is followed; empty takes the database.
        release_hook: COACHWORK_RELEASE_HOOK, address that is told of every change of the release; empty for none.
        release_hook_secret: COACHWORK_RELEASE_HOOK_SECRET, whsec_ and base 64, by which that is signed.
        most_upload_mb: COACHWORK_MOST_UPLOAD_MB, a request may be so long.
        requests_a_minute: COACHWORK_REQUESTS_A_MINUTE, what a key may ask for in a minute.
        log: COACHWORK_LOG, "text" or "json": lines of the log for people or for programs.
        private_webhooks: COACHWORK_PRIVATE_WEBHOOKS, 1 lets webhooks lie in private networks, and without TLS.
        public_tenant: COACHWORK_PUBLIC_TENANT, the tenant for whom anybody may open a case at /new; empty for nobody.
        public_url: COACHWORK_PUBLIC_URL, the address by which customers reach the service; empty takes the one that a
            request was sent to.
        four_eyes_above: COACHWORK_FOUR_EYES_ABOVE, an offer of more than that needs a second person; None never.
        costs: COACHWORK_COSTS, TOML file of what running it costs, for the KPI of costs; None leaves that out.
        link_days: COACHWORK_LINK_DAYS, how long a customer's private link is good for.
        signal_days: COACHWORK_SIGNAL_DAYS, how long the signals of assessed photos are kept.
        openid: COACHWORK_OIDC_*, the provider by which people sign in; None where there is none.
        local_sign_in: COACHWORK_LOCAL_SIGN_IN, 0 lets people sign in by the provider alone.
        traces: COACHWORK_TRACES, 1 sends traces by OTLP/HTTP to where the OTEL_* variables say.
    """

    data_dir: Path
    database_url: str
    photos: str
    worker: str = "local"
    rate_card: Path | None = None
    policy: Path | None = None
    bundle: Path | None = None
    parts: Path | None = None
    release: str = ""
    release_hook: str = ""
    release_hook_secret: str = ""
    most_upload_mb: int = 128
    requests_a_minute: int = 1200
    private_webhooks: bool = False
    log: str = "text"
    public_tenant: str = ""
    public_url: str = ""
    four_eyes_above: Decimal | None = None
    link_days: int = 90
    costs: Path | None = None
    signal_days: int = 365
    openid: OpenIdSettings | None = None
    local_sign_in: bool = True
    traces: bool = False


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
        release=told.get("COACHWORK_RELEASE", "").strip(),
        release_hook=_address(told, "COACHWORK_RELEASE_HOOK"),
        release_hook_secret=_hook_secret(told),
        most_upload_mb=_count(told, "COACHWORK_MOST_UPLOAD_MB", 128),
        requests_a_minute=_count(told, "COACHWORK_REQUESTS_A_MINUTE", 1200),
        private_webhooks=told.get("COACHWORK_PRIVATE_WEBHOOKS", "0") == "1",
        log=_one_of(told, "COACHWORK_LOG", ("text", "json")),
        public_tenant=told.get("COACHWORK_PUBLIC_TENANT", "").strip(),
        public_url=_address(told, "COACHWORK_PUBLIC_URL"),
        four_eyes_above=_amount(told, "COACHWORK_FOUR_EYES_ABOVE"),
        link_days=_count(told, "COACHWORK_LINK_DAYS", 90),
        costs=_path(told, "COACHWORK_COSTS"),
        signal_days=_count(told, "COACHWORK_SIGNAL_DAYS", 365),
        openid=_openid(told),
        local_sign_in=_local_sign_in(told),
        traces=told.get("COACHWORK_TRACES", "0") == "1",
    )


def _openid(told: Mapping[str, str]) -> OpenIdSettings | None:
    own = {name.removeprefix("COACHWORK_OIDC_"): value for name, value in told.items() if "_OIDC_" in name}
    if not own:
        return None
    for name in ("ISSUER", "CLIENT_ID"):
        if name not in own:
            message = f"COACHWORK_OIDC_{name} is missing: people sign in by an OpenID provider only with it"
            raise SettingError(message)
    issuer = own["ISSUER"]
    parts = urlsplit(issuer)
    here = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or parts.query or parts.fragment or not (parts.scheme == "https" or here):
        message = f"COACHWORK_OIDC_ISSUER must be an address such as https://id.example.org, is {issuer!r}"
        raise SettingError(message)
    claim, roles = own.get("ROLE_CLAIM", ""), _roles(own.get("ROLES", ""))
    if bool(claim) != bool(roles):
        message = "COACHWORK_OIDC_ROLE_CLAIM and COACHWORK_OIDC_ROLES go together: set both, or none"
        raise SettingError(message)
    return OpenIdSettings(
        issuer=issuer,
        client_id=own["CLIENT_ID"],
        client_secret=own.get("CLIENT_SECRET", ""),
        name=own.get("NAME", "OpenID"),
        scopes=tuple(own.get("SCOPES", "openid profile email").split()),
        tenant=own.get("TENANT", "default"),
        create=own.get("CREATE", "0") == "1",
        login_claim=own.get("LOGIN_CLAIM", ""),
        role_claim=claim,
        roles=roles,
    )


def _roles(text: str) -> dict[str, str]:
    roles = {}
    for one in filter(None, (part.strip() for part in text.split(","))):
        value, _, role = one.rpartition("=")
        if not value or role not in _ROLES:
            message = f"COACHWORK_OIDC_ROLES must read like leads=supervisor,staff=handler; {one!r} does not"
            raise SettingError(message)
        roles[value] = role
    return roles


def _local_sign_in(told: Mapping[str, str]) -> bool:
    wanted = told.get("COACHWORK_LOCAL_SIGN_IN", "1") != "0"
    if not wanted and "COACHWORK_OIDC_ISSUER" not in told:
        message = "COACHWORK_LOCAL_SIGN_IN=0 needs COACHWORK_OIDC_ISSUER: else nobody could sign in"
        raise SettingError(message)
    return wanted


def _hook_secret(told: Mapping[str, str]) -> str:
    secret = told.get("COACHWORK_RELEASE_HOOK_SECRET", "")
    try:
        good = not secret or (secret.startswith("whsec_") and bool(b64decode(secret[6:], validate=True)))
    except ValueError:
        good = False
    if not good:
        message = "COACHWORK_RELEASE_HOOK_SECRET must be whsec_ and base 64: make one with  openssl rand -base64 32"
        raise SettingError(message)
    return secret


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
