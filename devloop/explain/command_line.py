"""E01: what was typed, and what a command was given."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0101",
        "The command line cannot be understood",
        "There is no such command or option, an option has no value or one of another kind, or there "
        "is an argument too many.",
        "Look at the help of the command; the message names the nearest option that there is.",
        """$ stigmer rnu
Error: No such command 'rnu'.
did you mean 'run'?""",
    ),
    ErrorPage(
        "E0102",
        "Two options exclude each other",
        "Both were given, and they ask for things that cannot be had together: a server at an address"
        " and one inside of the command, say, or standard input for two things.",
        "Leave one of the two out.",
        """$ stigmer run --server 127.0.0.1:7234 --ephemeral
Error: --server and --ephemeral cannot be used together""",
    ),
    ErrorPage(
        "E0103",
        "An option has no meaning without another one",
        "Some options only change what another one does: those of the watch loop need --watch, --jobs"
        " needs several targets, --deployed needs a name.",
        "Give what the message asks for, or leave the option out.",
        """$ stigmer run --on-change queue
Error: --on-change only with --watch""",
    ),
    ErrorPage(
        "E0104",
        "This needs a project",
        "--watch and --all run what a project declares, and there is no Stigmer.yaml in this "
        "directory or above.",
        "Go to the project's directory, or name it: stigmer run --watch -C DIRECTORY.",
        """$ stigmer run --watch
Error: --watch needs a project""",
    ),
    ErrorPage(
        "E0105",
        "This is not a time",
        "A duration is a number with a unit, or several of them: 30d, 12h, 1h30m. Only for --timeout may "
        "the unit be missing: it is seconds then.",
        "Write it in the form that the message shows.",
        """$ stigmer executions prune --older-than soon
Error: --older-than: "soon" is not a duration""",
    ),
    ErrorPage(
        "E0106",
        "This is not the address of a server",
        "An address has a host and a port, or is the path of a socket. The message says where it was "
        "given: by an option, in STIGMER_SERVER_ADDR, or in ~/.stigmer/config.yaml.",
        "Write host:port, https://host or unix:/path.",
        """$ stigmer run reviewer --server nowhere
Error: --server: "nowhere" is not the address of a server""",
    ),
    ErrorPage(
        "E0107",
        "A variable is not written as NAME=VALUE",
        "-e takes NAME=VALUE. secret:NAME=VALUE makes it a secret; NAME alone takes the value from "
        "the environment.",
        "Put a = between name and value, without spaces, and quotes around a value with spaces in it.",
        """$ stigmer run reviewer -e "REGION eu"
Error: Invalid runtime environment format: REGION eu (expected key=value)""",
    ),
    ErrorPage(
        "E0108",
        "A variable has no value",
        "It was named without a value, and the environment has none of this name either.",
        "Give it a value, set it in the environment, or leave it out.",
        """$ stigmer run reviewer -e REGION=
Error: Runtime environment variable REGION has no value""",
    ),
    ErrorPage(
        "E0109",
        "This is not UTF-8 text",
        "What is sent to a backend is UTF-8. Some bytes of the argument, variable, file or path that "
        "the message names are not; often it was saved in another encoding (Latin-1, UTF-16).",
        "Save or convert it as UTF-8 (with iconv), encode binary values as base64, rename a path.",
        """$ stigmer run reviewer --env-file old.env
Error: old.env is not UTF-8 text""",
    ),
    ErrorPage(
        "E0110",
        "The message is empty",
        "--message was given nothing, or standard input of --message - had nothing.",
        "Give it some text, or leave --message out.",
        """$ stigmer run reviewer -m ""
Error: the message is empty""",
    ),
    ErrorPage(
        "E0111",
        "The message cannot be read from standard input",
        "--message - reads standard input, which is closed or a directory.",
        "Send the text through a pipe or from a file: stigmer run reviewer -m - < message.txt.",
        """$ stigmer run reviewer -m - < .
Error: cannot read the message from standard input: Is a directory""",
    ),
    ErrorPage(
        "E0112",
        "The file of variables cannot be read",
        "There is no such file, or you may not read it.",
        "Check its path and permissions. The path of --env-file is relative to this directory, that "
        "of run.env_file to Stigmer.yaml.",
        """$ stigmer run reviewer --env-file .evn
Error: cannot read the environment file .evn: No such file or directory""",
    ),
    ErrorPage(
        "E0113",
        "A line of the file of variables cannot be understood",
        "A line is NAME=value, secret:NAME=value, a name alone, or a comment that begins with #. A "
        "quote that is opened must be closed.",
        "Mend the line that the message names.",
        """$ stigmer run reviewer --env-file .env
Error: .env:3: a quote is never closed""",
    ),
    ErrorPage(
        "E0114",
        "There is no such user",
        "--allow-user names a user of this machine, by name or number.",
        "Check the spelling: getent passwd NAME.",
        """$ stigmer server start --allow-user anne
Error: --allow-user: there is no user anne on this machine""",
    ),
    ErrorPage(
        "E0115",
        "There is no such error code",
        "A code is an E and four digits, as the last line of an error shows it.",
        "See all of them: stigmer explain.",
        """$ stigmer explain E9999
Error: there is no error code "E9999\"""",
    ),
    ErrorPage(
        "E0117",
        "The cloud backend needs an organization",
        "~/.stigmer/config.yaml chooses the cloud backend, where everything belongs to an "
        "organization, and nobody named one.",
        "Give --org, or set `organization` in Stigmer.yaml or backend.cloud.org_id in "
        "~/.stigmer/config.yaml.",
        """$ stigmer apply
Error: the cloud backend needs an organization""",
    ),
    ErrorPage(
        "E0118",
        "A variable that is needed has no value",
        "A task, or an MCP server of the agent, uses a variable that was not given a value and has no "
        "default. One that nothing uses is only warned of.",
        "Give it: stigmer run NAME -e VARIABLE=value, or -e secret:VARIABLE for a secret. A file: "
        "--env-file.",
        """$ stigmer run report
Error: task ask failed: a variable is missing: no variable API_KEY: give it with -e API_KEY=value""",
    ),
)
