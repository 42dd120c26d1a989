"""E024: files with manifests."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0241",
        "A file with manifests is not YAML",
        "The parser stopped at the line and the column of the message; the document is counted from 1, "
        "and `---` begins the next one.",
        "Mend the line, or the one before it: indentation, a missing colon or quote.",
        """$ stigmer run -f support.yaml
Error: support.yaml:4:1: expected ',' or '}', but got '<stream end>' (document 1)""",
    ),
    ErrorPage(
        "E0242",
        "A manifest has an unknown key, or one twice",
        "Keys are those of the Stigmer API, as in its JSON (`mcpServers`) or as in its .proto files "
        "(`mcp_servers`).",
        "Use the name that the message shows.",
        """$ stigmer run -f support.yaml
Error: support.yaml:5:3: unknown key "spec.instrutions" (document 1)
did you mean "instructions"?""",
    ),
    ErrorPage(
        "E0243",
        "A value in a manifest is of the wrong kind",
        "The message says what is expected there: a text, a list, `key: value` lines, one of some names.",
        "Write what is expected.",
        """$ stigmer run -f flow.yaml
Error: flow.yaml:5:27: "spec.tasks[0].kind": "STE" is not known (document 1)
did you mean "SET"?""",
    ),
    ErrorPage(
        "E0244",
        "A document does not say what it declares",
        "Each document begins with apiVersion and kind. A file may declare Agent, Workflow, AgentInstance, "
        "WorkflowInstance, Environment, Session and McpServer.",
        "Add the missing line, or write the kind that is meant. Skills are pushed: stigmer skill push.",
        """$ stigmer run -f support.yaml
Error: support.yaml:2:7: a file cannot declare the kind "Agnet" (document 1)
did you mean "Agent"?""",
    ),
    ErrorPage(
        "E0245",
        "The same thing is declared twice",
        "Two documents, or a document and the project's program, declare a resource of one kind and slug.",
        "Rename or remove one of them. With --deployed, a file is applied without looking at the project.",
        """$ stigmer run -f support.yaml
Error: support.yaml:9:1: the Agent support is declared at support.yaml:1, too (document 2)""",
    ),
    ErrorPage(
        "E0246",
        "A manifest breaks a rule of the Stigmer API",
        "A field is missing, too short, or has a value that servers refuse. The other rules that are "
        "broken are listed below the first.",
        "Mend the fields that the message names.",
        """$ stigmer run -f support.yaml
Error: support.yaml:5:3: Agent "support": spec.instructions: must have at least 10 characters, has 5""",
    ),
    ErrorPage(
        "E0247",
        "A manifest names something that does not exist",
        "An instance names an agent, a workflow or an environment, a session an instance, by name or id. "
        "There is no such thing in the files of this command, in the project, or on the server.",
        "Check the spelling, declare it in a file, or deploy it first.",
        """$ stigmer run -f instance.yaml
Error: instance.yaml:6:3: there is no agent "suport", neither in the files nor deployed (document 1)""",
    ),
    ErrorPage(
        "E0248",
        "A manifest belongs to another organization",
        "A command works for one organization: that of --org, of the project, or your own. The document "
        "says another one under metadata.org.",
        "Give that organization with --org, or leave `org` out of the file.",
        """$ stigmer run -f support.yaml
Error: support.yaml:3:24: the Agent support belongs to "acme", and this run is for "local" (document 1)""",
    ),
    ErrorPage(
        "E0249",
        "A file with manifests cannot be read",
        "There is no such file, you may not read it, or it is a directory.",
        "Check its path and permissions; `-f -` is standard input, and -f may be given several times.",
        """$ stigmer run -f suport.yaml
Error: --file: cannot read suport.yaml: No such file or directory""",
    ),
)
