"""Take secrets out of text before it is stored, printed or sent.

The shapes are those that the issuers document (GitHub, GitLab, AWS, Google, Slack, Stripe, npm, PyPI, Hugging Face, …),
JSON Web Tokens, private key blocks, credentials in addresses, authorisation headers, and `name: value` pairs whose name
speaks of a secret. Each pattern runs only when the literal text that it begins with is there: nearly all text holds none.
"""

from __future__ import annotations

import re

MARK = "[redacted]"

# Literal beginnings (any of them must be in the text) and the pattern that takes the whole secret.
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (hint, re.compile(pattern))
    for hints, pattern in (
        (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[opsur]_[A-Za-z0-9]{20,255}"),
        (("github_pat_",), r"github_pat_[A-Za-z0-9_]{20,255}"),
        (("glpat-",), r"glpat-[A-Za-z0-9_-]{16,255}"),
        (("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        (("AIza",), r"\bAIza[A-Za-z0-9_-]{30,40}"),
        (("ya29.",), r"\bya29\.[A-Za-z0-9_-]{20,255}"),
        (("xox",), r"\bxox[abeoprs]-[A-Za-z0-9-]{10,255}"),
        (("xapp-",), r"\bxapp-[A-Za-z0-9-]{10,255}"),
        (("hooks.slack.com",), r"hooks\.slack\.com/services/[A-Za-z0-9/]{20,100}"),
        (("_live_", "_test_"), r"\b[spr]k_(?:live|test)_[A-Za-z0-9]{10,255}"),
        (("whsec_",), r"\bwhsec_[A-Za-z0-9]{10,255}"),
        (("npm_",), r"\bnpm_[A-Za-z0-9]{30,50}"),
        (("pypi-",), r"\bpypi-[A-Za-z0-9_-]{40,255}"),
        (("sk-",), r"\bsk-[A-Za-z0-9_-]{20,255}"),
        (("SG.",), r"\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"),
        (("dop_v1_",), r"\bdop_v1_[a-f0-9]{40,64}"),
        (("hf_",), r"\bhf_[A-Za-z0-9]{20,64}"),
        (("AC",), r"\bAC[0-9a-f]{32}\b"),
        (("shpat_", "shpca_", "shppa_", "shpss_"), r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
        # A JSON Web Token, whole or its first part alone, also when that part was encoded once more.
        (("eyJ",), r"\beyJ[A-Za-z0-9_-]{8,4096}(?:\.[A-Za-z0-9_-]{0,8192}){0,2}"),
        (("ZXlK",), r"\bZXlK[A-Za-z0-9_-]{12,4096}={0,2}"),
    )
    for hint in hints
)
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LENGTH = 16_384
_IN_ADDRESS = re.compile(r"(://[^/\s:@]{0,128}:)([^/\s@]{1,256})(@)")
_HEADER = re.compile(r"(?i)\b((?:bearer|basic)\s+)([A-Za-z0-9+/_.=~-]{12,8192})")
_WORD = re.compile(r"(?:[a-z]+|[A-Z][a-z]+|[A-Z]+)(?:[-_./](?:[a-z]+|[A-Z][a-z]+|[A-Z]+))*[.]?")
_NAMES = (
    "passwd", "password", "passphrase", "secret", "token", "apikey", "api_key", "api-key", "accesskey", "access_key", "access-key",
    "privatekey", "private_key", "private-key", "auth_key", "auth-key", "authkey", "accountkey", "account_key", "credential",
    "sessionid", "session_id", "session-id", "cookie",
)  # fmt: skip
_VALUE = (
    r"([a-z0-9_-]{0,20}[\"']?\s{0,3}(?:=>|:=|=|:)\s{0,3})"
    r"(\"[^\"\n]{4,512}\"|'[^'\n]{4,512}'|[^\s\"'<>,;)\]}|]{6,512})"
)
# For text in lower case: a pattern that begins with plain letters is found many times faster than one that ignores case.
_PAIRS = tuple((name, re.compile(name + _VALUE)) for name in _NAMES)
_TELLING = re.compile(r"(?i)[\"']?(?:\[redacted\]|\*+|<[^>]*>|[a-z]+(?:[ _.-][a-z]+)*|[\d.]+|\$\{?\w+\}?|=.*)[\"']?")
_NAMED_STRONG = {"passwd", "password", "passphrase"}


def redact(text: str) -> str:
    """Return the text with every secret that can be recognised replaced by `[redacted]`."""
    for hint, pattern in _SHAPES:
        if hint in text:
            text = pattern.sub(MARK, text)
    if "PRIVATE KEY" in text:
        text = _redact_keys(text)
    if "://" in text and "@" in text:
        text = _IN_ADDRESS.sub(rf"\1{MARK}\3", text)
    lower = text.lower()
    if "bearer" in lower or "basic" in lower:
        text = _HEADER.sub(lambda match: match[0] if _WORD.fullmatch(match[2]) else match[1] + MARK, text)
    if "=" in text or ":" in text:
        if len(lower) != len(text):  # some letters change their length with their case
            lower = "".join(char.lower() if char.isascii() else char for char in text)
        text = _redact_pairs(text, lower)
    return text


def _redact_pairs(text: str, lower: str) -> str:
    """Take out the values of `name: value` pairs whose name speaks of a secret."""
    spans = []
    for name, pattern in _PAIRS:
        if name in lower:
            spans += [match.span(2) for match in pattern.finditer(lower) if _is_secret(name, match[1], text[slice(*match.span(2))])]
    parts = []
    position = 0
    for start, end in sorted(spans):
        if start >= position:
            parts += [text[position:start], MARK]
            position = end
    return "".join(parts) + text[position:]


def _redact_keys(text: str) -> str:
    """Cut private key blocks out; one without an end goes on for as long as a key can be."""
    parts = []
    position = 0
    while begin := _KEY_BEGIN.search(text, position):
        end = _KEY_END.search(text, begin.end(), begin.end() + _KEY_LENGTH)
        parts += [text[position : begin.start()], MARK]
        position = end.end() if end else min(len(text), begin.end() + _KEY_LENGTH)
    return "".join(parts) + text[position:]


def _is_secret(name: str, between: str, value: str) -> bool:
    """`token: expired` tells something and gives nothing away; after `password=` even a word may be the secret."""
    strong = name in _NAMED_STRONG and between.rstrip().endswith("=") and not value.startswith("=")
    return strong or not _TELLING.fullmatch(value)
