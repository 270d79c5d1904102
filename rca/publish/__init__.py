"""From a worklog to GitHub: what is there is read, what has to change is worked out as a value, and that is carried out.

    target = find_target(repository, event, Asked(...))      which pull request, which commit
    outcome = publish_comment(repository, 12, wanted, ...)   the one comment on it

Each of these works on a `Rehearsal` too, which is what a dry run is. What to write comes from `rca.document.publish`.
"""

from __future__ import annotations
