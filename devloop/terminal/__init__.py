"""The terminal itself: streams and what they can show, keys, signals."""
