"""Skills: unpacked once for all, named in the prompt, read by the agent when it needs one."""
