"""A module that cannot be imported."""

import chat_that_does_not_exist  # noqa: F401
