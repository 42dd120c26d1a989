"""E03: the project's program, and what it wrote about itself."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0301",
        "The project's program cannot be read",
        "It does not exist, or you may not read it. It is `main` of Stigmer.yaml, main.py or main.go "
        "if that says nothing.",
        "Create the file, make it readable, or set `main`.",
        """$ stigmer run
Error: /home/anne/shop/main.py does not exist""",
    ),
    ErrorPage(
        "E0302",
        "The project's program raised an error",
        "The program runs to say what it declares, and an exception ended it. The message has its "
        "place in your code, the lines below are the way to it.",
        "Mend the line. `python main.py` shows the same error.",
        """$ stigmer run
Error: main.py:3: NameError: name 'Agnet' is not defined""",
    ),
    ErrorPage(
        "E0303",
        "The project's program ended with a status other than 0",
        "It called sys.exit or os._exit, or a library did.",
        "Let it end by itself after its declarations.",
        """$ stigmer run
Error: main.py ended with exit status 3""",
    ),
    ErrorPage(
        "E0304",
        "The project's program was killed by a signal",
        "A native library crashed (SIGSEGV), or the system ended it (SIGKILL: memory).",
        "Run `python -X faulthandler main.py` to see where.",
        """$ stigmer run
Error: main.py was killed by SIGSEGV""",
    ),
    ErrorPage(
        "E0305",
        "The project's program takes too long",
        "It is run to say what it declares, at each run and each save; it works or waits for "
        "something instead.",
        "Put the work into tasks and activities: the program should only declare.",
        """$ stigmer run
Error: main.py did not finish within 60 s""",
    ),
    ErrorPage(
        "E0306",
        "The project's program declares nothing",
        "It ended well, and no Agent(…) or Workflow(…) was made.",
        "Declare one at the top level. What stands in `if __name__ == '__main__':`, or in a function "
        "that nobody calls, does not run.",
        """$ stigmer run
Error: main.py declares no agent and no workflow""",
    ),
    ErrorPage(
        "E0307",
        "The project's Python cannot import stigmer",
        "The project has an environment of its own, and the SDK is not installed there.",
        "Install it there, or set `python` in Stigmer.yaml to a Python that has it.",
        """$ stigmer run
Error: /home/anne/shop/.venv/bin/python cannot import stigmer""",
    ),
    ErrorPage(
        "E0308",
        "The project's program ended the process that started it",
        "It sent a signal to its parent process, which waits for it.",
        "Remove os.kill(os.getppid(), …).",
        """$ stigmer run
Error: main.py ended or stopped the process that started it""",
    ),
    ErrorPage(
        "E0309",
        "What the project declares is not valid",
        "A field has a value that no backend takes; the message names the resource, the field and the rule.",
        "Correct it in the program.",
        """$ stigmer run
Error: agent "reviewer": spec.instructions: must have at least 10 characters""",
    ),
    ErrorPage(
        "E0310",
        "Two resources have the same slug",
        "Names are made into slugs (My Agent → my-agent), and a slug is what a resource is found by.",
        "Rename one of them.",
        """$ stigmer run
Error: two agents of the project have the slug my-agent: "My Agent", "my-agent\"""",
    ),
    ErrorPage(
        "E0311",
        "The dependencies cannot be put in order",
        "What a resource needs is deployed before it. Here they need each other in a circle, or one "
        "is named that the project does not declare.",
        "Remove one of the references.",
        """$ stigmer run
Error: the dependencies form a cycle: workflow:a → workflow:b → workflow:a""",
    ),
    ErrorPage(
        "E0312",
        "What the program wrote about itself cannot be understood",
        "The SDK writes manifests to STIGMER_OUT_DIR. One is damaged, or of another version than this"
        " command.",
        "Install the same version of stigmer-devloop in the project's environment.",
        """$ stigmer run
Error: agent-0.pb does not hold a manifest of kind Agent""",
    ),
    ErrorPage(
        "E0313",
        "The program used STIGMER_OUT_DIR for itself",
        "The directory belongs to the SDK, and the program wrote to it, moved or deleted it.",
        "Write elsewhere.",
        "$ stigmer run\n"
        "Error: cannot read STIGMER_OUT_DIR, where the program writes what it declares: No such file "
        "or directory",
    ),
    ErrorPage(
        "E0314",
        "There is no go command",
        "Stigmer.yaml says `runtime: go`, and no `go` is on the PATH.",
        "Install Go (https://go.dev/dl), or put it on the PATH of the shell that starts stigmer.",
        """$ stigmer run
Error: /home/anne/shop/Stigmer.yaml says `runtime: go`, and there is no `go` command on the PATH""",
    ),
    ErrorPage(
        "E0315",
        "The Go program cannot be built",
        "The compiler refused it; its own lines are below the message.",
        "Mend the first error that it names.",
        """$ stigmer run
Error: /home/anne/shop does not build

./main.go:9:2: undefined: stigmer.Agnet""",
    ),
    ErrorPage(
        "E0316",
        "The Go file is no program",
        "A program is in package main.",
        "Let its first line say `package main`, or let `main` in Stigmer.yaml name another file.",
        """$ stigmer run
Error: /home/anne/shop/main.go belongs to package shop, which is no program""",
    ),
)
