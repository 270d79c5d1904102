"""Keep the producers' own projects out of this project's test run: many of their tests fail on purpose."""

collect_ignore_glob = ["*"]
