"""Scripts of the scripted model: what they may say, and what is wrong with one."""
