"""Pure functions from the model to the model: what the facts mean."""
