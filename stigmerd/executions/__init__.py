"""Executions: what they say is recorded, folded into snapshots, masked, watched, and deleted in the end."""
