"""Take secrets out of text before it is stored, printed or sent.

The shapes are those that the issuers document (GitHub, GitLab, AWS, Google, Slack, Stripe, npm, PyPI, Hugging Face, …),
JSON Web Tokens, private key blocks, credentials in addresses, authorisation headers, and `name: value` pairs whose name
speaks of a secret. Each pattern runs only when the literal text that it begins with is there: nearly all text holds none.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

MARK = "[redacted]"
ROUNDS = 8

# A character, and the patterns of secrets that hold it; before each pattern the literals of which one must be in the text.
_DOCUMENTED: tuple[tuple[str, tuple[tuple[tuple[str, ...], str], ...]], ...] = (
    (
        "_",
        (
            (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[opsur]_[A-Za-z0-9]{20,255}"),
            (("github_pat_",), r"github_pat_[A-Za-z0-9_]{20,255}"),
            (("_live_", "_test_"), r"(?<![A-Za-z0-9])[spr]k_(?:live|test)_[A-Za-z0-9]{10,255}"),
            (("whsec_",), r"whsec_[A-Za-z0-9+/=]{10,255}"),
            (("npm_",), r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,50}"),
            (("dop_v1_", "doo_v1_", "dor_v1_"), r"do[opr]_v1_[a-f0-9]{40,64}"),
            (("hf_",), r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{20,64}"),
            (("shpat_", "shpca_", "shppa_", "shpss_"), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
            (("dckr_pat_",), r"dckr_pat_[A-Za-z0-9_-]{20,64}"),
            (("rubygems_",), r"rubygems_[a-f0-9]{40,64}"),
            (("glsa_", "glc_"), r"gl(?:sa|c)_[A-Za-z0-9_=+/]{30,255}"),
            (("lin_api_",), r"lin_api_[A-Za-z0-9]{30,64}"),
            (("ntn_",), r"(?<![A-Za-z0-9])ntn_[A-Za-z0-9]{40,64}"),
            (("pscale_tkn_", "pscale_pw_", "pscale_oauth_"), r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{30,64}"),
            (("sntrys_", "sntryu_"), r"sntry[su]_[A-Za-z0-9_=+/]{40,255}"),
            (("sbp_", "sb_secret_"), r"sb(?:p|_secret)_[A-Za-z0-9_-]{20,64}"),
            (("figd_",), r"figd_[A-Za-z0-9_-]{20,64}"),
        ),
    ),
    (
        "-",
        (
            (
                ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-", "glft-"),
                r"gl(?:pat|dt|rt|cbt|ptt|soat|ft)-[A-Za-z0-9_.-]{16,255}",
            ),
            (("xox",), r"xox[abeoprs]-[A-Za-z0-9-]{10,255}"),
            (("xapp-",), r"xapp-[A-Za-z0-9-]{10,255}"),
            (("pypi-",), r"pypi-[A-Za-z0-9_-]{40,255}"),
            (("sk-",), r"(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]{0,60}\d)[A-Za-z0-9_-]{20,255}"),
            (("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_-]{20,64}"),
            (("PMAK-",), r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
            (("NRAK-",), r"NRAK-[A-Z0-9]{27}"),
            (("sq0atp-", "sq0csp-"), r"sq0(?:atp|csp)-[A-Za-z0-9_-]{20,64}"),
            (("key-",), r"(?<![A-Za-z0-9])key-[a-f0-9]{32}\b"),
            (("-us",), r"(?<![A-Za-z0-9])[a-f0-9]{32}-us\d{1,2}\b"),
            (("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[A-Z0-9]{40,80}"),
        ),
    ),
    (
        ".",
        (
            (("ya29.",), r"ya29\.[A-Za-z0-9_-]{20,255}"),
            (("hooks.slack.com",), r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,100}"),
            (("/api/webhooks/",), r"(?<![A-Za-z0-9])(?:discord|discordapp)\.com/api/webhooks/\d{10,25}/[A-Za-z0-9_-]{30,100}"),
            (("SG.",), r"(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"),
            (("hvs.", "hvb.", "hvr."), r"(?<![A-Za-z0-9])hv[sbr]\.[A-Za-z0-9_-]{20,255}"),
            (("dp.",), r"(?<![A-Za-z0-9])dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{30,64}"),
            (("dt0c01.",), r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
        ),
    ),
    (
        "",
        (
            (("AKIA", "ASIA"), r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
            (("AIza",), r"AIza[A-Za-z0-9_-]{30,40}"),
            (("AC", "SK"), r"(?<![A-Za-z0-9])(?:AC|SK)[0-9a-f]{32}\b"),
            (("ATATT3", "ATCTT3", "ATBB"), r"AT(?:ATT3|CTT3|BB)[A-Za-z0-9_=-]{28,255}"),
            ((":AA",), r"(?<![A-Za-z0-9])\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])"),
            (("dapi",), r"dapi[a-f0-9]{32}(?:-\d)?\b"),
            # A JSON Web Token, whole or its first part alone, also when that part was encoded once more.
            (("eyJ",), r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,4096}(?:\.[A-Za-z0-9_-]{0,8192}){0,2}"),
            (("ZXlK",), r"(?<![A-Za-z0-9])ZXlK[A-Za-z0-9_-]{12,4096}={0,2}"),
        ),
    ),
)
_SHAPES = tuple(
    (sign, tuple((hint, re.compile(pattern)) for hints, pattern in shapes for hint in hints))
    for sign, shapes in _DOCUMENTED
)  # fmt: skip
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LENGTH = 16_384
_IN_ADDRESS = re.compile(r"(://[^/\s:@]{0,128}:)([^/\s@]{1,256})(@)")
_HEADER = re.compile(r"(?i)\b((bearer|basic|negotiate)[ \t]{1,8})([A-Za-z0-9+/_.=~-]{12,8192})")
_WORD = re.compile(r"(?:[a-z]+|[A-Z][a-z]+|[A-Z]+)(?:[-_./](?:[a-z]+|[A-Z][a-z]+|[A-Z]+))*[.]?")
_NAMES = (
    "passwd", "password", "passphrase", "pwd", "secret(?!ar)", "token(?!i[sz])", "apikey", "api_key", "api-key", "accesskey", "access_key",
    "access-key", "privatekey", "private_key", "private-key", "auth_key", "auth-key", "authkey", "accountkey", "account_key", "credential",
    "sessionid", "session_id", "session-id", "cookie(?!cutter|-parser)", "sig(?==)", "signature(?==)",
)  # fmt: skip
_VALUE = (
    r"([a-z0-9_-]{0,20}[\"']?\s{0,3}(?:=>|:=|=|:)\s{0,3})"
    r"(\"[^\"\n]{4,512}\"|'[^'\n]{4,512}'|[^\s\"'<>,;)\]}|]{6,512})"
)
# For text in lower case: a pattern that begins with plain letters is found many times faster than one that ignores case.
_PAIRS = tuple((name.partition("(")[0], re.compile(name + _VALUE)) for name in _NAMES)
# What follows the name when the value tells of a secret and is none: `token_url`, `secretName`, `password_policy`.
_ABOUT = re.compile(
    r"s?[_-]?(?:ur[li]s?|endpoint|path|file|dir|folder|type|kind|name|count|length|len|size|limit|ttl|expir[a-z]*|expires[_-]?(?:in|at)"
    r"|policy|field|header|hint|version|status|state|valid[a-z]*|manager|provider|service|class|helper|store|index|position|ref)(?![a-z])"
)
# Values that give nothing away: a mark, words, a number with its unit, a version, a date, a path, an address without a query, a variable.
_TELLING = re.compile(
    r"(?i)\[redacted\]?|\*+|<[^>]*>|\$\{?\w+\}?|\$\{\{.*|%\w+%|\{\{.*|=.*"
    r"|[a-z]+(?:[ _.-][a-z]+)*[.!?]?"
    r"|[\d.]+\s?[a-z%]{0,8}|[\^~<>=v]{0,2}\d+(?:\.[\dx*]+){1,3}(?:[-+][a-z0-9.]{1,20})?|\d{4}-\d\d-\d\d(?:[ t][\d:.z+-]*)?"
    r"|(?:\.{0,2}/|[a-z]:\\)[\w./\\-]*|https?://[\w.:/-]*"
    r"|[a-z_][\w.]*[(\[{].*"
)
_SENTENCE = re.compile(r"[\w.,:'/-]+(?: [\w.,:'/()-]+){2,}[.!?]?")
_NOTHING = re.compile(
    r"(?i)(?:none|null|undefined|true|false|required|invalid|missing|expired|string|str|redacted|unset|empty|default|example|changeme)"
)
_CODE = re.compile(
    r"(?i)(?:self|this|cls|os|env|settings|config|cfg|conf|process|args|kwargs|params|options|opts|user|request|req|data|ctx|context|fixture"
    r"|secrets|vars)\.[a-z_.]+"
    r"|[a-z_.]*(?:pass|pwd|secret|token|env|config|settings|expected|actual|getpass)[a-z]*[_.][a-z_.]+|[a-z_.]+[_.](?:password|passwd|pwd|secret|token|pass)"
    r"|[a-z_][\w.]*[(\[].*|(?:\.{0,2}/|[a-z]:\\)[\w./\\-]*|\$\{?\w+\}?|\$\{\{.*|\*+|\[redacted\]?|<.*"
)
_TURNS = re.compile(r"[a-z][A-Z]")
_NAMED_STRONG = {"passwd", "password", "passphrase", "pwd"}


def redact(text: str) -> str:
    """Return the text with every secret that can be recognised replaced by `[redacted]`."""
    before, found = text, _redact_once(text)
    # What is taken out may lay bare the edge of another secret that ran into it.
    for _ in range(ROUNDS):
        if found == before:
            break
        before, found = found, _redact_once(found)
    return found


def _redact_once(text: str) -> str:
    for sign, shapes in _SHAPES:
        if sign in text:
            for hint, pattern in shapes:
                if hint in text:
                    text = pattern.sub(MARK, text)
    if "PRIVATE KEY" in text:
        text = _redact_keys(text)
    if "://" in text and "@" in text:
        text = _IN_ADDRESS.sub(rf"\1{MARK}\3", text)
    lower = text.lower()
    if "bearer" in lower or "basic" in lower or "negotiate" in lower:
        text = _HEADER.sub(_redact_header, text)
        lower = text.lower()
    if "=" in text or ":" in text:
        if len(lower) != len(text):  # some letters change their length with their case
            lower = "".join(char.lower() if char.isascii() else char for char in text)
        text = _redact_pairs(text, lower)
    return text


def _redact_header(match: re.Match[str]) -> str:
    """Words after «basic» are prose unless they decode to `user:password`; after the others, unless they are mere words."""
    value = match[3]
    if match[2].lower() != "basic":
        return match[0] if _WORD.fullmatch(value) else match[1] + MARK
    try:
        decoded = base64.b64decode(value.rstrip("=.") + "=" * (-len(value.rstrip("=.")) % 4), validate=True)
    except (binascii.Error, ValueError):
        return match[0]
    return match[1] + MARK if b":" in decoded and not _WORD.fullmatch(value) else match[0]


def _redact_pairs(text: str, lower: str) -> str:
    """Take out the values of `name: value` pairs whose name speaks of a secret."""
    spans: list[tuple[int, int]] = []
    for name, pattern in _PAIRS:
        if name in lower:
            spans += _secrets(text, lower, name, pattern)
    if not spans:
        return text
    parts = []
    position = 0
    for start, end in sorted(spans):
        if start >= position:
            parts += [text[position:start], MARK]
            position = end
    return "".join(parts) + text[position:]


def _secrets(text: str, lower: str, name: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Places of the secrets behind one name; behind a value that is none the search goes on inside of it."""
    match = pattern.search(lower)
    while match:
        start, end = match.span(2)
        secret = _is_secret(name, match[1], text[start:end])
        if secret:
            yield start, end
        match = pattern.search(lower, end if secret else start)


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
    if value[0] == "=" or _ABOUT.match(between):
        return False
    value = value.strip("\"'`")
    if name in _NAMED_STRONG and between.rstrip().endswith("="):
        return not _NOTHING.fullmatch(value) and not _CODE.fullmatch(value)
    if _SENTENCE.fullmatch(value):
        return False
    return not _TELLING.fullmatch(value) or 5 * len(_TURNS.findall(value)) > len(value) > 15
