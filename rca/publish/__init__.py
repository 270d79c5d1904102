"""From a worklog to GitHub: what is there is read, what has to change is worked out as a value, and that is carried out.

    target = find_target(repository, event, pull=12)         which pull request, which commit
    outcome = publish_comment(repository, 12, wanted, me)    the one comment on it
    outcome = publish_check(repository, head, name, check)   the check run on the commit
    steps = plan(desk, clusters, named=True)                 what is to be done about issues; carry_out(desk, step) does it
    done, body = append_summary(path, render)                the job summary

Each of these works on a `Rehearsal` too, which is what a dry run is. What to write comes from `rca.document.publish`.
"""

from __future__ import annotations
