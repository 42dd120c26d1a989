"""A process that is warm and forks for each run of a program, which starts sooner so."""
