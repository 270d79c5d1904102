"""Authentication and security: who may do what, how often, and from where."""

import time

import pytest
from harbor import Harbor, Token
from websockets.exceptions import InvalidStatus


def test_sign_in(harbor: Harbor) -> None:
    """Name and password give a token which stands for the account."""
    token = harbor.token("grace")
    assert token.value.count(".") == 2
    assert harbor.get("/whoami", **token.header()).body == {"subject": "grace"}


def test_wrong_password(harbor: Harbor) -> None:
    """A wrong password gives no token, and an unknown name gives the same answer."""
    replies = [harbor.sign_in("ada", "guess"), harbor.sign_in("nobody", "guess")]
    assert [reply.status for reply in replies] == [401, 401]
    assert replies[0].body == replies[1].body


def test_provider_configuration(harbor: Harbor) -> None:
    """A client learns where to sign in."""
    settings = harbor.get("/auth/provider").body
    assert settings["issuer"].startswith("https://")
    assert settings["token_path"] == "/token"  # noqa: S105 - a path


def test_token_refresh(harbor: Harbor, token: Token) -> None:
    """A good token can be changed for a new one."""
    fresh = harbor.get("/token/refresh", **token.header()).body["token"]
    assert fresh != token.value
    assert harbor.get("/whoami", **Token("ada", fresh).header()).status == 200


def test_expired_token(harbor: Harbor) -> None:
    """A token is good for its lifetime only."""
    token = harbor.token(lifetime=0.4)
    time.sleep(0.45)
    reply = harbor.get("/whoami", **token.header())
    assert (reply.status, reply.body["error"]) == (401, "expired")


def test_forged_token(harbor: Harbor, token: Token) -> None:
    """A token with another signature is refused."""
    forged = Token("ada", token.value[:-6] + "AAAAAA")
    assert harbor.get("/whoami", **forged.header()).status == 401
    assert harbor.get("/token/refresh", **forged.header()).status == 401


def test_cors_policy(harbor: Harbor) -> None:
    """Our own pages may read answers, others may not."""
    allowed = "Access-Control-Allow-Origin"
    ours = [f"https://{name}.harbor.example" for name in ("app", "admin")]
    assert [harbor.get("/health", Origin=page).headers[allowed] for page in ours] == ours
    for page in ("https://harbor.example.net", "http://app.harbor.example", "null"):
        assert allowed not in harbor.get("/health", Origin=page).headers


def test_security_headers(harbor: Harbor) -> None:
    """No answer is to be cached or guessed at."""
    for path in ("/health", "/whoami", "/nowhere"):
        headers = harbor.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_rate_limit(harbor: Harbor) -> None:
    """The sixth request in three seconds has to wait, and may pass after that."""
    assert [harbor.get("/quota", X_Client="eager").status for _ in range(5)] == [200] * 5
    refused = harbor.get("/quota", X_Client="eager")
    assert refused.status == 429
    assert harbor.get("/quota", X_Client="patient").status == 200
    time.sleep(int(refused.headers["Retry-After"]))
    assert harbor.get("/quota", X_Client="eager").status == 200


def test_websocket_security(harbor: Harbor, token: Token) -> None:
    """A stream is refused to a forged token, and given to a good one."""
    pipeline = harbor.start(token, "pilot")
    forged = Token("ada", token.value[:-6] + "AAAAAA")
    with pytest.raises(InvalidStatus, match="401"), harbor.stream(pipeline, forged):
        pass
    print("offer:", ", ".join(token.offers()))  # noqa: T201 - shown when the case fails
    with harbor.stream(pipeline, token) as stream:
        assert stream.subprotocol in token.offers()
