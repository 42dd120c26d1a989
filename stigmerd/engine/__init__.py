"""Executions at work: started, performed, journalled, taken up again after a crash."""
