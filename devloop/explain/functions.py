"""E127: Python functions that agents call."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E1270",
        "A function cannot be a tool of an agent",
        "A model calls it with JSON, by the names of its parameters: so each parameter needs a name and "
        "a type that JSON can be. `*args`, generators, and types such as a callable cannot be given.",
        "Name the parameters, and use str, int, float, bool, Literal, an Enum, list, dict, a dataclass, a "
        "TypedDict, datetime, UUID, Decimal, Path, or a pydantic model.",
        """$ stigmer run
Error: main.py:7: search cannot be a tool: it takes *args, which a model cannot give: name the parameters, \
or take a list""",
    ),
    ErrorPage(
        "E1271",
        "The functions of an agent cannot be found",
        "They are part of a Python project, and the agent that was deployed does not say of which, or "
        "says it wrong: it comes from a file with manifests, from another machine, or from a Go program.",
        "Start it from its project, with `stigmer run`.",
        """$ stigmer run guide
Error: the functions that guide calls cannot be found: it does not come from a Python project on this \
machine; start it with `stigmer run` in its project""",
    ),
    ErrorPage(
        "E1272",
        "The program of an agent's functions does not run",
        "To call them, the project's program is run once more in its interpreter, and now it fails: it was "
        "edited, its interpreter is gone, or it does something else the second time.",
        "Run `stigmer run` again; it says what is wrong at which line.",
        """$ stigmer run guide
Error: the agent's functions cannot be called: main.py:3 raised ModuleNotFoundError: No module named \
'weather'""",
    ),
    ErrorPage(
        "E1273",
        "The model does not call a function as it must be called",
        "Its arguments did not fit, or the function raised ModelRetry. The model was told why, and asked to "
        "call again, as often as the tool allows.",
        "Say in the docstring what the function takes; or allow more tries, with @tool(retries=…); or raise "
        "another exception: then the call has failed, and the model goes on without it.",
        """$ stigmer run clerk
Error: the model called order 4 times, and not in a way that works: at most 100 at once (more tries: \
@tool(retries=…))""",
    ),
)
