"""A person is asked, and the call waits: in the agent process, and in the daemon that knows the answer."""
