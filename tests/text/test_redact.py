"""Secrets are put together here at test time, so that no text that looks like one stands in the repository."""

from __future__ import annotations

import base64
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rca.text.redact import MARK, redact
from tests.timing import assert_linear

WORD = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + string.digits


def made(alphabet: str, length: int, seed: int = 7) -> str:
    """Random characters, always with a digit and a letter among them."""
    source = random.Random(seed)
    return "".join(source.choice(alphabet) for _ in range(length - 2)) + "3" + ("A" if "A" in alphabet else "a")


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def key_block(kind: str) -> str:
    dashes = "-" * 5
    return f"{dashes}BEGIN {kind} KEY{dashes}\n{made(WORD, 64)}\n{made(WORD, 64, 8)}\n{dashes}END {kind} KEY{dashes}"


HEAD = encoded('{"alg":"HS256","typ":"JWT"}').rstrip("=")
SECRETS = {
    **{f"github {kind}": f"gh{kind}_" + made(WORD, 36) for kind in "pousr"},
    "github fine-grained": "github_pat_" + made(WORD, 22) + "_" + made(WORD, 59),
    **{f"gitlab {kind}": f"gl{kind}-" + made(WORD, 20) for kind in ("pat", "dt", "rt", "ptt", "ft")},
    "aws key id": "AKIA" + made(UPPER, 16),
    "aws session key id": "ASIA" + made(UPPER, 16),
    "google api key": "AIza" + made(WORD, 35),
    "google oauth": "ya29." + made(WORD, 60),
    "google client secret": "GOCSPX-" + made(WORD, 28),
    "slack bot": "xoxb-" + made(string.digits, 12) + "-" + made(WORD, 24),
    "slack app": "xapp-1-" + made(UPPER, 11) + "-" + made(HEX, 64),
    "stripe live": "sk_live_" + made(WORD, 24),
    "stripe restricted": "rk_test_" + made(WORD, 24),
    "stripe webhook": "whsec_" + made(WORD, 32),
    "npm": "npm_" + made(WORD, 36),
    "pypi": "pypi-AgEIcHlwaS5vcmc" + made(WORD, 60),
    "openai": "sk-proj-" + made(WORD, 48),
    "sendgrid": "SG." + made(WORD, 22) + "." + made(WORD, 43),
    "digitalocean": "dop_v1_" + made(HEX, 64),
    "hugging face": "hf_" + made(WORD, 34),
    "twilio account": "AC" + made(HEX, 32),
    "twilio key": "SK" + made(HEX, 32),
    "shopify": "shpat_" + made(HEX, 32),
    "docker": "dckr_pat_" + made(WORD, 27),
    "rubygems": "rubygems_" + made(HEX, 48),
    "grafana": "glsa_" + made(WORD, 32) + "_" + made(HEX, 8),
    "linear": "lin_api_" + made(WORD, 40),
    "postman": "PMAK-" + made(HEX, 24) + "-" + made(HEX, 34),
    "new relic": "NRAK-" + made(UPPER, 27),
    "square": "sq0atp-" + made(WORD, 22),
    "mailgun": "key-" + made(HEX, 32),
    "mailchimp": made(HEX, 32) + "-us12",
    "vault": "hvs." + made(WORD, 90),
    "doppler": "dp.pt." + made(WORD, 43),
    "databricks": "dapi" + made(HEX, 32),
    "atlassian": "ATATT3" + made(WORD, 60),
    "telegram": "1234567890:AA" + made(WORD, 33),
    "age": "AGE-SECRET-KEY-1" + made(UPPER, 58),
    "sentry": "sntrys_" + made(WORD, 80),
    "groq": "gsk_" + made(WORD, 52),
    "circleci": "CCIPAT_" + made(WORD, 22) + "_" + made(HEX, 40),
    "replicate": "r8_" + made(WORD, 37),
    "notion": "secret_" + made(WORD, 43),
    "gitlab agent": "glagent-" + made(WORD, 50),
    "xai": "xai-" + made(WORD, 80),
    "airtable": "pat" + made(WORD, 14) + "." + made(HEX, 64),
    "terraform": made(WORD, 14) + ".atlasv1." + made(WORD, 65),
    "teams webhook": f"https://x.webhook.office.com/webhookb2/{made(HEX, 32)}/IncomingWebhook/{made(HEX, 32)}",
    "aws session token": "IQoJb3JpZ2lu" + made(WORD, 200),
    "aws older session token": "FwoGZXIvYXdz" + made(WORD, 200),
    "azure client secret": made(WORD, 3) + "8Q~" + made(WORD, 34),
    "google refresh token": "1//0" + made(WORD, 60),
    "google service account": f'"private_key": "{key_block("PRIVATE")}", "private_key_id": "{made(HEX, 40)}"',
    "jwt": f"{HEAD}.{encoded('{}')}.{made(WORD, 43)}",
    "jwt head": HEAD,
    "jwt head encoded again": encoded(HEAD[:30]),
    "rsa key": key_block("RSA PRIVATE"),
    "openssh key": key_block("OPENSSH PRIVATE"),
    "pgp key": key_block("PGP PRIVATE").replace("KEY-", "KEY BLOCK-"),
    "in a name": "MY_KEY_" + "sk_live_" + made(WORD, 24),
    "behind letters": "x" + "dop_v1_" + made(HEX, 64),
    "key without an end": key_block("EC PRIVATE").split("\n-----END")[0],
}  # fmt: skip
FRAMES = ["{}", "got {} back", "'{}'", '{{"value": "{}"}}', "x={}", "({}),", "line one\n{}\nline three", "Expected: <{}>"]


@pytest.mark.parametrize("kind", SECRETS)
def test_a_documented_shape_is_taken_out_wherever_it_stands(kind):
    for frame in FRAMES:
        redacted = redact(frame.format(SECRETS[kind]))
        assert MARK in redacted, frame
        for piece in SECRETS[kind].split("\n"):
            assert piece[12:] not in redacted or len(piece) < 20, frame


NAMED = [
    "password={}", "password = '{}'", "PASSWORD: {}", '"password": "{}"', "'passwd' => '{}'", "db_password := {}", "pwd={};uid=sa", 'passphrase: "{}"',
    "api_key={}", "apiKey: '{}'", "X-Api-Key: {}", "API-KEY={}", "client_secret={}", 'clientSecret: "{}"', "aws_secret_access_key = {}", "access_token={}",
    "?token={}&x=1", "refreshToken: {}", "AccountKey={};EndpointSuffix=core", "PRIVATE_KEY={}", "credentials: {}", "session_id={}", "sessionid: {}",
    "Cookie: sid={}", "Set-Cookie: s={}; Path=/", "?se=2025&sig={}", "export NPM_TOKEN={}", "secret: {}", 'SECRET_KEY = "{}"', "authkey={}",
    "ENCRYPTION_KEY={}", "signing-key: {}", "RAILS_MASTER_KEY={}", "API key: {}", "secret key = {}", "PHPSESSID={}", "connect.sid=s%3A{}", "Cookie: theme=dark; sid={}; lang=de",
    "curl -H 'Cookie: a=b; sid={}' x", "Authorization: token {}", "Authorization: ApiKey {}", "authorization: {}", '"Authorization": "Token {}"', "'Proxy-Authorization': 'Custom {}'",
    'Authorization: Digest username="a", nonce="b", response="{}"', "mysql --password {} db", "vercel --token '{}'", "curl -u admin:{} https://x", "machine git.example login me password {}",
    "jdbc:oracle:thin:scott/{}@//db:1521/x", "Server=tcp:db;User ID=sa;Password={};Encrypt=true", "Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey={}",
]  # fmt: skip


@pytest.mark.parametrize("frame", NAMED)
def test_the_value_of_a_telling_name_is_taken_out(frame):
    for value in (made(WORD, 16), made(HEX, 40), made(WORD, 24) + "+/=", "hunter2!x", "aBcDeFgHiJkLmNoPqRsTuVw"):
        redacted = redact(frame.format(value))
        assert MARK in redacted
        assert value[:10] not in redacted


def test_after_password_and_an_equals_sign_even_a_word_may_be_the_secret():
    assert redact("mysql --password=correcthorse db") == f"mysql --password={MARK} db"
    assert redact("password='swordfish'") == f"password={MARK}"


@pytest.mark.parametrize("scheme", ["https", "postgres", "redis", "amqp", "mongodb+srv"])
def test_credentials_in_addresses(scheme):
    assert redact(f"{scheme}://user:{made(WORD, 12)}@host/db") == f"{scheme}://user:{MARK}@host/db"
    assert redact(f"{scheme}://:{made(WORD, 12)}@host") == f"{scheme}://:{MARK}@host"


def test_a_token_alone_and_a_password_with_signs_in_addresses():
    assert redact(f"https://{made(WORD, 32)}@host/x") == f"https://{MARK}@host/x"
    assert redact("postgres://user:p@ss:w0rd!@host/db") == f"postgres://user:{MARK}@host/db"


def test_what_overlaps_is_taken_out_whole():
    value = made(WORD, 40)
    assert value[10:] not in redact(f"Authorization: token={value}")
    assert redact(f"Cookie: token={value}; b=c") == f"Cookie: {MARK}; b=c"


def test_headers():
    assert redact("Authorization: Bearer " + made(WORD, 30)) == f"Authorization: Bearer {MARK}"
    assert redact("Authorization: Basic " + encoded("user:swordfish")) == f"Authorization: Basic {MARK}"
    assert redact("Authorization: Negotiate " + made(WORD, 60)) == f"Authorization: Negotiate {MARK}"


ORDINARY = [
    "token: expired", "assert password == expected", "assert token==expected1", "keyboard = 'qwerty123'", "monkey=banana12345", "Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON",
    "SyntaxError: Unexpected token: punc (})", "unexpected token at 1:15: end of input", "missing CSRF token: got none", "password must contain 1 digit", "password: 'must be at least 8 characters'",
    '"password": "is required and has to have 12 characters"', "password=None", "password=undefined", 'password=""', "password=required", "password=os.environ['DB_PASSWORD']",
    "connect(password=config.db.password)", "connect(password=self.password, user=user)", "login(password=get_password(1))", "password=${DB_PASSWORD}", "password=$PASSWORD1", "password: ********",
    "password: <hidden>", "db(password=expected_password)", "PWD=/home/runner/work/shop/shop", "token_url=https://auth.example.com/oauth2/token", "token_endpoint: https://auth.example.com/v2/token",
    "token_type: bearer", "tokens=128", "max_tokens: 1000000", "token_count=123456", "token_expires_at: 2025-09-13T04:24:36Z", "token_ttl: 3600s", "tokenizer: bert-base-uncased-v2", "tokenize.py:45: in tokenize",
    "secretary: Jane Doe 1985", "secretName: prod/database/main1", "secret_file=/run/secrets/db_1", "credential_helper: store", "credentials: include", "cookie policy: same-site", '"cookie": "^0.6.0"',
    '"jsonwebtoken": "~9.0.2"', "session_id_field: user_session_1", "apiKeyName: x-api-key-2", "Basic functionality works", "Basic tests/e2e/staging/test_1_events.py", "basic test_something_1234 failed",
    "bearer authentication-required", "Bearer token missing", "see https://example.com/a:b/c@d", "http://[::1]:8080/path", "user@example.com", "git+ssh://git@github.com/owner/repo.git",
    "commit 0123456789abcdef0123456789abcdef01234567", "sha256:" + made(HEX, 64), "550e8400-e29b-41d4-a716-446655440000", "id=550e8400-e29b-41d4-a716-446655440000", "/srv/app/node_modules/.pnpm/jest@29.7.0/index.js",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "expected: <901> but was: <900>", "sk-toggleable__control sk-hidden--visually-large",
    "task-runner-for-everything-2", "disk-usage-report-2025-09-13-full", "npm_config_registry=https://registry.npmjs.org", "npm_lifecycle_event=test", "mark_test_0123456789abc", "xoxo", "hf_hub_download",
    "compat" + made(WORD, 11) + "." + made(HEX, 64), "patternmatching." + made(HEX, 64), "pattern12345678xy." + made(HEX, 64), "pat" + made(WORD, 14) + "." + made(HEX, 63),
    "pat" + made(WORD, 14) + "." + made(HEX, 65), "dispat" + made(WORD, 14) + "." + made(HEX, 64), "pat.Abcdefghijklmn", "path/to/patABCDEFGHIJKLMN.js",
    "websockets.exceptions.NegotiationError: no subprotocols supported", "KeyError: 'token'", "TypeError: Cannot read properties of undefined (reading 'token')", "secrets: inherit", "key: value", "key=a1b2c3d4e5f6",
    "checksum=0123456789abcdef0123456789abcdef", "trace_id=4bf92f3577b34da6a3ce929d0e0e4736", "x-request-id: 4bf92f3577b34da6", "status: 401 Unauthorized", "signature mismatch: expected 3 arguments",
    "Authorization: required", "Authorization header is missing or malformed", "authorization: user.has_permission('x')", "Authorization: ${TOKEN}", "authorization=enabled-for-all",
    "authorization: 401 Unauthorized", "docker run -u 1000:1000 image", "pytest --token-file tokens.txt", "after login the password field is shown", "login works, password reset fails",
    "primary key: id_1234567", "encryption key rotation failed", "master key not found", "https://somebody-with-a-long-name@host.example/x",
    "git --no-pager log --oneline", "--password-file /run/secrets/x1", "thin: client/server", "signing key: missing", "--token expired", "http://host:8080/a/b@c",
    "def test_login(token: str, password: str) -> None:", "public_key=ssh-rsa", "-----BEGIN CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----", "AssertionError: token: got 'expired', want 'valid'",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_alone(text):
    assert redact(text) == text


@given(
    st.lists(
        st.sampled_from([*SECRETS.values(), *ORDINARY, *[frame.format(made(WORD, 16)) for frame in NAMED], "\n", "İ", "ß"]), max_size=6
    ).map("".join)
)
def test_what_is_redacted_stays_as_it_is(text):
    once = redact(text)
    assert redact(once) == once


@given(st.text())
def test_any_text(text):
    assert redact(redact(text)) == redact(text)


def test_letters_that_change_their_length_move_nothing():
    value = made(WORD, 20)
    assert redact(f"İİİİ password={value} İ") == f"İİİİ password={MARK} İ"


PIECES = [
    "password=", "token:", "token: a", "Bearer ", "Bearer a", "basic  ", "://", "://a:", "a@", "eyJ", "eyJ.", "-----BEGIN PRIVATE KEY-----", "ghp_", "sk-", "sk-a", "sk-_", "secret", "secret_",
    'secret="', "cookie='", "token=a[", "password=a.a", "password=_.", "token=a b ", "token: 'a a ", "key-", "a-us", "AC", "xoxb-", "glpat-.", "dp.pt.", "api_key = a.", "pwd=pass_pass_",
    "token:1.1", "token=https://a/", "token=/a/", "signature=", "https://hooks.slack.com/services/", "1234567890:AA", "_test_", "sk_test_", "password=self._", "pwd=env.secret",
    "authorization: a ", "authorization: digest a", "cookie: a=", "cookie: a=b;", "pat", "pat.", "patA", "pataaaaaaaaaaaaaA.", "--password ", "--token a", "-u a:", "login a password ", "thin:a/", "://a@", "://a1", "Q~", "1//0", "secret_",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_long_texts_take_linear_time(piece):
    assert_linear(lambda size: redact((piece * size)[:size]))
    assert_linear(lambda size: redact(piece + ("a" * size)[: size - len(piece)]))


def test_a_harmless_value_does_not_hide_the_secret_behind_it():
    secret = made(WORD, 20)
    assert secret not in redact(f"token_expires_at: 2025-09-13T04:24:36Ztoken: expired{secret}")
    assert secret not in redact(f"secretName=prod;password={secret}")


@pytest.mark.parametrize("gap", ["\u200b", "<U+200B>", "\u202e", "\xad", "\n", "\r\n", "\n    ", "\nE   ", "\n  │ ", "\n<U+FEFF>"])
def test_a_secret_that_is_parted_is_taken_out_whole(gap: str) -> None:
    for kind in ("gitlab pat", "github o", "aws key id", "slack bot", "npm", "stripe live", "google api key", "sendgrid"):
        secret = SECRETS[kind]
        for cut in range(len(secret) // 3, len(secret) - 1, 5):
            found = redact(f"got {secret[:cut]}{gap}{secret[cut:]} back")
            assert found.startswith(f"got {MARK}")
            # What a part alone shows is gone with that part; the few letters behind it open nothing.
            assert secret[-16:] not in found


@pytest.mark.parametrize(
    "text",
    [
        "glpat-\nreports",
        "tests/test_login.py\ntests/test_cart.py\n",
        "wrapped at requirements-action\nE   2026-11-22",
        "no<U+200B>secret<U+200B>at<U+200B>all",
        "AKIA\nthe next line 1234567890123456",
    ],
)
def test_lines_and_unseen_characters_without_a_secret_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("piece", ["abcdefgh1234\n", "a<U+200B>", "glpat-a\u200b", "abcdefghijklmnop\n    1234", "xoxb-1\n"])
def test_gaps_without_end_take_linear_time(piece: str) -> None:
    assert_linear(lambda size: redact((piece * size)[:size]))
