"""No text of an error shows a secret, or a token that stands for one."""

from __future__ import annotations

from dataclasses import replace

from stigmerd.expressions.secret_tokens import SecretTokens
from stigmerd.workflow.failure import Problem


def masked_text(text: str, tokens: SecretTokens) -> str:
    return str(tokens.show(tokens.mask(text)))


def masked_problem(problem: Problem, tokens: SecretTokens) -> Problem:
    return replace(
        problem,
        type=masked_text(problem.type, tokens),
        title=masked_text(problem.title, tokens),
        detail=masked_text(problem.detail, tokens),
    )
