"""The one door to GitHub.

    from rca.github import Repository, connect, once, settings_from
    from rca.github.comments import create_comment, list_comments
    from rca.github.issues import list_issues

    with connect(settings_from(os.environ), tell=say) as connection:
        repository = Repository(connection, "acme/shop")
        for issue in list_issues(repository, labels=["e2e"]): ...
        comment, new = once(find, lambda: create_comment(repository, 12, text))

Settings say where GitHub is and who asks (`settings_from`, token and address out of the environment). A `Connection` sends a
`Request` and returns an `Answer`; it paces, repeats what may be repeated, waits when GitHub asks for it, and raises nothing but the
errors of `rca.github.errors`. A `Repository` is the place that requests go to; it also works on a `Rehearsal`, which sends nothing
that writes and keeps it to be shown. What is asked stands in one module a subject, as functions whose first argument is the
repository:

    issues       list_issues  search_issues  get_issue  create_issue  update_issue  known (as a KnownIssue)
    comments     list_comments  create_comment  update_comment  delete_comment  minimise_comment
    pulls        get_pull  list_pulls  list_files  merged_since  linked_pulls  pulls_at  believed_pull  pulls_of (an event)
    checks       list_check_runs  create_check_run  update_check_run
    actions      get_run  get_attempt  list_runs  list_artifacts  download_artifact
    deployments  list_deployments  list_statuses  list_environments  list_commits  list_releases  contains
    who          who_am_i  about_repository

A list is a `Listing`: it holds one page, tells its progress, and has a `cursor` with which an interrupted one goes on. A POST is
sent once: `once(find, create)` looks for the marker before it is sent again.

PyGithub (0.2 s) is loaded with the first request.
"""

from rca.github.connection import Connection, Sender, connect, once
from rca.github.errors import GitHubError
from rca.github.pace import Pace
from rca.github.rehearsal import Rehearsal
from rca.github.repository import Listing, Repository
from rca.github.request import Answer, Request
from rca.github.settings import Settings, settings_from

__all__ = [
    "Answer",
    "Connection",
    "GitHubError",
    "Listing",
    "Pace",
    "Rehearsal",
    "Repository",
    "Request",
    "Sender",
    "Settings",
    "connect",
    "once",
    "settings_from",
]
