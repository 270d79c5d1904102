"""Describe a failure by what it has in common with others: type, message, frames of own code; and give it its keys.

The rule has a version, which stands before every key. A change that gives equal failures other keys needs a new one.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from rca.failures.chain import chain
from rca.failures.generic import Says, is_assertion, what_it_says
from rca.failures.message import HEAD, TAIL, kind_and_message, worst_failure
from rca.model import Case, Confidence, Keys
from rca.text.clean import clean
from rca.text.frames import NO_RULES, FrameRules, frames_of, is_test
from rca.text.normalise import normalise
from rca.text.redact import redact

VERSION = "v1"
KEPT_FRAMES = 8

_FRAME_ONLY = re.compile(r"at \S{1,500}\)?$")
_FILE_NAMED = re.compile(r"\((?:/|[A-Z]:\\)[^\s()]{1,300}\.\w{1,5}\)")

# What producers put behind the name of a test that runs with several values, and the project that Playwright puts before it.
_PARAMETERS = re.compile(r"(?:\s*(?:\[[^\]]*\]|\([^)]*\)|#\d+)| with data set .*)+$|(?<=\w)(?:/\d+|:\d+)$|^\[[^\]]{1,40}\] (?=\S)")
# A place that stands before a message: it is among the frames, and its line changes.
PLACE_FIRST = re.compile(r"\s{0,40}[\w./\\~@+$-]{1,300}\.[A-Za-z]{1,6}(?::\d{1,7}(?::\d{1,7})?|\(\d{1,7}\)):\s+")


@dataclass(slots=True)
class Description:
    """What is known of a failure, without what changes from run to run; failures that are equal in it share one.

    type, message: of the innermost cause; `message` is that of the first failure so described, secrets taken out.
    normal: the message with its changing parts taken out. frames: of own code, the one nearest to the failure first, at most 8.
    says: `nothing` when the message could stand for any failure; `a value` for an assertion of a test, which compares;
    else `what`. test: the name of the test, only where neither message nor frames tell one failure from another. cause: the
    fingerprint. wrapped: other exceptions stand around the one that is described.
    """

    type: str
    message: str
    normal: str
    frames: tuple[str, ...] = ()
    says: Says = "what"
    test: str = ""
    cause: str = ""
    wrapped: bool = False

    def place(self, helpers: AbstractSet[str] = frozenset()) -> str:
        """The frame that counts: the nearest one outside of tests; in a test only where the message alone does not tell.

        helpers: frames that are seen under many causes, and so tell nothing of a message that says nothing.
        """
        frames = self.frames
        if self.says == "nothing":
            frames = tuple(frame for frame in frames if frame not in helpers and not is_helper(frame))
        own = next((frame for frame in frames if not in_test(frame)), "")
        if own and (":" in own or self.says == "what"):
            return own
        if self.says == "what":
            return ""
        return next((frame for frame in frames if ":" in frame), own or next(iter(frames), ""))

    def cause_text(self, helpers: AbstractSet[str] = frozenset()) -> str:
        """Type, message and place, before they are hashed."""
        return f"{self.type}\n{self.normal}\n{self.place(helpers)}\n{self.test}"

    def keys(self) -> Keys:
        """All four keys."""
        said = f"{self.type}\n{self.normal}"
        top = "\n".join(self.frames[:2])
        return Keys(
            exact=fingerprint(f"{said}\n{top}\n{self.test}"),
            cause=self.cause,
            message=fingerprint(said),
            stack=fingerprint("\n".join(self.frames)) if self.frames else "",
        )

    def confidence(self) -> Confidence:
        """How sure it is that failures described so share one cause."""
        if self.test:
            return "low"
        return "high" if self.says != "nothing" and self.place() else "medium"


def describe(case: Case, rules: FrameRules = NO_RULES) -> Description:
    """Describe the failure that decides a case."""
    failure = worst_failure(case)
    if failure is None:
        return _description("", "", "", (), case)
    text = failure.text
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    causes = chain(clean(text))
    kind, message = kind_and_message(failure, causes)
    if message not in failure.message:
        message = redact(message)
    place = PLACE_FIRST.match(message)
    said = message[place.end() :] if place and place.end() < len(message) else message
    normal = "" if _FRAME_ONLY.match(said) else normalise(said)
    frames = _own_frames(causes.parts, rules) or _own_frames([message], rules)
    description = _description(kind, message, normal, frames, case)
    description.wrapped = len(causes.parts) > 1
    return description


def _description(kind: str, message: str, normal: str, frames: tuple[str, ...], case: Case) -> Description:
    says, cause = _judged(kind, normal, frames)
    description = Description(kind, message, normal, frames, says, cause=cause)
    if not cause:
        description.test = test_name(case)
        description.cause = fingerprint(description.cause_text())
    return description


@lru_cache(maxsize=16_384)
def _judged(kind: str, normal: str, frames: tuple[str, ...]) -> tuple[Says, str]:
    """What a failure says, and its fingerprint; none where only the name of the test tells it from others."""
    description = Description(kind, "", normal, frames, what_it_says(kind, normal))
    if description.says == "nothing" and not _is_placed(description):
        return description.says, ""
    return description.says, fingerprint(description.cause_text())


def _is_placed(description: Description) -> bool:
    """Whether something tells where it happened: a function, a file that is no test's, a file that the message names itself."""
    place = description.place()
    if ":" in place:
        return True
    if place and not in_test(place) and any(in_test(frame) for frame in description.frames):
        return True  # a stack without functions, as PHP prints it
    if is_assertion(description.type, description.normal):
        return False
    return bool(place and not in_test(place)) or _FILE_NAMED.search(description.normal) is not None


def _own_frames(parts: list[str], rules: FrameRules) -> tuple[str, ...]:
    """Frames of own code through all causes, the innermost first; Python gives the nearest frame last."""
    found: dict[str, None] = {}
    for part in parts:
        frames = frames_of(part, rules)
        if frames and frames[-1].path.endswith(".py"):
            frames.reverse()
        found.update(dict.fromkeys([frame.name for frame in frames if frame.own]))
        if len(found) >= KEPT_FRAMES:
            break
    # A bare place says no more than a function in the same file: Rust gives the place of a panic before the frames.
    files = {name.partition(":")[0] for name in found if ":" in name}
    return tuple(name for name in found if name not in files)[:KEPT_FRAMES]


@lru_cache(maxsize=16_384)
def in_test(frame: str) -> bool:
    """Whether a frame, written as `path:function`, is in the code of a test."""
    path, _, function = frame.partition(":")
    return is_test(path, function)


# Functions that wait or compare for others: what failed stands in the one that called them.
_HELPER = re.compile(
    r"(?:^|[.:#])(?:(?:wait|poll|retry|eventually|assert|expect|verify|check|require|must|should|ensure|until)(?:_?(?:for|until|that|is|equals?|true|ok|no|err|error))*"
    r"(?:[A-Z_]\w*)?|[A-Z]\w*(?:Eventually|WaitFor\w*|Assert\w*))$"
)


_HELPER_PATH = re.compile(r"(?:^|[/_.])(?:helpers?|support|testutils?|test_?helpers?|testing|fixtures?)(?:[/_.]|$)", re.IGNORECASE)


@lru_cache(maxsize=16_384)
def is_helper(frame: str) -> bool:
    """Whether a frame is one that waits or compares for others, by the names of its function and its folder."""
    path, _, function = frame.partition(":")
    return bool((function and _HELPER.search(function)) or _HELPER_PATH.search(path))


def test_name(case: Case) -> str:
    """Class and name of a test without its parameters, which repeat one cause."""
    name = _PARAMETERS.sub("", case.name) or case.name
    return normalise(f"{case.classname or case.suite}::{name}")


def fingerprint(text: str) -> str:
    """Version of the rule and a hash of 16 digits."""
    return f"{VERSION}:{blake2b(text.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"
