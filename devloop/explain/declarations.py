"""E04: mistakes in what a program declares with the SDK."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0401",
        "The program declares things that cannot work",
        "All mistakes are found in one run, each with its file and line and what was probably meant; "
        "there are several here.",
        "Correct the lines that the message names. Nothing was deployed.",
        """$ stigmer run
Error: 2 mistakes in what main.py declares

  main.py:7: Agent has no argument "instuctions" (did you mean "instructions"?)
  main.py:12: the loop "all" has no tasks""",
    ),
    ErrorPage(
        "E0402",
        "Something is used that is neither declared nor deployed: an agent, a workflow, a skill",
        "The project declares none of that name, and the backend has none in this organization. The "
        "backend is asked before anything is deployed.",
        "Correct the name, declare it in this project, or deploy first what declares it; push a skill.",
        "$ stigmer run\n"
        'Error: main.py:9: there is no agent "critik", neither in the project nor deployed (did you '
        'mean "critic"?)',
    ),
    ErrorPage(
        "E0403",
        "A call of the SDK has wrong arguments",
        "An argument is unknown, missing, or has a value that it does not take.",
        "The message names the nearest argument, or those that there are; an editor shows them, too.",
        """$ stigmer run
Error: main.py:7: Agent has no argument "instuctions" (did you mean "instructions"?)""",
    ),
    ErrorPage(
        "E0404",
        "A name is not possible, or is taken",
        "Names of agents, workflows and tasks are what they are found by: a name has letters, digits,"
        " spaces and hyphens, a certain length, and is there once.",
        "Choose another name.",
        """$ stigmer run
Error: main.py:9: there is an agent "critic" already, at main.py:4""",
    ),
    ErrorPage(
        "E0405",
        "A value or an expression cannot work",
        "A value is no JSON, an expression is no jq or stands where nothing is evaluated, or it names"
        " a field or a task that there is not.",
        "Correct the expression at the line that the message names; jq -n 'PROGRAM' tries a program. "
        "literal(…) takes a text as it is.",
        """$ stigmer run
Error: main.py:12: "greet" has no field "lin" (did you mean "line"?)""",
    ),
    ErrorPage(
        "E0406",
        "The tasks of a workflow do not fit together",
        "A block has no tasks, two tasks have one name, a jump leads nowhere or backwards, or a case "
        "stands outside of its switch.",
        "Correct the task at the line that the message names.",
        """$ stigmer run
Error: main.py:8: the loop "all" has no tasks""",
    ),
    ErrorPage(
        "E0407",
        "A variable is declared in a way that cannot work",
        "It is declared twice or in two ways, has no valid name, or is a secret with a default, which"
        " would be in clear text.",
        "Correct the declaration; a secret's value is given to each run: -e secret:NAME.",
        """$ stigmer run
Error: main.py:5: the variable REGION is declared twice""",
    ),
    ErrorPage(
        "E0408",
        "An agent or its MCP servers are declared in a way that cannot work",
        "A file with instructions cannot be read, a sub-agent or a tool selection names something "
        "that there is not, or a setting of a server has another type.",
        "Correct the declaration at the line that the message names.",
        """$ stigmer run
Error: main.py:6: the instructions of "critic" cannot be read: critic.md: No such file or directory""",
    ),
    ErrorPage(
        "E0409",
        "An activity is declared or called in a way that cannot work",
        "@activity marks a function that a new process can import; a call gives it the arguments that"
        " it takes.",
        "Correct the call, or move the function to the top level of a module.",
        """$ stigmer run
Error: main.py:11: the activity "price" needs the argument "name\"""",
    ),
    ErrorPage(
        "E0410",
        "A declaration breaks a rule of the contract",
        "The SDK took it, and no backend would: a field is too long, missing, or has another form.",
        "The message names the field and the rule.",
        """$ stigmer run
Error: main.py:4: spec.instructions: must have at least 10 characters""",
    ),
)
