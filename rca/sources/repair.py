"""Make a stream of bytes fit for the XML parser: decode it, take out what XML forbids, count what was done.

Used when the parser refused the bytes as they are, or when they can be read only once. Terminals' escape sequences and
control characters, raw or written as `&#x1b;`, are the usual cause; a wrongly declared encoding is the next one.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from rca.text.clean import ANSI

_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_VERSION_11 = re.compile(r"^(\s*<\?xml\s+version\s*=\s*[\"'])1\.1")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TAIL = re.compile(r"(?:&[#\w]{0,11}|\x1b[^\x1b]{0,300})\Z")
_START = re.compile(r"<(?:\?xml|!DOCTYPE|!--|(?:[\w.-]+:)?testsuites?\b)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(slots=True)
class Repairs:
    """What had to be done to the text."""

    encoding: str = "utf-8"
    control_characters: int = 0
    wrong_bytes: int = 0
    unknown_encoding: str = ""
    before_start: int = 0


class Repairer:
    """Turns chunks of a report, in whatever encoding, into UTF-8 that an XML parser takes."""

    def __init__(self) -> None:
        self.repairs = Repairs()
        self._decoder: codecs.IncrementalDecoder | None = None
        self._head = b""
        self._held = ""
        self._started = False

    def feed(self, data: bytes, *, final: bool = False) -> bytes:
        """Take the next bytes; return those that are ready for the parser."""
        if self._decoder is None:
            self._head += data
            if len(self._head) < 1024 and not final:
                return b""
            data, self._head = self._head, b""
            self._decoder = self._make_decoder(data)
        text = self._held + self._decoder.decode(data, final)
        self._held = ""
        if not self._started:
            text = self._skip_to_start(text, final=final)
        if not final:
            tail = _TAIL.search(text, max(0, len(text) - 320))
            if tail:
                text, self._held = text[: tail.start()], tail[0]
        return self._mend(text).encode("utf-8", "replace")

    def _make_decoder(self, head: bytes) -> codecs.IncrementalDecoder:
        name = sniff_encoding(head)
        try:
            decoder = codecs.getincrementaldecoder(name)(_remember_wrong(self.repairs))
            decoder.decode(b"", False)
        except (LookupError, TypeError):
            self.repairs.unknown_encoding = name
            name = "utf-8"
            decoder = codecs.getincrementaldecoder(name)(_remember_wrong(self.repairs))
        self.repairs.encoding = name
        return decoder

    def _skip_to_start(self, text: str, *, final: bool) -> str:
        """Leave out what stands before the document, such as lines of a log that ran into the same file."""
        match = _START.search(text)
        if match is None:
            if not final and len(text) < 1_000_000:
                self._held = text
                return ""
            self._started = True
            return text
        self._started = True
        before = text[: match.start()]
        if before.strip("\ufeff \t\r\n"):
            self.repairs.before_start = len(before)
        return _VERSION_11.sub(r"\g<1>1.0", text[match.start() :])

    def _mend(self, text: str) -> str:
        if "&#" in text:
            text = _REFERENCE.sub(_legal_reference, text)
        if "\x1b" in text:
            text, count = ANSI.subn("", text)
            self.repairs.control_characters += count
        text, count = _ILLEGAL.subn("", text)
        self.repairs.control_characters += count
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
    return "utf-8" if name.startswith(("utf-16", "utf-32", "ucs")) else name


def _legal_reference(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    if number in {9, 10, 13} or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000:
        return match[0]
    return chr(number) if number < 32 else "\ufffe"


def _remember_wrong(repairs: Repairs) -> str:
    """Register a handler that reads wrong bytes as Windows-1252 and counts them; return its name."""
    name = "rca-windows-1252"

    def handler(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        wrong = error.object[error.start : error.end]
        repairs.wrong_bytes += len(wrong)
        return wrong.decode("cp1252", "replace"), error.end

    codecs.register_error(name, handler)
    return name
