"""The options of the commands, each declared once."""

# Annotations are values here, not texts: to evaluate thirty texts takes as long as to read this file.

from dataclasses import fields
from pathlib import Path
from typing import Annotated

from devloop.cli.choices import OnApprovalChoice, OnChangeChoice, WatcherChoice
from devloop.cli.common_options import (
    EnvFiles,
    Org,
    ProjectDirectory,
    RuntimeEnv,
    Server,
    Shown,
    Trust,
    Verbose,
    Yes,
)
from devloop.cli.options import argument, option
from devloop.render.output import Output
from runcmd.frozen import Frozen


class RunFlags(Frozen):
    """The options of one run."""

    names: Annotated[
        list[str] | None, argument(metavar="[NAME_OR_ID]...", help="What to run; several run side by side.")
    ] = None
    every: Annotated[bool, option("--all", help="Run each agent and workflow that the project declares.")] = (
        False
    )
    jobs: Annotated[
        int | None,
        option("--jobs", metavar="N", min=1, help="Of several, run at most N at a time. [default: all]"),
    ] = None
    message: Annotated[
        str | None,
        option(
            "--message",
            "-m",
            metavar="TEXT",
            help="First message; - reads standard input. [default: execute]",
        ),
    ] = None
    attach: Annotated[
        list[Path] | None,
        option(
            "--attach",
            metavar="FILE",
            help="Give the agent a file with the message: text, a picture, a PDF or sound. Repeatable."
            " @FILE in --message does the same.",
        ),
    ] = None
    prompt: Annotated[
        str,
        option(
            "--prompt",
            metavar="SERVER/NAME",
            help="Ask the agent what this prompt of one of its MCP servers says, with --message behind it;"
            " list shows which there are.",
        ),
    ] = ""
    prompt_arg: Annotated[
        list[str] | None,
        option("--prompt-arg", metavar="KEY=VALUE", help="An argument of the --prompt. Repeatable."),
    ] = None
    interactive: Annotated[
        bool,
        option(
            "--interactive",
            "-i",
            help="Talk with an agent: each line that you type is a message."
            " With --watch, an edit asks the last one again.",
        ),
    ] = False
    session: Annotated[
        str,
        option(
            "--session",
            metavar="ID",
            help="Go on with this conversation: a session's id, the beginning of one, or last.",
        ),
    ] = ""
    input: Annotated[
        str | None,
        option(
            "--input",
            metavar="JSON|@FILE",
            help="What a workflow's $input is: a JSON object, a JSON or YAML file, or @- for a pipe."
            " With --task, --resume or --from: the input of that task, any JSON.",
        ),
    ] = None
    manifests: Annotated[
        list[Path] | None,
        option(
            "--file",
            "-f",
            metavar="FILE",
            help="Apply the manifests of a YAML file, and run what they declare; - is a pipe. Repeatable.",
        ),
    ] = None
    resume: Annotated[
        str,
        option(
            "--resume",
            metavar="ID",
            help="Follow this execution, show it if it is completed, or go on with it if it failed or was"
            " cancelled: an id, the beginning of one, last, or last:NAME.",
        ),
    ] = ""
    from_task: Annotated[
        str,
        option(
            "--from",
            metavar="TASK",
            help="With --resume: the task that runs again, fetch or each[2]/price. [default: that failed]",
        ),
    ] = ""
    task: Annotated[
        str,
        option(
            "--task",
            metavar="TASK",
            help="Only this task of the workflow, with the values of its last run for what it needs.",
        ),
    ] = ""
    values: Annotated[
        str | None,
        option(
            "--values",
            metavar="JSON|@FILE",
            help="With --task: values by name, in place of those that tasks before it gave.",
        ),
    ] = None
    yes: Annotated[
        bool, option("--yes", "-y", help="With --resume: go on with the execution without asking.")
    ] = False
    model: Annotated[
        list[str] | None,
        option(
            "--model",
            metavar="[AGENT=]PROVIDER:NAME",
            help="Model that this run asks, whatever else is said; scripted:FILE is offline. Repeatable.",
        ),
    ] = None
    approve: Annotated[
        list[str] | None,
        option(
            "--approve",
            metavar="TOOL,…|all|none",
            help="Tools that nobody is asked about, though their agent wants it; * stands for anything."
            " Repeatable.",
        ),
    ] = None
    on_approval: Annotated[
        OnApprovalChoice | None,
        option(
            "--on-approval",
            help="What becomes of a call that must be approved. wait: until somebody approves or denies it;"
            " deny: it is not made; fail: the run fails. [default: wait]",
        ),
    ] = None
    max_steps: Annotated[
        list[str] | None,
        option("--max-steps", metavar="[AGENT=]N", help="Model turns that an agent may take. Repeatable."),
    ] = None
    max_tokens: Annotated[
        list[str] | None,
        option("--max-tokens", metavar="[AGENT=]N", help="Tokens that an agent may use. Repeatable."),
    ] = None
    max_cost: Annotated[
        list[str] | None,
        option("--max-cost", metavar="[AGENT=]USD", help="US dollars that an agent may cost. Repeatable."),
    ] = None
    max_tool_calls: Annotated[
        list[str] | None,
        option("--max-tool-calls", metavar="[AGENT=]N", help="Tools that an agent may call. Repeatable."),
    ] = None
    env: RuntimeEnv = None
    env_file: EnvFiles = None
    follow: Annotated[
        bool,
        option(
            "--follow/--no-follow", help="Show the execution until it ends; --follow=false is --no-follow."
        ),
    ] = True
    project: ProjectDirectory = None
    deployed: Annotated[
        bool,
        option("--deployed", help="Run NAME_OR_ID as it is deployed, without looking at the project's code."),
    ] = False
    trust: Trust = False
    org: Org = ""
    server: Server = ""
    ephemeral: Annotated[
        bool, option("--ephemeral", help="Use a temporary in-memory backend for this command only.")
    ] = False
    timeout: Annotated[
        str | None,
        option(
            "--timeout",
            metavar="TIME",
            help="Cancel after this time, 30s, 5m or 1h30m; the exit status is 124.",
        ),
    ] = None
    output: Shown = Output.AUTO
    report: Annotated[
        list[str] | None,
        option("--report", metavar="FORM=PATH", help="Write a report: junit=PATH or json=PATH. Repeatable."),
    ] = None
    transcript: Annotated[
        Path | None,
        option(
            "--save-transcript",
            metavar="PATH",
            help="Write everything that the run shows to a file, for `stigmer replay`.",
        ),
    ] = None
    verbose: Verbose = 0
    notify: Annotated[
        bool | None,
        option(
            "--notify/--no-notify",
            help="On a terminal: a notification or the bell when a run ends, and its verdict as the title.",
        ),
    ] = None

    @property
    def named(self) -> bool:
        """The user says what to run."""
        return bool(self.names) or self.every

    @property
    def anything(self) -> bool:
        """What the project has is to be run: nothing is said about which, or where."""
        return not (
            self.names or self.project or self.deployed or self.resume or self.session or self.manifests
        )


class WatchFlags(RunFlags):
    """The options of `stigmer run`: those of one run, and those of --watch."""

    watch: Annotated[bool, option("--watch", "-w", help="Run again whenever the code changes.")] = False
    settle: Annotated[
        int | None,
        option(
            "--settle",
            metavar="MS",
            min=0,
            help="With --watch: how long files must stay quiet before a run starts. [default: adaptive]",
        ),
    ] = None
    on_change: Annotated[
        OnChangeChoice | None,
        option(
            "--on-change",
            help="With --watch: what a change does. restart: its run takes the place of the current one;"
            " queue: it waits for it; keep: both go on; manual: it starts when you ask. [default: restart]",
        ),
    ] = None
    until_success: Annotated[
        bool, option("--until-success", help="With --watch: stop after the first run that succeeds.")
    ] = False
    runs: Annotated[
        int | None, option("--runs", metavar="N", min=1, help="With --watch: stop after N runs.")
    ] = None
    clear: Annotated[bool, option("--clear", help="With --watch: clear the screen before each run.")] = False
    no_keys: Annotated[bool, option("--no-keys", help="With --watch: ignore the keyboard.")] = False
    explain: Annotated[
        bool,
        option("--explain", help="With --watch: say why a file event did not start a run."),
    ] = False
    watcher: Annotated[
        WatcherChoice | None,
        option("--watcher", help="With --watch: how to detect changes. [default: auto]"),
    ] = None

    @property
    def beyond_a_run(self) -> bool:
        """Was any option given that a single run may not have?"""
        own = fields(self)[len(fields(RunFlags)) :]
        return any(getattr(self, each.name) != each.default for each in own)


class ApplyFlags(Frozen):
    """The options of `stigmer apply`."""

    dry_run: Annotated[bool, option("--dry-run", help="Only show what would change.")] = False
    prune: Annotated[
        bool, option("--prune", help="Also delete what the project deployed earlier and no longer declares.")
    ] = False
    yes: Yes = False
    project: Annotated[
        Path | None,
        option(
            "--project", "-C", "--config", metavar="PATH", help="Project to deploy. [default: here or above]"
        ),
    ] = None
    trust: Trust = False
    org: Org = ""
    server: Server = ""
    output: Shown = Output.AUTO


class SteerFlags(Frozen):
    """Which watch loop is meant; the options of `stigmer watch`."""

    project: Annotated[
        Path | None,
        option("--project", "-C", metavar="DIR", help="The loop of this project. [default: here or above]"),
    ] = None
    target: Annotated[
        str, option("--target", metavar="NAME", help="The loop that runs this agent or workflow.")
    ] = ""
    socket: Annotated[
        Path | None, option("--socket", metavar="PATH", help="The loop that listens there.")
    ] = None
    output: Shown = Output.AUTO


class SteerRunFlags(SteerFlags):
    """The options of `stigmer watch run`."""

    wait: Annotated[
        bool, option("--wait", help="Wait until the run is over; the exit status is that of the run.")
    ] = False
