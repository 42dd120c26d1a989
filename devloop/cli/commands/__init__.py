"""What each command is called, takes and says about itself; what it does is beside this folder."""
