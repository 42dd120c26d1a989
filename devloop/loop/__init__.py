"""The watch loop: from settled changes to the run that takes the place of the one before."""
