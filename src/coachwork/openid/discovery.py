"""What a provider tells of itself: its endpoints and its keys, fetched when they are needed and kept for a while.

Source: OpenID Connect Discovery 1.0; RFC 8414.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from coachwork.openid.problems import ProviderFailed

KEPT_S = 3600.0
KEYS_AGAIN_AFTER_S = 10.0
"""A token by an unknown key lets the keys be fetched anew, at most this often, whoever sends such tokens."""

_MOST_BYTES = 2**20
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A provider's endpoints.

    Attributes:
        issuer: its name, as it stands in its tokens.
        authorization: where people sign in.
        token: where a code becomes tokens.
        keys: where its public keys lie.
        end_session: where people sign out; None where it offers none.
        tells_issuer: whether every answer of its names it (RFC 9207).
        token_methods: how a client may prove who it is.
    """

    issuer: str
    authorization: str
    token: str
    keys: str
    end_session: str | None
    tells_issuer: bool
    token_methods: tuple[str, ...]


class Discovery:
    """A provider's document and keys."""

    def __init__(self, issuer: str, http: httpx2.Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Fetches nothing yet."""
        self._issuer, self._http, self._clock = issuer, http, clock
        self._lock = threading.Lock()
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def metadata(self) -> Metadata:
        """The provider's endpoints.

        Raises:
            ProviderFailed: it does not answer, or its document is none.
        """
        with self._lock:
            if self._metadata is None or self._clock() - self._metadata[0] >= KEPT_S:
                told = fetch_json(self._http, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                self._metadata = (self._clock(), _metadata(told, self._issuer))
            return self._metadata[1]

    def keys(self, wanted: str | None = None) -> KeySet:
        """The provider's keys that sign; fetched anew where `wanted` is the id of none of them.

        Raises:
            ProviderFailed: it does not answer, or tells no keys.
        """
        address = self.metadata().keys
        with self._lock:
            age = None if self._keys is None else self._clock() - self._keys[0]
            unknown = self._keys is not None and wanted is not None and wanted not in _ids(self._keys[1])
            if self._keys is None or age is None or age >= KEPT_S or (unknown and age >= KEYS_AGAIN_AFTER_S):
                self._keys = (self._clock(), _signing_keys(fetch_json(self._http, address)))
            return self._keys[1]


def fetch_json(http: httpx2.Client, address: str, **post: Any) -> Mapping[str, Any]:
    """A JSON object from the provider; `post` are the arguments of a request that sends a form.

    Raises:
        ProviderFailed: it does not answer with one.
    """
    try:
        with http.stream("POST" if post else "GET", address, headers={"Accept": "application/json"}, **post) as answer:
            data = b""
            for part in answer.iter_bytes():
                data += part
                if len(data) > _MOST_BYTES:
                    break
            status = answer.status_code
    except httpx2.HTTPError as fault:
        message = f"the OpenID provider does not answer at {_shown(address)}: {type(fault).__name__}"
        raise ProviderFailed(message) from None
    try:
        told = json.loads(data) if len(data) <= _MOST_BYTES else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or (status != httpx2.codes.OK and "error" not in told):
        message = f"the OpenID provider answers {status} at {_shown(address)}, without what was asked for"
        raise ProviderFailed(message)
    return told


def is_safe_address(address: str) -> bool:
    """Whether secrets may be sent there: by TLS, or within this machine.

    >>> is_safe_address("https://id.example.org"), is_safe_address("http://id.example.org")
    (True, False)
    """
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def _metadata(told: Mapping[str, Any], issuer: str) -> Metadata:
    if told.get("issuer") != issuer:
        message = (
            f"the document at {_shown(issuer)} is of another issuer, {str(told.get('issuer'))[:200]!r}: "
            "COACHWORK_OIDC_ISSUER must be written exactly as the provider writes it"
        )
        raise ProviderFailed(message)
    places = {name: told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    for name, place in places.items():
        if not isinstance(place, str) or not is_safe_address(place):
            message = f"the OpenID provider tells no {name} that begins with https://"
            raise ProviderFailed(message)
    end = told.get("end_session_endpoint")
    methods = told.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=issuer,
        authorization=str(places["authorization_endpoint"]),
        token=str(places["token_endpoint"]),
        keys=str(places["jwks_uri"]),
        end_session=end if isinstance(end, str) and is_safe_address(end) else None,
        tells_issuer=told.get("authorization_response_iss_parameter_supported") is True,
        token_methods=tuple(map(str, methods)) if isinstance(methods, list) else ("client_secret_basic",),
    )


def _signing_keys(told: Mapping[str, Any]) -> KeySet:
    """Public keys that sign; a symmetric one could be known to anybody, and is left out."""
    found, listed = [], told.get("keys")
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("kty") in {"RSA", "EC", "OKP"} and one.get("use", "sig") == "sig":
            try:
                found += KeySet.import_key_set({"keys": [one]}).keys
            except (JoseError, ValueError, KeyError, TypeError):
                continue
    if not found:
        message = "the OpenID provider tells no keys that sign"
        raise ProviderFailed(message)
    return KeySet(found)


def _ids(keys: KeySet) -> set[str | None]:
    return {key.kid for key in keys.keys}


def _shown(address: str) -> str:
    return address.split("?", 1)[0][:200]
