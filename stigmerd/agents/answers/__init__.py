"""Whether an answer is whole: cut off, refused, broken off, empty."""
