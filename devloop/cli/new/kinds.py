"""The templates: what each shows, what its files are for, and what to try with it."""

from __future__ import annotations

from runcmd.frozen import Frozen


class Template(Frozen):
    """What is said of the folder `templates/NAME`."""

    name: str
    shows: str  # in the help
    summary: str  # of the project that it becomes, no full stop
    target: str
    given: str  # to the command that runs it, as a shell takes it
    files: tuple[tuple[str, str], ...]  # in the order of reading
    tries: tuple[str, ...]
    example: str  # a value that exists only when it runs
    extra: str = ""  # of the package, without which it does not run

    @property
    def run(self) -> str:
        """The command that runs it."""
        return f"stigmer run {self.target} {self.given}"


COMMON_FILES = (
    ("Stigmer.yaml", "the project: its name, its program, what runs without a name"),
    (".env.example", "variables that a run may be given"),
    ("AGENTS.md", "notes for coding agents"),
)
# Files that need no word.
UNTOLD = ("README.md", ".gitignore", "pytest.ini")

TEMPLATES = (
    Template(
        name="basic",
        shows="an agent, and a workflow that asks it",
        summary="Greets somebody, and has the greeting judged",
        target="greet",
        given="-m Ada",
        files=(
            ("main.py", "declares the agent `critic` and the workflow `greet`"),
            ("prompts/critic.md", "what the agent is told"),
            ("scripts/critic.yaml", "what it answers"),
            ("tests/test_greet.py", "runs both"),
        ),
        tries=(
            "change `Hello` to `Good evening` in `main.py`: the critic has something else to say",
            "misspell `line.text`: nothing runs, and you are told where",
            '`stigmer run critic -m "Good day."`: the agent alone',
        ),
        example="line.text",
    ),
    Template(
        name="agent",
        shows="an agent with instructions, a memory, a variable and a sub-agent",
        summary="An assistant that remembers what you told it",
        target="assistant",
        given='-m "My name is Ada."',
        files=(
            ("main.py", "declares the agent `assistant` and its sub-agent `translator`"),
            ("prompts/assistant.md", "what the agent is told"),
            ("scripts/assistant.yaml", "what both answer"),
            ("tests/test_assistant.py", "asks it"),
        ),
        tries=(
            "`stigmer run assistant -i`: a conversation; it remembers your name",
            '`stigmer run assistant -m "Say good morning in French."`: it asks its sub-agent',
            '`stigmer run assistant -m "My name is Ada." -e TEAM=us`: a variable of this run',
            "add a turn to `scripts/assistant.yaml`",
        ),
        example="answer.response",
    ),
    Template(
        name="workflow",
        shows="a workflow with a loop, branches, a choice, an error that is caught, a function and an agent",
        summary="Checks an order, and writes to the customer",
        target="order",
        given="--input @order.json",
        files=(
            ("main.py", "declares the workflow `order`, the agent `clerk` and the function `in_stock`"),
            ("order.json", "an order to try it with"),
            ("stock.csv", "what there is"),
            ("scripts/clerk.yaml", "what the agent answers"),
            ("tests/test_order.py", "runs it with a good and a bad order"),
        ),
        tries=(
            "take `cake` out of `stock.csv`: the order is refused, the error is caught, the letter changes",
            "order less in `order.json`: anybody may approve it",
            "`stigmer graph order`: a picture of it",
            "`stigmer executions show last`: each task with its input and output",
        ),
        example='lines.sum("price")',
    ),
    Template(
        name="mcp",
        shows="an agent whose tools are Python functions, in an MCP server of the project",
        summary="An archivist that looks into the notes of a team",
        target="archivist",
        given='-m "Read the note shopping."',
        files=(
            ("main.py", "declares the agent `archivist` and its MCP server"),
            ("notes_server.py", "the MCP server: two tools"),
            ("notes/", "what they look into"),
            ("prompts/archivist.md", "what the agent is told"),
            ("scripts/archivist.yaml", "what it answers, and which tool it calls"),
            ("tests/test_archivist.py", "asks it"),
        ),
        tries=(
            '`stigmer run archivist -m "What do we have?"`: it calls the other tool',
            "change a note, or what `read_note` returns, while `--watch` is running",
            "add a tool to `notes_server.py`, and a turn to `scripts/archivist.yaml` that calls it",
        ),
        example="answer.response",
        extra="mcp",
    ),
    Template(
        name="tools",
        shows="Python functions that an agent calls as tools, and a workflow as its steps",
        summary="Plans a day outside",
        target="day",
        given='-m "A day in Paris"',
        files=(
            ("main.py", "declares the workflow `day` and the agent `guide`"),
            ("tools.py", "the functions: a tool of the agent, and an activity of the workflow"),
            ("scripts/guide.yaml", "which tool the agent calls, and what it answers"),
            ("tests/test_day.py", "tests the functions alone, and the whole"),
        ),
        tries=(
            "print something in `forecast`: you see it while it runs",
            "let it raise an error: the agent is told, and you see which line of your code it was",
            "`stigmer run guide -i --watch`: a conversation, in which you edit `forecast`",
            "add a function to `tools=[…]`, and a turn to `scripts/guide.yaml` that calls it",
        ),
        example="place.city",
    ),
)
