"""Evaluates expressions whose values hold tokens of secrets; see stigmerd/expressions/secret_tokens.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from stigmerd.engine.masked import masked_text
from stigmerd.expressions import Evaluator, ExpressionError
from stigmerd.expressions.secret_tokens import SecretTokens, UnknownVariable
from stigmerd.store.json import Json
from stigmerd.workflow.failure import MISSING_VARIABLE, failed
from stigmerd.workflow.interfaces import Scope

CUT: Final = re.compile(r"\.\.\.|…|.{1900}", re.S)  # in an error's text: values are quoted in part
UNSAID: Final = "it cannot work on a value with a secret in it (jq quotes a part of it, so why is left out)"


class TokenEvaluator:
    def __init__(self, evaluator: Evaluator, tokens: SecretTokens) -> None:
        self._evaluator = evaluator
        self._tokens = tokens

    async def evaluate(self, program: str, scope: Scope) -> Json:
        """Raises TaskFailed."""
        try:
            dot = self._tokens.bind(program, scope.dot)
            fresh = _new_uuid() if "uuid" in program else ""
            variables = self._evaluator.used(program, scope.variables)
            if self._evaluator.is_simple(program) or not self._tokens.holds([dot, variables]):
                return await self._evaluator.evaluate(program, dot, variables, uuid=fresh)
            return await self._twice(program, dot, variables, fresh)
        except UnknownVariable as error:
            raise failed("expression", MISSING_VARIABLE, str(error), status=400) from None
        except ExpressionError as error:
            reason = masked_text(str(error), self._tokens)
            if error.outside:
                raise failed("system", "the expression could not be evaluated", reason, status=503) from None
            raise failed("expression", "the expression failed", reason, status=400) from None

    async def _twice(self, program: str, dot: Json, variables: Mapping[str, Json], fresh: str) -> Json:
        """On the values and on the tokens that stand for them."""
        reveal = self._tokens.reveal
        try:
            real = await self._evaluator.evaluate(program, reveal(dot), reveal(variables), uuid=fresh)
        except ExpressionError as error:
            if not CUT.search(error.reason):  # what is quoted whole can be masked
                raise
            raise ExpressionError(program, UNSAID, error.line, error.column) from None
        masked = None
        with suppress(ExpressionError):  # `.secrets.PIN | tonumber` fails on a token
            masked = await self._evaluator.evaluate(program, dot, variables, uuid=fresh)
        return self._tokens.tokenize_result(masked, real)


def _new_uuid() -> str:
    import uuid  # few programs ask for one, and it would be a part of every start

    return str(uuid.uuid4())
