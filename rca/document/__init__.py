"""The faces of a worklog: Markdown and HTML made from the record, and the checks of both."""
