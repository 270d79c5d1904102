"""Negotiation of the WebSocket subprotocol.

A browser cannot set headers on a WebSocket, so it offers its token as the subprotocol
``jwt.<token>``.  Other clients offer the plain protocol and send a header.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

PLAIN = "harbor.events.v1"
TOKEN_PREFIX = "jwt."  # noqa: S105 - a prefix, not a secret
TOKEN_PROTOCOL = "jwt-auth"  # noqa: S105 - a name, not a secret
PREFERENCE = (TOKEN_PROTOCOL, PLAIN)


@dataclass(frozen=True)
class Agreement:
    """What the handshake settled: the protocol to answer, and the token that came with it."""

    answer: str
    token: str | None = field(repr=False)


def normalise(offer: str) -> str:
    """Give all offers that carry a token one common name."""
    return TOKEN_PROTOCOL if offer.startswith(TOKEN_PREFIX) else offer


def token_in(offer: str) -> str | None:
    """Return the token that an offer carries, if it carries one."""
    return offer.removeprefix(TOKEN_PREFIX) if offer.startswith(TOKEN_PREFIX) else None


def negotiate(offers: Iterable[str]) -> Agreement | None:
    """Agree on the offer we like best, or on nothing."""
    known = {normalise(offer): offer for offer in offers}
    for name in PREFERENCE:
        if name in known:
            return Agreement(answer=name, token=token_in(known[name]))
    return None


def masked(offers: Iterable[str]) -> str:
    """Write offers for the log, without the tokens."""
    return ", ".join(f"{TOKEN_PREFIX}***" if token_in(offer) else offer for offer in offers)
