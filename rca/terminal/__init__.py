"""What a person sees in a terminal; always on stderr, so that stdout stays data."""
