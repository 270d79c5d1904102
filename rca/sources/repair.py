"""Make a stream of bytes fit for the XML parser: decode it, take out what XML forbids, count what was done.

Used when the parser refused the bytes as they are, or when they can be read only once. Terminals' escape sequences and
control characters, raw or written as `&#x1b;`, are the usual cause; then come output that nobody escaped and a wrongly
declared encoding. A document that is well-formed comes out with the same content.
"""

from __future__ import annotations

import codecs
import re
import threading
from dataclasses import dataclass

_HEAD = 1_024
_LONGEST_HEAD = 1_000_000
_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_START = re.compile(rb"<(?:\?xml\b|!DOCTYPE|!--|(?:[\w.-]+:)?testsuites?\b|testrun\b)")
_VERSION_11 = re.compile(r"\A(\s*<\?xml\s+version\s*=\s*[\"'])1\.1")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Terminal sequences as in rca.text.clean, but without any character that XML needs for itself.
_TERMINAL = re.compile(r"\x1b(?:\[[0-;=?]{0,64}[ !#$%()*+,./-]{0,8}[@-~]|\][^\x07\x1b<>&\"']{0,256}(?:\x07|\x1b\\)|[@-Z\\-_])")
# What stands for itself outside of CDATA though XML reserves it: the end of CDATA, a `&` of no reference, a `<` of no tag.
_BARE = re.compile(r"\]\]>|&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,10}|#x[0-9A-Fa-f]{1,8});)|<(?![A-Za-z_:/!?\x80-\U0010ffff])")
_ESCAPED = {"]]>": "]]&gt;", "&": "&amp;", "<": "&lt;"}
_CDATA, _CDATA_END, _CDATA_INSIDE = "<![CDATA[", "]]>", "]]]]><![CDATA[>"
# What follows an end of CDATA: a tag, or one more end, which would be illegal there: then the first one belongs to the text.
_FOLLOWS = re.compile(r"[^<\]]{0,4096}(?:\](?!\]>)[^<\]]{0,4096}){0,64}(?:<|\]\]>)")
# The end of a chunk that may be the beginning of something longer.
_TAIL = re.compile(r"(?:&[#\w]{0,11}|\x1b[^\x1b]{0,300}|\]{1,2}|<(?:!(?:\[[CDAT]{0,5}\[?)?)?)\Z")
_LONGEST_TAIL = 320
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Python calls these encodings too, but they would turn a text into another one.
_NO_ENCODINGS = frozenset("unicode-escape raw-unicode-escape idna punycode undefined utf-7 mbcs oem".split())  # noqa: SIM905


@dataclass(slots=True)
class Repairs:
    """What had to be done to the text."""

    encoding: str = "utf-8"
    control_characters: int = 0
    wrong_bytes: int = 0
    unknown_encoding: str = ""
    before_start: int = 0
    unescaped: int = 0


class Repairer:
    """Turns chunks of a report, in whatever encoding, into UTF-8 that an XML parser takes."""

    def __init__(self) -> None:
        self.repairs = Repairs()
        self._decoder: codecs.IncrementalDecoder | None = None
        self._head = b""
        self._held = ""
        self._begun = False
        self._in_cdata = False

    def feed(self, data: bytes, *, final: bool = False) -> bytes:
        """Take the next bytes; return those that are ready for the parser."""
        if self._decoder is None:
            self._head += data
            start = self._find_start(final=final)
            if start is None:
                return b""
            data, self._head = self._head[start:], b""
            self._decoder = self._make_decoder(data)
        _counting.repairs = self.repairs
        text = self._held + self._decoder.decode(data, final)
        self._held = ""
        if not self._begun:
            self._begun = bool(text)
            text = _VERSION_11.sub(r"\g<1>1.0", text)
        if not final:
            tail = _TAIL.search(text, max(0, len(text) - _LONGEST_TAIL))
            if tail:
                text, self._held = text[: tail.start()], tail[0]
        return self._mend(text, final=final).encode("utf-8", "replace")

    def _find_start(self, *, final: bool) -> int | None:
        """Find where the document begins behind what else ran into the file: log lines, a binary stream. None: too early to say."""
        head = self._head
        if len(head) < _HEAD and not final:
            return None
        if sniff_encoding(head).startswith("utf-16") or head.startswith(tuple(mark for mark, _ in _BOMS)):
            return 0
        match = _START.search(head)
        if match is None:
            return 0 if final or len(head) >= _LONGEST_HEAD else None
        if head[: match.start()].strip():
            self.repairs.before_start = match.start()
        return match.start()

    def _make_decoder(self, head: bytes) -> codecs.IncrementalDecoder:
        name = sniff_encoding(head)
        if not _is_encoding(name):
            self.repairs.unknown_encoding = name
            name = "utf-8"
        self.repairs.encoding = name
        return codecs.getincrementaldecoder(name)(_HANDLER)

    def _mend(self, text: str, *, final: bool) -> str:
        if "&#" in text:
            text = _REFERENCE.sub(_legal_reference, text)
        if "\x1b" in text:
            text, count = _TERMINAL.subn("", text)
            self.repairs.control_characters += count
        text, count = _ILLEGAL.subn("", text)
        self.repairs.control_characters += count
        if not self._in_cdata and _CDATA not in text:
            return self._escape_bare(text)
        return self._escape(text, final=final)

    def _escape(self, text: str, *, final: bool) -> str:
        """Escape what stands bare outside of CDATA, and an end of CDATA that its text holds."""
        parts = []
        at = 0
        while at < len(text):
            mark = _CDATA_END if self._in_cdata else _CDATA
            end = text.find(mark, at)
            part = text[at:] if end < 0 else text[at:end]
            parts.append(part if self._in_cdata else self._escape_bare(part))
            if end < 0:
                break
            at = end + len(mark)
            if self._in_cdata:
                follows = _FOLLOWS.match(text, at)
                if follows is None and len(text) - at < _LONGEST_TAIL and not final:
                    self._held = text[end:] + self._held
                    break
                if follows and follows[0].endswith(mark):
                    self.repairs.unescaped += 1
                    parts.append(_CDATA_INSIDE)
                    continue
            parts.append(mark)
            self._in_cdata = not self._in_cdata
        return "".join(parts)

    def _escape_bare(self, text: str) -> str:
        text, count = _BARE.subn(lambda match: _ESCAPED[match[0]], text)
        self.repairs.unescaped += count
        return text


def sniff_encoding(head: bytes) -> str:
    """Tell the encoding from the byte order mark, the first bytes or the declaration (XML 1.0, appendix F)."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if head.startswith(b"<\x00"):
        return "utf-16-le"
    if head.startswith(b"\x00<"):
        return "utf-16-be"
    match = _DECLARATION.match(head)
    name = match[1].decode("ascii").lower() if match else "utf-8"
    # A declaration that could be read byte by byte is not UTF-16, whatever it says.
    return "utf-8" if name.startswith(("utf-16", "utf-32", "utf16", "utf32", "ucs", "iso-10646")) else name


def _is_encoding(name: str) -> bool:
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return info.name.replace("_", "-") not in _NO_ENCODINGS and info._is_text_encoding and info.incrementaldecoder is not None  # noqa: SLF001


def _legal_reference(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    if number in {9, 10, 13} or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000:
        return match[0]
    return chr(number) if number < 32 else "\ufffe"


class _Counting(threading.local):
    """The repairs of the reader that decodes just now: a handler of wrong bytes is told nothing else."""

    repairs = Repairs()


def _read_wrong_bytes(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are wrong in the encoding as Windows-1252, and count them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    _counting.repairs.wrong_bytes += len(wrong)
    return wrong.decode("cp1252", "replace"), error.end


_HANDLER = "rca-windows-1252"
_counting = _Counting()
codecs.register_error(_HANDLER, _read_wrong_bytes)
