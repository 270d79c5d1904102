"""Rule 12: causes are conditions and not people. Its lists are English."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rca.model import Investigation, Worklog
from rca.whys.ground import Ground
from rca.whys.rules.table import RULES, Finding, Severity
from rca.whys.rules.tree import Tree
from rca.whys.words import is_english, listed, without_quotes

# Says that a person is the cause.
_BLAME = re.compile(
    r"(?i)\b(?:(?:human|user|operator|pilot|manual|personal)[- ](?:error|mistake|failure)|forgot(?:ten)?|forgetful\w*|careless\w*|sloppy"
    r"|sloppiness|lazy|laziness|negligen\w+|inattenti\w+|incompeten\w+|stupid\w*|idiot\w*|was(?:n['’]t| not) (?:paying attention|careful)"
    r"|(?:did(?:n['’]t| not)|without) pay(?:ing)? attention|(?:not|more) careful|(?:his|her|their) (?:fault|mistake)"
    r"|(?:the )?(?:developer|engineer|reviewer|tester|author|intern|operator|admin)(?:['’]s)? (?:fault|mistake|error))\b"
)
# A thing that forgets is no person: a cache, a client.
_THING_FORGETS = re.compile(
    r"(?i)\b(?:the|a|an|its) (?:\w+ )?(?:cache|client|server|service|process|session|store|browser|driver|system|connection)\s+forgot\b"
)
# Tells of what did not happen instead of what did.
_COUNTERFACTUAL = re.compile(
    r"(?i)\b(?:should(?:n['’]t| not)? (?:have|be)|should['’]ve|could have|could['’]ve|would have|ought to have|neglected to"
    r"|failed to|did(?:n['’]t| not))\b(?: (\w+))?"
)
# Machines fail to do these, which is an observation and no judgement.
_OF_MACHINES = listed(
    "connect start boot open load resolve parse respond reply answer bind listen allocate compile build render return complete"
    " finish reach receive send accept offer authenticate authorise authorize initialise initialize close exit match exist"
    " terminate time decode encode acquire release lock commit download upload fetch find get contain include have fail pass"
    " appear arrive apply register subscribe publish propagate expire recover restart"
)
_NAME = re.compile(r"@?\b[A-Z][^\W\d_]{2,}\b|@[\w-]{2,}")


def people(investigation: Investigation, worklog: Worklog, ground: Ground) -> Iterator[Finding]:
    """Rule 12."""
    del worklog
    tree = Tree(investigation)
    known = ground.people | {
        part.lower() for why in investigation.whys for part in re.findall(r"[^\W\d_]{3,}", why.author.partition("@")[0])
    }
    cause = investigation.root_cause
    texts = [(f"why:{why.id}", "answer", why.answer, tree.is_leaf(why)) for why in tree.live() if why.status != "unknown"]
    texts += [("root_cause", "statement", cause.statement, True)] if cause else []
    for where, field, text, end in texts:
        yield from _in_text(without_quotes(text), where, field, known, end=end)


def _in_text(plain: str, where: str, field: str, known: frozenset[str] | set[str], *, end: bool) -> Iterator[Finding]:
    severity: Severity = "error" if end else "warning"
    place = "an end of a chain" if end else "this answer"
    english = is_english(plain)
    blame = _BLAME.search(_THING_FORGETS.sub(" ", plain)) if english else None
    name = next((m[0] for m in _NAME.finditer(plain) if m[0].lstrip("@").lower() in known), "")
    if blame or name:
        message = f"“{(blame[0] if blame else name).strip()}” in {place} blames a person"
        yield Finding(12, severity, where, field, message, RULES[12].hint)
    for match in _COUNTERFACTUAL.finditer(plain) if english else ():
        machine = match[0].lower().startswith(("failed to", "did")) and (match[1] or "").lower() in _OF_MACHINES
        if not machine:
            message = f"“{match[0].strip()}” tells of what did not happen"
            yield Finding(12, "warning", where, field, message, f"say what did happen; {RULES[12].hint}")
            return
