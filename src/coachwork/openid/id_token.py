"""Is an ID token what the provider made for this service, this browser and this moment?

Source: OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725 (which algorithms to take is decided here, not by the token).
"""

import hmac
import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, KeySet

from coachwork.openid.problems import TokenRefused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures by a key pair alone: with HS256 the public key would do to forge a token, with none nothing."""

SKEW_S = 60
"""How far the clocks of provider and service may be apart."""

_OLDEST_S = 3600
_MOST_LETTERS = 64 * 1024
_MOST_SUBJECT = 255
_NOT_SIGNED = "its signature is not good"
_OTHER_KEY = "its key is not one of the provider's"
_OTHER_NONCE = "its nonce is another one"

Keys = Callable[[str | None], KeySet]
"""Id of a key, as a token names it -> the keys."""


def check_id_token(
    token: str, *, keys: Keys, issuer: str, client_id: str, nonce: str, clock: Callable[[], float] = time.time
) -> Mapping[str, Any]:
    """What an ID token says, once all of it is checked.

    Args:
        token: as the provider sent it.
        keys: the provider's.
        issuer: the provider's name.
        client_id: this service's name at the provider.
        nonce: that this sign-in began with.
        clock: the present moment, seconds since 1970.

    Raises:
        TokenRefused: anything about it is not as it must be.
        ProviderFailed: the keys cannot be fetched.
    """
    try:
        decoded = jwt.decode(token[:_MOST_LETTERS], lambda one: _key(one, keys), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, KeyError) as wrong:
        raise TokenRefused(_NOT_SIGNED) from wrong
    claims = decoded.claims
    wrong_there = _wrong_parties(claims, issuer, client_id) or _wrong_times(claims, clock())
    if wrong_there is not None:
        raise TokenRefused(wrong_there)
    told = claims.get("nonce")
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
        raise TokenRefused(_OTHER_NONCE)
    return claims


def _key(one: GuestProtocol, keys: Keys) -> KeySet:
    """The keys by which a token may be signed; one that names no key is tried by the only one there is."""
    name = one.headers().get("kid")
    known = keys(name if isinstance(name, str) else None)
    found = [key for key in known.keys if name is None or key.kid == name]
    if len(found) != 1:
        raise TokenRefused(_OTHER_KEY)
    return KeySet(found)


def _wrong_parties(claims: Mapping[str, Any], issuer: str, client_id: str) -> str | None:
    audience, authorized, subject = claims.get("aud"), claims.get("azp"), claims.get("sub")
    told = [audience] if isinstance(audience, str) else audience
    if claims.get("iss") != issuer:
        return "its issuer is another one"
    if not isinstance(told, list) or client_id not in told:
        return "it was made for somebody else"
    if (authorized is not None and authorized != client_id) or (len(told) > 1 and authorized is None):
        return "it was asked for by somebody else"
    if not isinstance(subject, str) or not 0 < len(subject) <= _MOST_SUBJECT:
        return "it names nobody"
    return None


def _wrong_times(claims: Mapping[str, Any], moment: float) -> str | None:
    times = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
    known = [float(one) for one in times if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(known) < len(times) or not all(map(math.isfinite, known)):
        return "its times are none"
    ends, made, begins = known
    if moment >= ends + SKEW_S:
        return "it has expired"
    if max(made, begins) > moment + SKEW_S:
        return "it is not good yet"
    return "it is too old" if moment - made > _OLDEST_S else None
