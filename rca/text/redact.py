"""Take secrets out of text before it is stored, printed or sent.

The shapes are those that the issuers document (GitHub, GitLab, AWS, Azure, Google, Slack, Stripe, npm, PyPI, …),
JSON Web Tokens, private key blocks, credentials in addresses, authorisation headers, and `name: value` pairs whose name
speaks of a secret. Each pattern runs only when the literal text that it begins with is there: nearly all text holds none.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, cast

MARK = "[redacted]"
ROUNDS = 8


class _Later:
    """A pattern that is compiled when a text first needs it: all of them together take longer than a short command may."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = getattr(re.compile(self._pattern), name)
        return found


def _later(pattern: str) -> re.Pattern[str]:
    return cast("re.Pattern[str]", _Later(pattern))


# A character, and the patterns of secrets that hold it; before each pattern the literals of which one must be in the text.
_DOCUMENTED: tuple[tuple[str, tuple[tuple[tuple[str, ...], str], ...]], ...] = (
    (
        "_",
        (
            (("gh",), r"gh[opsur]_[A-Za-z0-9]{20,255}"),
            (("github_pat_",), r"github_pat_[A-Za-z0-9_]{20,255}"),
            (("k_live_", "k_test_"), r"(?<![A-Za-z0-9])[spr]k_(?:live|test)_[A-Za-z0-9]{10,255}"),
            (("whsec_",), r"whsec_[A-Za-z0-9+/=]{10,255}"),
            (("npm_",), r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,50}"),
            (("_v1_",), r"do[opr]_v1_[a-f0-9]{40,64}"),
            (("hf_",), r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{20,64}"),
            (("shp",), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
            (("dckr_pat_",), r"dckr_pat_[A-Za-z0-9_-]{20,64}"),
            (("rubygems_",), r"rubygems_[a-f0-9]{40,64}"),
            (("glsa_", "glc_"), r"gl(?:sa|c)_[A-Za-z0-9_=+/]{30,255}"),
            (("lin_api_",), r"lin_api_[A-Za-z0-9]{30,64}"),
            (("ntn_",), r"(?<![A-Za-z0-9])ntn_[A-Za-z0-9]{40,64}"),
            (("pscale_",), r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{30,64}"),
            (("sntry",), r"sntry[su]_[A-Za-z0-9_=+/]{40,255}"),
            (("sbp_", "sb_secret_"), r"sb(?:p|_secret)_[A-Za-z0-9_-]{20,64}"),
            (("figd_",), r"figd_[A-Za-z0-9_-]{20,64}"),
            (("gsk_", "nfp_", "CCIPAT_", "bkua_"), r"(?<![A-Za-z0-9])(?:gsk|nfp|CCIPAT|bkua)_[A-Za-z0-9_]{20,255}"),
            (("r8_",), r"(?<![A-Za-z0-9])r8_[A-Za-z0-9]{37}(?![A-Za-z0-9])"),
            (("secret_",), r"(?<![A-Za-z0-9])secret_[A-Za-z0-9]{43}(?![A-Za-z0-9])"),
        ),
    ),
    (
        "-",
        (
            (("gl",), r"gl(?:pat|dt|rt|cbt|ptt|soat|ft|agent)-[A-Za-z0-9_.-]{16,255}"),
            (("xox",), r"xox[abeoprs]-[A-Za-z0-9-]{10,255}"),
            (("xapp-",), r"xapp-[A-Za-z0-9-]{10,255}"),
            (("pypi-",), r"pypi-[A-Za-z0-9_-]{40,255}"),
            (("sk-",), r"(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]{0,60}\d)[A-Za-z0-9_-]{20,255}"),
            (("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_-]{20,64}"),
            (("PMAK-",), r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
            (("NRAK-",), r"NRAK-[A-Z0-9]{27}"),
            (("sq0",), r"sq0(?:atp|csp)-[A-Za-z0-9_-]{20,64}"),
            (("key-",), r"(?<![A-Za-z0-9])key-[a-f0-9]{32}\b"),
            (("-us",), r"(?<![A-Za-z0-9])[a-f0-9]{32}-us\d{1,2}\b"),
            (("xai-", "pplx-"), r"(?<![A-Za-z0-9])(?:xai|pplx)-[A-Za-z0-9]{40,255}"),
            (("AGE-SECRET-KEY-1",), r"AGE-SECRET-KEY-1[A-Z0-9]{40,80}"),
        ),
    ),
    (
        ".",
        (
            (("ya29.",), r"ya29\.[A-Za-z0-9_-]{20,255}"),
            (("hooks.slack.com",), r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,100}"),
            (("/api/webhooks/",), r"(?<![A-Za-z0-9])(?:discord|discordapp)\.com/api/webhooks/\d{10,25}/[A-Za-z0-9_-]{30,100}"),
            (("webhook.office.com",), r"webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{30,300}"),
            ((".atlasv1.",), r"(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}"),
            (("SG.",), r"(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}"),
            (("hv",), r"(?<![A-Za-z0-9])hv[sbr]\.[A-Za-z0-9_-]{20,255}"),
            (("dp.",), r"(?<![A-Za-z0-9])dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{30,64}"),
            (("dt0c01.",), r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
            # Airtable. The first letters stand before the look behind, so that they are searched for as they are.
            (("pat",), r"pat(?<![A-Za-z0-9]pat)(?=[a-z0-9]{0,13}[A-Z])[A-Za-z0-9]{14}\.[a-f0-9]{64}(?![a-f0-9])"),
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
            # Tokens of sessions at AWS, a secret of an application at Azure, a refresh token of Google.
            (("IQoJb3JpZ2lu", "FwoGZXIvYXdz"), r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9/+=]{50,4096}"),
            (("Q~",), r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])"),
            (("1//0",), r"(?<![A-Za-z0-9])1//0[A-Za-z0-9_-]{30,255}"),
            (("dapi",), r"dapi[a-f0-9]{32}(?:-\d)?\b"),
            # A JSON Web Token, whole or its first part alone, also when that part was encoded once more.
            (("eyJ",), r"(?<![A-Za-z0-9])eyJ[A-Za-z0-9_-]{8,4096}(?:\.[A-Za-z0-9_-]{0,8192}){0,2}"),
            (("ZXlK",), r"(?<![A-Za-z0-9])ZXlK[A-Za-z0-9_-]{12,4096}={0,2}"),
        ),
    ),
)
_SHAPES = tuple(
    (sign, tuple((hint, _later(pattern)) for hints, pattern in shapes for hint in hints))
    for sign, shapes in _DOCUMENTED
)  # fmt: skip
_KEY_BEGIN = _later(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = _later(r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LENGTH = 16_384
_IN_ADDRESS = _later(r"(://[^/\s:@]{0,128}:)([^/\s\"'<>]{1,256})(@)")
# A token alone before the host; a name of somebody has no digits among twenty letters.
_ALONE_IN_ADDRESS = _later(r"(://)(?=[A-Za-z_-]{0,255}\d)[A-Za-z0-9_-]{20,256}(@)")
_HEADER = _later(r"(?i)\b((bearer|basic|negotiate)[ \t]{1,8})([A-Za-z0-9+/_.=~-]{12,8192})")
# A secret that a line was wrapped in, or that characters which nobody sees part, raw or as `rca.text.clean` shows them.
_UNSEEN = "\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
_LETTER = r"[A-Za-z0-9_.~+/=-]"
_GAP = rf"(?:\r?\n[ \t]{{0,80}}(?:[E>|\u2502][ \t]{{1,8}})?|<U\+[0-9A-F]{{4,6}}>|[{_UNSEEN}])"
# Where a line may have been wrapped in a secret: the next one goes on with digits. Begins with what is rare, and looks back from there.
_WRAPPED = _later(rf"\n(?:(?<={_LETTER}{{4}}\n)|(?<={_LETTER}{{4}}\r\n))[ \t]{{0,80}}(?:[E>|\u2502][ \t]{{1,8}})?(?={_LETTER}{{0,80}}\d)")
_PARTED = _later(rf"(?<!{_LETTER}){_LETTER}{{2,4096}}+(?:{_GAP}{{1,4}}+{_LETTER}{{1,4096}}+){{1,40}}+")
_GAPS = _later(_GAP)
_IS_UNSEEN = _later(f"[{_UNSEEN}]")
# Values that stand apart from a name, in text in lower case as all patterns below: of a header, which may name a scheme and goes
# on in a list after Digest; of an option; behind the name of a user; in the address of a database.
_APART = tuple(
    (sign, _later(pattern))
    for sign, pattern in (
        (
            "authorization",
            r"authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:[\w-]{1,30}[ \t]{1,8})?((?<=digest )[^\n]{8,2048}|[^\s\"',;]{8,8192})",
        ),
        ("--", r"(?<![\w-])--[a-z-]{0,20}(?:password|passwd|token|secret|api-?key)\s{1,3}[\"']?([^\s\"'-][^\s\"']{5,511})"),
        ("-u ", r"(?<![\w-])-u [\"']?[^\s:\"']{1,100}:([^\s\"']{6,256})"),
        ("password ", r"\blogin\s{1,8}\S{1,100}\s{1,8}password\s{1,8}(\S{6,256})"),
        ("thin:", r"thin:[^/\s]{1,100}/([^@\s]{4,256})@"),
    )
)
_COOKIES = _later(r"cookie[\"']?\s{0,3}:\s{0,3}[\"']?([^\n\"']{6,4096})")
_COOKIE = _later(r"=([^;\s]{6,4096})")
_WORD = _later(r"(?:[a-z]+|[A-Z][a-z]+|[A-Z]+)(?:[-_./](?:[a-z]+|[A-Z][a-z]+|[A-Z]+))*[.]?")
# Names of secrets, under letters that they share: where these are missing, none of the names is looked for.
_NAMES = (
    ("pass", ("passwd", "password", "passphrase")),
    ("pwd", ("pwd",)),
    ("secret", ("secret(?!ar)",)),
    ("token", ("token(?!i[sz])",)),
    ("credential", ("credential",)),
    (
        "key",
        (
            *(
                "apikey",
                "api_key",
                "api-key",
                "api key",
                "accesskey",
                "access_key",
                "access-key",
                "access key",
                "privatekey",
                "private_key",
            ),
            *("private-key", "auth_key", "auth-key", "authkey", "accountkey", "account_key", "secret key"),
            *("encryption[_-]?key", "signing[_-]?key", "master[_-]?key"),
        ),
    ),
    ("sess", ("sessionid", "session_id", "session-id", "sessid")),
    ("connect.sid", ("connect[.]sid",)),
    ("cookie", ("cookie(?!cutter|-parser)",)),
    ("sig", ("sig(?==)", "signature(?==)")),
)
_VALUE = (
    r"([a-z0-9_-]{0,20}[\"']?\s{0,3}(?:=>|:=|=|:)\s{0,3})"
    r"(\"[^\"\n]{4,512}\"|'[^'\n]{4,512}'|[^\s\"'<>,;)\]}|]{6,512})"
)
# For text in lower case: a pattern that begins with plain letters is found many times faster than one that ignores case.
_PAIRS = tuple((stem, tuple((re.split(r"[(\[]", name)[0], _later(name + _VALUE)) for name in names)) for stem, names in _NAMES)
# What follows the name when the value tells of a secret and is none: `token_url`, `secretName`, `password_policy`.
_ABOUT = _later(
    r"s?[_-]?(?:ur[li]s?|endpoint|path|file|dir|folder|type|kind|name|count|length|len|size|limit|ttl|expir[a-z]*|expires[_-]?(?:in|at)"
    r"|policy|field|header|hint|version|status|state|valid[a-z]*|manager|provider|service|class|helper|store|index|position|ref)(?![a-z])"
)
# Values that give nothing away: a mark, words, a number with its unit, a version, a date, a path, an address without a query, a variable.
_TELLING = _later(
    r"(?i)\[redacted\]?|\*+|<[^>]*>|\$\{?\w+\}?|\$\{\{.*|%\w+%|\{\{.*|=.*"
    r"|[a-z]+(?:[ _.-][a-z]+)*[.!?]?"
    r"|[\d.]+\s?[a-z%]{0,8}|[\^~<>=v]{0,2}\d+(?:\.[\dx*]+){1,3}(?:[-+][a-z0-9.]{1,20})?|\d{4}-\d\d-\d\d(?:[ t][\d:.z+-]*)?"
    r"|(?:\.{0,2}/|[a-z]:\\)[\w./\\-]*|https?://[\w.:/-]*"
    r"|[a-z_][\w.]*[(\[{].*"
)
_SENTENCE = _later(r"[\w.,:'/-]+(?: [\w.,:'/()-]+){2,}[.!?]?")
_NOTHING = _later(
    r"(?i)(?:none|null|undefined|true|false|required|invalid|missing|expired|string|str|redacted|unset|empty|default|example|changeme)"
)
_CODE = _later(
    r"(?i)(?:self|this|cls|os|env|settings|config|cfg|conf|process|args|kwargs|params|options|opts|user|request|req|data|ctx|context|fixture"
    r"|secrets|vars)\.[a-z_.]+"
    r"|[a-z_.]*(?:pass|pwd|secret|token|env|config|settings|expected|actual|getpass)[a-z]*[_.][a-z_.]+|[a-z_.]+[_.](?:password|passwd|pwd|secret|token|pass)"
    r"|[a-z_][\w.]*[(\[].*|(?:\.{0,2}/|[a-z]:\\)[\w./\\-]*|\$\{?\w+\}?|\$\{\{.*|\*+|\[redacted\]?|<.*"
)
_TURNS = _later(r"[a-z][A-Z]")
_NAMED_STRONG = {"passwd", "password", "passphrase", "pwd"}


def redact(text: str) -> str:
    """Return the text with every secret that can be recognised replaced by `[redacted]`."""
    before, found = text, _redact_once(_rejoined(text))
    # What is taken out may lay bare the edge of another secret that ran into it.
    for _ in range(ROUNDS):
        if found == before:
            break
        before, found = found, _redact_once(_rejoined(found))
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
        text = _ALONE_IN_ADDRESS.sub(rf"\1{MARK}\2", _IN_ADDRESS.sub(rf"\1{MARK}\3", text))
    lower = text.lower()
    if "bearer" in lower or "basic" in lower or "negotiate" in lower:
        text = _HEADER.sub(_redact_header, text)
        lower = text.lower()
    if len(lower) != len(text):  # some letters change their length with their case
        lower = "".join(char.lower() if char.isascii() else char for char in text)
    spans = list(_stand_apart(text, lower))
    if "=" in text or ":" in text:
        spans += _pairs(text, lower)
    return _without(text, spans) if spans else text


def _rejoined(text: str) -> str:
    """A text without the secrets that a gap parts."""
    if "<U+" in text or _WRAPPED.search(text) or (not text.isascii() and _IS_UNSEEN.search(text)):
        return _without(text, list(_parted(text)))
    return text


def _parted(text: str) -> Iterator[tuple[int, int]]:
    """Places of secrets of a documented shape that go on behind a gap, with digits: a mere word there begins something else."""
    for run in _PARTED.finditer(text):
        places: list[int] = []
        start = run.start()
        for gap in _GAPS.finditer(text, *run.span()):
            places += range(start, gap.start())
            start = gap.end()
        places += range(start, run.end())
        joined = "".join(map(text.__getitem__, places))
        for sign, shapes in _SHAPES:
            for hint, pattern in shapes if sign in joined else ():
                for match in pattern.finditer(joined) if hint in joined else ():
                    first, last = places[match.start()], places[match.end() - 1]
                    crossed = _GAPS.search(text, first, last)
                    if crossed and any(map(str.isdigit, text[crossed.end() : last + 1])):
                        yield first, last + 1


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


def _stand_apart(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Places of secrets that stand apart from a name."""
    for sign, pattern in _APART:
        if sign in lower:
            for match in pattern.finditer(lower):
                if not _is_telling(text[match.start(1) : match.end(1)]):
                    yield match.span(1)


def _cookies(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Places of the values in headers with cookies, of which there may be many."""
    for header in _COOKIES.finditer(lower):
        for match in _COOKIE.finditer(lower, *header.span(1)):
            if not _is_telling(text[match.start(1) : match.end(1)]):
                yield match.span(1)


def _pairs(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Places of the values of `name: value` pairs whose name speaks of a secret."""
    for stem, names in _PAIRS:
        if stem in lower:
            if stem == "cookie":
                yield from _cookies(text, lower)
            for name, pattern in names:
                if name in lower:
                    yield from _secrets(text, lower, name, pattern)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """A text with a mark for what stands at some places."""
    parts = []
    position = 0
    for start, end in sorted(spans):
        if start >= position:
            parts += [text[position:start], MARK]
        position = max(position, end)
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
    return not _is_telling(value)


def _is_telling(value: str) -> bool:
    """Whether a value tells something and gives nothing away: words, numbers, places; letters that turn often are no words."""
    return bool(_TELLING.fullmatch(value)) and not 5 * len(_TURNS.findall(value)) > len(value) > 15
