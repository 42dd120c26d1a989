"""jq programs, evaluated where they can do no harm."""

from stigmerd.expressions.evaluator import Evaluator, ExpressionError, ExpressionLimits

__all__ = ["Evaluator", "ExpressionError", "ExpressionLimits"]
