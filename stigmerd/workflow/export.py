"""What a task exports to `$context`."""

from __future__ import annotations

from collections.abc import Mapping

from stigmerd.workflow.model import Value
from stigmerd.workflow.resolve import Resolver
from stigmerd.workflow.template import whole

VARIABLES = (".", "$context", "$data", "$output", "$input", "$env")


async def exported(template: Value, output: Value, context: Mapping[str, Value], resolver: Resolver) -> Value:
    """`resolver` has the task's output as `.`; `context` is what was exported before."""
    if not isinstance(template, str):
        return await resolver.value(template)
    program = whole(template) if "${" in template else None
    source = program.source if program else template.strip()
    if source in (".", ""):
        return output
    member = source.removeprefix("$context.")
    if member != source and member not in context and isinstance(output, Mapping):
        # The Go SDK's ExportField writes `$context.f` where it means the output's `f`.
        source = f".{member}"
    elif program is None and not source.startswith(VARIABLES):
        return await resolver.value(template)
    return await resolver.program(source)
