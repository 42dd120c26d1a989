"""`stigmer replay`: the lines of a transcript become events again."""
