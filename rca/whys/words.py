"""Words of an answer: what two texts share, and the small words by which a language is told.

All lists of the rules are English. A text in another language is told apart by its small words, and then only what needs no
list is judged.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rca.causes.tfidf import words


def listed(text: str) -> frozenset[str]:
    """A list of words as a set."""
    return frozenset(text.split())


# Small words of English, and of languages that rules must not misread: in German `also` is «so», in French `plus` is «more».
_ENGLISH = listed(
    "the a an in of to is are was were be been it its this that these those and or but not no does do did has have had with from for"
    " by at on as because when while which who what so than then there they we he she you our their can could will would should"
    " may might into if only every each all any after before"
)
_OTHERS = listed(
    "der die das den dem des ein eine einen einem einer und oder nicht kein keine ist sind wird werden wurde wurden hat haben mit"
    " von zu zum zur auf für im auch weil dass wenn beim durch nach über het een niet geen zijn wordt werd omdat voor naar door op"
    " le la les un une du et ou ne pas est sont était ont dans pour par sur avec que qui aucun aucune el los las una y o es son"
    " fue era por para con como del al se su não nao é um uma os foi não em no na il lo gli di che non è sono della nel per och"
    " inte är att det som og ikke er av jest nie że się przez ve bir için değil"
)
# Words that English shares with one of them say nothing.
_SHARED = listed("no in a is was so an on at as we me had have over per van")
_ONLY_ENGLISH = _ENGLISH - _OTHERS - _SHARED
_ONLY_OTHERS = _OTHERS - _ENGLISH - _SHARED
_SMALL = _ENGLISH | _OTHERS | {"why", "how", "did", "t", "s", "re", "ve", "there", "here", "also", "plus", "just", "very", "therefore"}

# Scripts that put no spaces between words: each two neighbours count as a term.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_WORD = re.compile(r"[^\W\d_]+")

_QUOTES = (
    re.compile(r"```.*?(?:```|\Z)", re.DOTALL),
    re.compile(r"(?m)^[ \t]{0,3}>.*$"),
    re.compile(r"``(?!`).{0,2000}?``|`[^`\n]{1,2000}`"),
    re.compile(r"\"[^\"\n]{1,2000}\"|“[^“”\n]{1,2000}”|«[^«»\n]{1,2000}»|„[^„“”\n]{1,2000}[“”]|「[^「」\n]{1,2000}」"),
    re.compile(r"(?<!\w)'[^'\n]{1,2000}'(?!\w)|‘[^‘’\n]{1,2000}’(?!\w)"),
)


# A word that is code by its looks: a call, a dotted or snaked name, a path, an assignment.
_TOKEN = re.compile(r"\S+")
_CODE = re.compile(r"\w\(|\(\)|\w_\w|\w\.\w{2,}|\w/\w|::|->|==")
LOOKED_AT = 20_000


def without_quotes(text: str) -> str:
    """The text with what is quoted or code taken out: those words are not the author's."""
    text = text[:LOOKED_AT]
    for pattern in _QUOTES:
        text = pattern.sub(" … ", text)
    return _TOKEN.sub(lambda match: "…" if _CODE.search(match[0]) else match[0], text)


def is_english(text: str) -> bool:
    """Whether a text may be judged by lists of English words: no other language's small words outweigh the English ones."""
    found = [word.lower() for word in _WORD.findall(text[:4_000])]
    if any(not word.isascii() and not word[0].isascii() for word in found) and not any(word in _ONLY_ENGLISH for word in found):
        return False
    return sum(word in _ONLY_ENGLISH for word in found) >= sum(word in _ONLY_OTHERS for word in found)


@lru_cache(maxsize=4_096)
def terms(text: str) -> frozenset[str]:
    """What a text speaks of: its words as `rca.causes.tfidf.words` finds them, small words left out, endings cut.

    Cutting is light and knows no language: English endings are taken off, then six letters count (`negotiation` and
    `negotiated` agree, `protocols` and `protocol` too).
    """
    found = set()
    for word in words(text):
        spread = _UNSPACED.search(word)
        if spread:
            found |= {word[at : at + 2] for at in range(max(1, len(word) - 1))}
        elif word not in _SMALL:
            found.add(stem(word))
    return frozenset(found)


def stem(word: str) -> str:
    """A word without its ending."""
    if word.isascii() and word.isalpha() and len(word) > 3:
        if word.endswith(("ies", "ied")):
            return word[:-2][:6]
        for ending in ("ing", "edly", "ed", "es", "ly", "s"):
            if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
                word = word[: -len(ending)]
                break
    return word[:6]
