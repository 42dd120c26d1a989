"""E126: answers of models that are none."""

from __future__ import annotations

from devloop.explain.page import ErrorPage

PAGES = (
    ErrorPage(
        "E1260",
        "The model refuses to answer",
        "It said so, instead of an answer; the message has its words. They are among the agent's messages.",
        'Change the message or the instructions. An agent with on_cut_off="warn" takes the refusal as its '
        "answer, with a warning.",
        "$ stigmer run reviewer\n"
        "Error: the model gpt-5 refuses to answer: I cannot help with that; change the message",
    ),
    ErrorPage(
        "E1261",
        "The answer broke off",
        "The connection was closed in the middle of it, or the stream stopped without the word that ends it: "
        "what is there is not all. If nothing was to be seen yet, the model was asked once more.",
        "Try again. If it happens often, a proxy or the model's server ends connections: see its log and its "
        "time limits. What came stays among the agent's messages.",
        "$ stigmer run reviewer\n"
        "Error: the answer of the model tiny at http://localhost:8000/v1 broke off: the connection was "
        "closed; try again, and look at what is in between (a proxy, a server's log)",
    ),
    ErrorPage(
        "E1262",
        "The model answered nothing",
        "Its answer had neither text nor a call of a tool, perhaps only thinking. It was asked twice.",
        "Ask in other words, give it more tokens if it thinks (max_tokens), or choose another model.",
        "$ stigmer run reviewer\n"
        "Error: the model tiny only thought, and answered nothing, twice; ask in other words, give it more "
        "tokens to think, or choose another model",
    ),
    ErrorPage(
        "E1263",
        "The provider stopped the answer",
        "It gave a reason that is none of the usual ones: the message has it.",
        "Try again; look it up in the provider's documentation.",
        "$ stigmer run reviewer\n"
        "Error: the provider stopped the answer of the model gemini-2.5-pro (MALFORMED_FUNCTION_CALL); try "
        "again",
    ),
    ErrorPage(
        "E1264",
        "What the model sent cannot be read",
        "It is no answer in the form of its provider's API: bytes, JSON of another kind, numbers that are "
        "beyond all bounds.",
        "Check the address and the provider: a server may speak another API than the one it is asked in.",
        "$ stigmer run reviewer\n"
        "Error: what the model tiny at http://localhost:8000/v1 sent cannot be read (Failed to decode "
        "response as JSON); check its name (STIGMER_LLM_MODEL of the shell that started it)",
    ),
)
