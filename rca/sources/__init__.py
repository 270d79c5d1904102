"""From the outside into the model: reports now; issues, commits and probes as they come."""
