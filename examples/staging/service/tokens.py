"""Signed tokens, made and checked with a key that lives as long as the process."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

KEY = secrets.token_bytes(32)
SALT = secrets.token_bytes(16)
LIFETIME = 900.0
ROUNDS = 120_000


class TokenError(Exception):
    """A token that is not to be trusted."""


def digest(password: str) -> bytes:
    """Stretch a password."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, ROUNDS)


ACCOUNTS = {name: digest(f"{name}-harbor") for name in ("ada", "linus", "grace")}


def password_fits(name: str, password: str) -> bool:
    """Tell whether the password is that of the account."""
    return hmac.compare_digest(ACCOUNTS.get(name, b""), digest(password))


def encode(raw: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sign(body: str) -> str:
    """Sign the first two parts of a token."""
    return encode(hmac.digest(KEY, body.encode(), "sha256"))


def issue(subject: str, lifetime: float = LIFETIME) -> str:
    """Make a token for an account."""
    claims = {"sub": subject, "exp": time.time() + lifetime, "jti": secrets.token_hex(4)}
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    body = ".".join(encode(json.dumps(part).encode()) for part in parts)
    return f"{body}.{sign(body)}"


def subject_of(token: str) -> str:
    """Return the account that a token stands for, or raise TokenError."""
    body, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, sign(body)):
        message = "bad signature"
        raise TokenError(message)
    claims: dict[str, Any] = json.loads(decode(body.partition(".")[2]))
    if claims["exp"] <= time.time():
        message = "expired"
        raise TokenError(message)
    return str(claims["sub"])
