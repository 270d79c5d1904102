"""Take secrets out of text before it is stored, printed or sent.

The shapes are those that the issuers document (GitHub, GitLab, AWS, Google, Slack, Stripe, npm, PyPI, OpenAI, Anthropic, …),
JSON Web Tokens, private key blocks, credentials in addresses, `name: value` pairs whose name speaks of a secret, and
authorisation headers. A cheap search for the hints comes first: nearly all text holds none.
"""

from __future__ import annotations

import re

MARK = "[redacted]"

_HINT = re.compile(
    r"(?i)gh[opsur]_|github_pat_|glpat-|AKIA|ASIA|AIza|ya29\.|xox[abeoprs]-|xapp-|hooks\.slack|[spr]k_(?:live|test)_|whsec_"
    r"|npm_|pypi-|sk-|SG\.|eyJ|ZXlK|PRIVATE KEY|://[^/\s]*@|pass|secret|token|api|auth|bearer|basic|credential|cookie|session"
    r"|private|access|dop_v1|hf_|AC[0-9a-f]{8}|shp[a-z]{2}_|AccountKey|sig="
)
_SHAPES = re.compile(
    r"gh[opsur]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255}|glpat-[A-Za-z0-9_-]{16,255}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[A-Za-z0-9_-]{30,40}|\bya29\.[A-Za-z0-9_-]{20,255}"
    r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,255}|\bxapp-[A-Za-z0-9-]{10,255}|hooks\.slack\.com/services/[A-Za-z0-9/]{20,100}"
    r"|\b[spr]k_(?:live|test)_[A-Za-z0-9]{10,255}|\bwhsec_[A-Za-z0-9]{10,255}|\bnpm_[A-Za-z0-9]{30,50}"
    r"|\bpypi-[A-Za-z0-9_-]{40,255}|\bsk-[A-Za-z0-9_-]{20,255}|\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"
    r"|\bdop_v1_[a-f0-9]{40,64}|\bhf_[A-Za-z0-9]{20,64}|\bAC[0-9a-f]{32}\b|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"
    # A JSON Web Token, whole or its first part alone, also when that part was encoded once more.
    r"|\beyJ[A-Za-z0-9_-]{8,4096}(?:\.[A-Za-z0-9_-]{0,8192}){0,2}|\bZXlK[A-Za-z0-9_-]{12,4096}={0,2}"
)
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LENGTH = 16_384
_IN_ADDRESS = re.compile(r"(://[^/\s:@]{0,128}:)([^/\s@]{1,256})(@)")
_HEADER = re.compile(r"(?i)\b((?:bearer|basic)\s+)([A-Za-z0-9+/_.=~-]{12,8192})")
_NAME = (
    r"(?:[A-Za-z0-9_.-]{0,40}(?:passwd|password|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?key|account[_-]?key"
    r"|client[_-]?secret|credential|session[_-]?id|set-cookie)[A-Za-z0-9_-]{0,20}|cookie|sig)"
)
_PAIR = re.compile(
    rf"(?i)(?<![A-Za-z0-9_.-])({_NAME}[\"']?\s{{0,3}}(?:=>|:=|=|:)\s{{0,3}})(\"[^\"\n]{{4,512}}\"|'[^'\n]{{4,512}}'|[^\s\"'<>,;)\]}}|]{{6,512}})"
)
_PLAIN = re.compile(r"(?i)[\"']?(?:none|null|true|false|undefined|missing|expired|invalid|required|\[redacted\]|\*+|<[^>]*>|[a-z]+(?:[ _.-][a-z]+)*|[\d.]+|\$\{?\w+\}?)[\"']?")


def redact(text: str) -> str:
    """Return the text with every secret that can be recognised replaced by `[redacted]`."""
    if not _HINT.search(text):
        return text
    if "PRIVATE KEY" in text:
        text = _redact_keys(text)
    text = _SHAPES.sub(MARK, text)
    text = _IN_ADDRESS.sub(rf"\1{MARK}\3", text)
    text = _HEADER.sub(rf"\1{MARK}", text)
    return _PAIR.sub(_pair, text)


def _redact_keys(text: str) -> str:
    """Cut private key blocks out; one without an end goes on for as long as a key can be."""
    parts = []
    position = 0
    while begin := _KEY_BEGIN.search(text, position):
        end = _KEY_END.search(text, begin.end(), begin.end() + _KEY_LENGTH)
        parts += [text[position : begin.start()], MARK]
        position = end.end() if end else min(len(text), begin.end() + _KEY_LENGTH)
    return "".join(parts) + text[position:]


def _pair(match: re.Match[str]) -> str:
    # `token: expired` or `password = None` tells something and gives nothing away; a random value does not look like words.
    name, value = match[1], match[2]
    return match[0] if _PLAIN.fullmatch(value) and not _strong_name(name) else name + MARK


def _strong_name(name: str) -> bool:
    """A value set by `=` to a password is a secret even when it is a word."""
    return bool(re.search(r"(?i)(?:passwd|password|passphrase)[\"']?\s*=", name)) and "==" not in name
