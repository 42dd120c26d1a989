"""E08: models, and what else an agent needs."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E0800",
        "No model is configured",
        "Nobody said which model answers, or the chosen provider needs an API key and has none; and "
        "no Ollama runs on this machine.",
        "Set OPENAI_API_KEY or ANTHROPIC_API_KEY; or STIGMER_LLM_PROVIDER with STIGMER_LLM_MODEL (and"
        " STIGMER_LLM_BASE_URL for a server of your own); or start Ollama; or backend.local.llm in "
        "~/.stigmer/config.yaml. Without any network: STIGMER_LLM_PROVIDER=scripted.",
        """$ stigmer run reviewer
Error: no model is configured, and no Ollama answers at http://localhost:11434.""",
    ),
    ErrorPage(
        "E0801",
        "The provider does not accept the API key",
        "It answered with 401: the key is wrong, has expired, or is one of another provider. The "
        "message says which setting the key came from; its value is never shown.",
        "Check that setting. A flag (-e secret:NAME) wins over the shell, the shell over "
        "~/.stigmer/config.yaml.",
        "$ stigmer run reviewer\n"
        "Error: the provider does not accept the API key (HTTP 401 from "
        "https://api.openai.com/v1/chat/completions): Incorrect API key provided: ***; check the key,"
        " OPENAI_API_KEY of the shell that started it",
    ),
    ErrorPage(
        "E0802",
        "There is no such model",
        "The provider answered with 404 and does not know the name, or your account may not see it.",
        "Choose one that it has: the message lists them where the provider tells, the nearest first. "
        "Set STIGMER_LLM_MODEL, or the agent's model.",
        "$ stigmer run reviewer\n"
        "Error: there is no model gpt-4.l (HTTP 404 from https://api.openai.com/v1/chat/completions);"
        ' did you mean "gpt-4.1"? it has gpt-4.1, gpt-4.1-mini, o3',
    ),
    ErrorPage(
        "E0803",
        "No model answers at the address",
        "There is a web page, another API, a redirection, or nothing at this path; or the address has"
        " no http:// or https://.",
        "Correct the setting that the message names. An OpenAI-compatible server often wants /v1 at the end.",
        "$ stigmer run reviewer\n"
        "Error: http://localhost:3000 is a web page (Open WebUI), and no model answers there; check "
        "the address (STIGMER_LLM_BASE_URL of the shell that started it)",
    ),
    ErrorPage(
        "E0804",
        "The quota of the API key is used up",
        "The account has no credit left, or has reached its monthly limit. To wait does not help.",
        "See the plan and billing of the account, or use another key.",
        "$ stigmer run reviewer\n"
        "Error: the quota of the API key is used up (HTTP 429 from "
        "https://api.openai.com/v1/chat/completions): You exceeded your current quota",
    ),
    ErrorPage(
        "E0805",
        "There are too many requests",
        "The provider limits requests or tokens per minute. The client has tried again by itself "
        "before it gave up.",
        "Wait as long as the message says; run fewer executions at once (--jobs).",
        "$ stigmer run --all\n"
        "Error: too many requests for the model gpt-4.1 (HTTP 429 from "
        "https://api.openai.com/v1/chat/completions): Rate limit reached; wait 20 s, or run fewer at "
        "once",
    ),
    ErrorPage(
        "E0806",
        "The API key may not do this",
        "It is known, and may not use this model, this project or this region (403).",
        "Check the rights of the key at the provider, or choose another model.",
        "$ stigmer run reviewer\n"
        "Error: the API key may not use the model o3 (HTTP 403 from "
        "https://api.openai.com/v1/chat/completions): Project does not have access to model o3",
    ),
    ErrorPage(
        "E0807",
        "The provider does not accept the request",
        "It answered with 400 or 422: a setting that this model does not know (a temperature, tools),"
        " or a schema of a tool that it does not take.",
        "The provider's own words are in the message; change the setting or the model.",
        "$ stigmer run reviewer\n"
        "Error: the provider does not accept the request for the model tiny (HTTP 400 from "
        "http://localhost:11434/v1/chat/completions): tiny does not support tools",
    ),
    ErrorPage(
        "E0808",
        "The conversation is too long for the model",
        "Message, instructions, tool results and history together have more tokens than the model's "
        "context window.",
        "Send less, begin a new session, or choose a model with a larger window.",
        "$ stigmer run reviewer\n"
        "Error: the conversation is too long for the model tiny (HTTP 400 from "
        "http://localhost:8000/v1/chat/completions)",
    ),
    ErrorPage(
        "E0809",
        "The provider failed",
        "It is overloaded or broken (5xx). The client has tried again by itself.",
        "Try again later; see the provider's status page.",
        "$ stigmer run reviewer\n"
        "Error: the provider of the model gpt-4.1 failed (HTTP 503 from "
        "https://api.openai.com/v1/chat/completions): overloaded; try again later",
    ),
    ErrorPage(
        "E0811",
        "There is no TLS connection to the model",
        "The certificate has expired, is for another name, or is signed by an authority that is not "
        "known here (a company's proxy, say); or the server does not speak TLS.",
        "For an authority of your own: SSL_CERT_FILE=ca.pem in the environment of the backend, then "
        "stigmer server stop. Without TLS: http://.",
        "$ stigmer run reviewer\n"
        "Error: cannot reach the model at https://llm.example.com/v1/chat/completions: the "
        "certificate of llm.example.com is not trusted: certificate has expired",
    ),
    ErrorPage(
        "E0812",
        "The host of the model is not known",
        "DNS has no such name, or there is no network.",
        "Check the spelling in the setting that the message names, and the network.",
        "$ stigmer run reviewer\n"
        "Error: cannot reach the model at https://llm.exmaple.com/v1/chat/completions: no host "
        '"llm.exmaple.com" is known (DNS)',
    ),
    ErrorPage(
        "E0813",
        "Nothing answers at the address of the model",
        "The connection was refused, or closed before an answer came.",
        "Check that the server runs, and its address and port.",
        "$ stigmer run reviewer\n"
        "Error: cannot reach the model at http://localhost:11434/v1/chat/completions: nothing listens"
        " there (connection refused)",
    ),
    ErrorPage(
        "E0814",
        "The model does not answer in time",
        "The connection hangs, or the model takes longer than its client waits.",
        "Try again; a large local model may need a warm-up. Check network and firewall.",
        """$ stigmer run reviewer
Error: cannot reach the model at http://192.0.2.1/v1/chat/completions: no answer in time""",
    ),
    ErrorPage(
        "E0815",
        "The proxy does not let the request through",
        "A variable of the backend's environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY) puts a proxy in"
        " between, which cannot be reached or refuses.",
        "Correct the variable, or name hosts that need no proxy in NO_PROXY; then stigmer server "
        "stop, so that the backend starts with it.",
        "$ stigmer run reviewer\n"
        "Error: cannot reach the proxy http://proxy:3128 (HTTPS_PROXY): nothing listens there "
        "(connection refused)",
    ),
    ErrorPage(
        "E0816",
        "The library of the provider is not installed",
        "Each provider needs its own client library.",
        "Install the extra that the message names.",
        "$ stigmer run reviewer\n"
        "Error: the provider anthropic needs a library that is not installed: pip install "
        "'stigmer-devloop[anthropic]'",
    ),
    ErrorPage(
        "E0820",
        "The provider's content filter stopped the answer",
        "Message or answer hit a rule of the provider.",
        "Change the message or the instructions.",
        """$ stigmer run reviewer
Error: the provider's content filter stopped the model gpt-4.1""",
    ),
    ErrorPage(
        "E0821",
        "The model's answer cannot be used",
        "It called a tool with wrong arguments again and again, or answered in a form that nobody "
        "understands. Small models do that more often.",
        "Try again, describe the tool better, or choose a larger model.",
        """$ stigmer run reviewer
Error: the model tiny answered with something unusable: Tool 'add' exceeded max retries count of 1""",
    ),
    ErrorPage(
        "E0822",
        "The answer was cut off",
        "It reached the limit of tokens of one answer, or the conversation filled the model's context "
        "window. What came stays among the agent's messages.",
        "Raise max_tokens in the agent's settings, ask for less at once, or choose a model with longer "
        'answers. An agent with on_cut_off="warn" takes what there is, with a warning.',
        "$ stigmer run reviewer\n"
        "Error: the model tiny stopped at its limit of 4096 tokens (length); raise max_tokens in the agent's "
        "settings, or ask for a shorter answer",
    ),
    ErrorPage(
        "E0823",
        "The model cannot be used so",
        "A setting does not fit to the provider.",
        "Do what the message says.",
        """$ stigmer run reviewer
Error: the model cannot be used so: Unknown model: gpt""",
    ),
    ErrorPage(
        "E0830",
        "A setting of the agent is wrong",
        "A variable or an annotation of the agent has a value that it does not take, or what it names"
        " is gone.",
        "Correct it as the message says.",
        """$ stigmer run reviewer -e STIGMER_AGENT_MAX_STEPS=many
Error: STIGMER_AGENT_MAX_STEPS must be a whole number above zero, not 'many'""",
    ),
    ErrorPage(
        "E0831",
        "The agent reached a limit",
        "Turns of the model, tokens, time, and if you say so cost and tool calls of an execution are limited,"
        " so that an agent that goes in circles ends. What it said and did until then is kept.",
        "See in the run why it did not end; or allow more, where the message says.",
        """$ stigmer run reviewer
Error: stopped after 50 model turns (the default): raise limits.steps of agent reviewer, or for one run with
--max-steps""",
    ),
    ErrorPage(
        "E0832",
        "The process of the agents ended",
        "Agents run in a process of their own. It crashed or was killed (memory), and takes what ran "
        "in it along; the next execution gets a new one.",
        "Start the run again; see stigmer server logs.",
        """$ stigmer run reviewer
Error: the agent process was killed by SIGKILL; the execution was in it""",
    ),
    ErrorPage(
        "E0840",
        "The script of the scripted model is wrong",
        "It cannot be read, is no YAML, has an unknown key, or has no turn for what happened.",
        "Correct the line that the message names.",
        """$ stigmer run reviewer
Error: script, line 2: unknown key "sya" in a turn (did you mean "say"?)""",
    ),
    ErrorPage(
        "E0850",
        "An MCP server does not start or went away",
        "Its command is missing, ended, or did not answer; the last lines that it wrote are in the message.",
        "Run the command by hand in the project's directory.",
        "$ stigmer run reviewer\n"
        'Error: the MCP server "git": no command `mcp-git` (looked in the folder /home/anne/shop and '
        "on the PATH)",
    ),
    ErrorPage(
        "E0851",
        "An MCP server cannot be used as it is declared",
        "A variable in its settings has no value, a path has an unknown user, or a secret would stand"
        " in its arguments, where each process of the machine could read it.",
        "Give the variable with -e; pass secrets in the server's environment.",
        """$ stigmer run reviewer
Error: the MCP server "git": no value for GITHUB_TOKEN""",
    ),
    ErrorPage(
        "E0852",
        "The archive of a skill is damaged",
        "It cannot be unpacked, or is not what it says.",
        "Push the skill again.",
        """$ stigmer run reviewer
Error: the archive of the skill "review" is damaged""",
    ),
)
