"""E02: Stigmer.yaml, ~/.stigmer/config.yaml, and where the project is."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0201",
        "There is no project here",
        "Neither this directory nor one above it has a file Stigmer.yaml, and no agent or workflow "
        "was named.",
        "Go to the project, name its directory with -C, or name what is deployed: stigmer run NAME.",
        """$ stigmer run
Error: No Stigmer.yaml found in current directory""",
    ),
    ErrorPage(
        "E0202",
        "The directory that was named has no project",
        "There is no such directory, or neither it nor one above it has a file Stigmer.yaml.",
        "Check the path of -C or --config.",
        """$ stigmer run -C ../other
Error: there is no directory ../other""",
    ),
    ErrorPage(
        "E0203",
        "The project file has another name",
        "The file is called Stigmer.yaml, with a capital S and .yaml. There is one with a name that "
        "is nearly that.",
        "Rename it: mv stigmer.yml Stigmer.yaml.",
        """$ stigmer run
Error: stigmer.yml is not read: a project file is called Stigmer.yaml""",
    ),
    ErrorPage(
        "E0204",
        "Stigmer.yaml cannot be read",
        "You may not read it, it is larger than 128 KiB, or it is no regular file.",
        "Check its permissions.",
        """$ stigmer run
Error: cannot read /home/anne/shop/Stigmer.yaml: Permission denied""",
    ),
    ErrorPage(
        "E0205",
        "Stigmer.yaml is not YAML",
        "A line breaks the rules of YAML: often a tab, a missing space after a colon, or a quote that"
        " is not closed.",
        "Look at the line and column that the message names, and at the line before.",
        """$ stigmer run
Error: /home/anne/shop/Stigmer.yaml:3:7: could not find expected ':'""",
    ),
    ErrorPage(
        "E0206",
        "Stigmer.yaml has an unknown key",
        "Keys are never ignored, so that a misspelt one is noticed.",
        "Correct or remove it. The keys: name, runtime, main, version, organization, description, "
        "python; run.default, run.env_file; watch.ignore, watch.settle_ms, watch.on_change.",
        """$ stigmer run
Error: /home/anne/shop/Stigmer.yaml:3:1: unknown key "mian"
did you mean "main"?""",
    ),
    ErrorPage(
        "E0207",
        "Stigmer.yaml misses a key",
        "`name` and `runtime` are needed.",
        "Add the line that the message shows.",
        """$ stigmer run
Error: /home/anne/shop/Stigmer.yaml:1:1: "runtime" is missing""",
    ),
    ErrorPage(
        "E0208",
        "A value in Stigmer.yaml is wrong",
        "It has another type than the key takes, or is not one of its choices.",
        "Write it as the message says; texts that look like numbers or dates need quotes.",
        """$ stigmer run
Error: /home/anne/shop/Stigmer.yaml:2:10: "runtime": "pyhton" is not one of python, go
did you mean "python"?""",
    ),
    ErrorPage(
        "E0209",
        "A key of Stigmer.yaml appears twice",
        "Nobody could say which of the two counts.",
        "Remove one of them.",
        """$ stigmer run
Error: /home/anne/shop/Stigmer.yaml:5:1: "name" appears twice""",
    ),
    ErrorPage(
        "E0210",
        "~/.stigmer/config.yaml cannot be read",
        "You may not read it, or it is larger than 128 KiB.",
        "Check its permissions.",
        """$ stigmer run
Error: cannot read /home/anne/.stigmer/config.yaml: Permission denied""",
    ),
    ErrorPage(
        "E0211",
        "~/.stigmer/config.yaml is not YAML",
        "A line breaks the rules of YAML.",
        "Look at the line and column that the message names, and at the line before.",
        """$ stigmer run
Error: /home/anne/.stigmer/config.yaml:4:3: mapping values are not allowed here""",
    ),
    ErrorPage(
        "E0212",
        "~/.stigmer/config.yaml has an unknown key",
        "Keys of its blocks are never ignored, so that a misspelt one is noticed.",
        "Correct or remove it. The blocks: backend (type, local, cloud), trust, notify.",
        """$ stigmer run
Error: /home/anne/.stigmer/config.yaml:3:5: unknown key "backend.local.lm"
did you mean "llm"?""",
    ),
    ErrorPage(
        "E0213",
        "A value in ~/.stigmer/config.yaml is wrong",
        "It has another type than the key takes, or is not one of its choices.",
        "Write it as the message says.",
        """$ stigmer run
Error: /home/anne/.stigmer/config.yaml:2:9: unknown backend type "locl\"""",
    ),
    ErrorPage(
        "E0214",
        "The project is not trusted",
        "To run a project runs its program as you. This one belongs to somebody else, or others can "
        "write to it.",
        "If you trust them, add --trust, or list the directory under `trust:` in ~/.stigmer/config.yaml.",
        """$ stigmer run -C /tmp/shop
Error: /tmp/shop belongs to bob, and its code would run as you""",
    ),
    ErrorPage(
        "E0215",
        "The configuration file is not trusted",
        "~/.stigmer/config.yaml decides where secrets go and whom to trust, and others can write to it.",
        "Run the command that the message shows.",
        """$ stigmer run
Error: everybody can write to /home/anne/.stigmer/config.yaml, so config.yaml is not trusted""",
    ),
    ErrorPage(
        "E0216",
        "The directory that you are in no longer exists",
        "Somebody removed or replaced it while your shell was in it.",
        "Go to another one; `cd .` may lead to the one that has its place.",
        """$ stigmer run
Error: the directory that you are in no longer exists""",
    ),
    ErrorPage(
        "E0218",
        "run.default names nothing that the project declares",
        "Stigmer.yaml says what runs when nobody names anything, and the program declares no agent or"
        " workflow of that name.",
        "Correct run.default, or the name in the program.",
        """$ stigmer run
Error: run.default in Stigmer.yaml is "reviewr", which the project does not declare
did you mean "reviewer"?""",
    ),
    ErrorPage(
        "E0219",
        "The project's Python cannot be started",
        "It is the `python` of Stigmer.yaml, else the project's .venv, else VIRTUAL_ENV. It does not "
        "exist, may not be executed, or the Python that the environment was made with is gone.",
        "Make the environment again, or set `python` in Stigmer.yaml.",
        """$ stigmer run
Error: cannot start /home/anne/shop/.venv/bin/python: No such file or directory""",
    ),
    ErrorPage(
        "E0220",
        "There is no such setting",
        "`stigmer config` takes the keys of ~/.stigmer/config.yaml, with their whole path or without "
        "`backend.local.` and `backend.` at the start.",
        "Use the name that the message shows, or look at all: stigmer config list --all.",
        """$ stigmer config set llm.provder anthropic
Error: there is no setting "llm.provder"
did you mean "llm.provider"?""",
    ),
    ErrorPage(
        "E0221",
        "~/.stigmer/config.yaml cannot be changed",
        "The directory or the disk does not take it, or the file uses aliases or a layout in which a "
        "change of this one value would change something else, too. The file is as it was.",
        "Check permissions and disk space, or change it with an editor.",
        """$ stigmer config set notify true
Error: cannot write /home/anne/.stigmer/config.yaml: Read-only file system""",
    ),
    ErrorPage(
        "E0222",
        "The setting is not set",
        "~/.stigmer/config.yaml does not say it, so its default counts.",
        "Set it, if you want something else.",
        """$ stigmer config get llm.model
Error: backend.local.llm.model is not set; its default: the provider's""",
    ),
    ErrorPage(
        "E0230",
        "A new project would be mixed up with what is there",
        "stigmer new writes into a directory that does not exist yet or is empty. What belongs to git, to an "
        "editor or to an environment (.git, .vscode, .venv) does not count.",
        "Choose another name, or an empty directory.",
        """$ stigmer new shop
Error: /home/anne/shop is not empty: orders.csv""",
    ),
    ErrorPage(
        "E0231",
        "A new project could not be written",
        "The system refuses to make the directory or one of its files: there is no permission, or no space. "
        "What was written is removed again.",
        "Mend what the message says, or choose another place.",
        """$ stigmer new /srv/shop
Error: cannot make a project in /srv/shop: Permission denied""",
    ),
    ErrorPage(
        "E0232",
        "A project cannot have this name",
        "The name is the name of the directory as well: letters, digits, and hyphens, underscores and dots "
        "between them, 63 characters at most.",
        "Take the name that the message suggests.",
        """$ stigmer new "my shop"
Error: a project cannot be called "my shop": letters, digits and - _ . between them""",
    ),
)
