"""From the text of a failure to what it has in common with others: type, message, frames, keys."""
