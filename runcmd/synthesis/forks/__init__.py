"""The program runs in a fork of a warm process: of a loop's own, or of one that a keeper lends."""
