"""New executions that go on with what an execution before has done."""
