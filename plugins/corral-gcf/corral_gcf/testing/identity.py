"""Who calls: a service account with its key, and the tokens that are issued for it."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from uuid import uuid4

__all__ = ["DRIVER", "PROJECT", "UNIVERSE", "Identity", "key_file"]

PROJECT = "corral-test"
UNIVERSE = "googleapis.test"
DRIVER = f"driver@{PROJECT}.iam.gserviceaccount.com"
"""Whose key the driver has."""


class Identity:
    """Issues tokens, and knows its own again."""

    def __init__(self) -> None:
        self.seconds = 3600
        """How long a new token is good for."""
        self._issued: dict[str, tuple[str, float]] = {}

    def exchanged(self, assertion: str) -> dict[str, Any]:
        """What the token endpoint gives for a key's assertion: an ID token for the audience that it names."""
        asked = _claims(assertion)
        audience = asked.get("target_audience")
        if audience is None:
            return {"access_token": f"access-{uuid4()}", "expires_in": self.seconds, "token_type": "Bearer"}
        now = time.time()
        claims = {"aud": audience, "email": asked["iss"], "iat": int(now), "exp": int(now) + self.seconds}
        token = ".".join(_part(part) for part in ({"alg": "none", "typ": "JWT"}, claims, str(uuid4())))
        self._issued[token] = audience, now + self.seconds
        return {"id_token": token}

    def allows(self, authorization: str, audience: str) -> bool:
        """Whether a header carries an ID token for this audience that is still good."""
        issued, until = self._issued.get(authorization.removeprefix("Bearer "), ("", 0.0))
        return issued == audience and time.time() < until

    def forget(self) -> None:
        """Refuse all that was issued."""
        self._issued.clear()


def key_file(token_uri: str) -> str:
    """A service account's key, as Google gives it."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    account = {"type": "service_account", "project_id": PROJECT, "client_email": DRIVER, "client_id": "1"}
    # In Google's own universe, google-auth would ask Google where such an account may be used from.
    account["universe_domain"] = UNIVERSE
    return json.dumps(account | {"private_key_id": "1", "private_key": pem, "token_uri": token_uri})


def _claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
