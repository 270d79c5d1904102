"""Pure helpers for text that several stages share."""
