"""Whether a token is the halt relay's: checked offline, against the cluster's public keys.

Needs the extra ``replica`` of this package, which brings PyJWT.
"""

from datetime import datetime
from typing import Any, Final

import jwt
from jwt.types import Options

from tradingstack_contract.files import Relay

LEEWAY_SECONDS: Final = 5
"""How far the clocks of the API server and the replica may lie apart."""
_OFFLINE: Final[Options] = {
    # the caller brings the clock
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "require": ["aud", "exp", "iat", "iss", "sub"],
}


class RelayTokenError(Exception):
    """The token is not the relay's; the message says what is wrong and holds nothing of it."""


def verify(token: str, relay: Relay, now: datetime) -> None:
    """Check signature, issuer, audience, subject and times. Raises ``RelayTokenError``."""
    claims = _claims(token, relay)
    moment = now.timestamp()
    begins = max(_time(claims, "iat"), _time(claims, "nbf") if "nbf" in claims else 0.0)
    if moment < begins - LEEWAY_SECONDS:
        raise RelayTokenError("is not valid yet: compare the clocks of this node and the cluster")
    if moment >= _time(claims, "exp") + LEEWAY_SECONDS:
        raise RelayTokenError("has expired: compare the clocks of this node and the cluster")


def _claims(token: str, relay: Relay) -> dict[str, Any]:
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        key = next((key for key in relay.keys if key.kid == kid), None)
        if key is None:
            raise RelayTokenError("is signed with a key that is not the cluster's")
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt.PyJWK(key.model_dump(exclude_none=True)),
            # the key decides, never the token
            algorithms=[key.alg],
            audience=relay.audience,
            issuer=relay.issuer,
            subject=relay.subject,
            options=_OFFLINE,
        )
    except jwt.PyJWTError as error:
        raise RelayTokenError(f"is not the halt relay's: {type(error).__name__}") from None
    return claims


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RelayTokenError(f"holds no time as {name}")
    return float(value)
