"""Secrets inside a workflow: tokens in its state, values only in the arguments of a call.

The value of a secret is never in a workflow's state, so that it cannot get into the journal, a record or a
log. What `.secrets.K` (and `.env_vars.K`, for a variable that is secret) gives is a *token* such as
`<secret:9f2c…:0>`, which expressions may put into texts, objects and lists like any other text. `reveal`
replaces the tokens in the arguments of a call at the last moment.

* A token holds a random number made for one run of one execution, so that a text from outside (the answer of
  a web server, a reply of a model) cannot ask for a secret by looking like one.
* An expression that works on a token (`.secrets.P | @base64`) is evaluated twice, on the tokens and on the
  values, in the child process that runs jq. Where the results differ by more than the tokens in them, what
  came out is itself a secret from then on: it gets a token of its own. A truth value or a number passes
  as it is; what passes is listed in docs/design/secrets.md.
* What comes back from a call is masked before anybody sees it: also texts that were derived in this way.
* A secret in the input of the execution (`$input`) is a token, too.
* In records a token reads `${.secrets.K}`, or `***` when it was derived.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Final

from stigmer_api.masking import Masker, masker_of
from stigmerd.expressions.interfaces import SecretVariables
from stigmerd.store.json import Json

# A member called `secrets` of something else is none: `$data.secrets`, `.user.secrets`.
NAMED: Final = re.compile(r'(?<![\w\])"?.])\.(?:secrets|env_vars)\b(?:\.(\w+)|\.?\["([^"]+)"\])?')
DERIVED: Final = "***"


class UnknownVariable(LookupError):  # noqa: N818
    """The text says which."""


class SecretTokens:
    """The tokens of one run: makes, reveals and shows them, and masks what comes from outside."""

    def __init__(self, variables: SecretVariables, masker: Masker, nonce: str) -> None:
        self._masker = masker
        self._start = f"<secret:{nonce}:"
        self._token = re.compile(re.escape(self._start) + r"\d+>")
        self._names: dict[str, str] = {}  # token → what records show
        self._secrets: dict[str, str] = {}  # token → value
        self._derived = 0, masker_of(())  # how many secrets there were, and what masks the derived ones
        self._of_input: dict[str, str] = {}  # value → token, of secrets in the input of the execution
        self._visible = {
            name: self._new_token(value, f"${{.secrets.{name}}}") if name in variables.secrets else value
            for name, value in variables.values.items()
        }
        self._env = {
            name: {"value": value, "is_secret": name in variables.secrets}
            for name, value in self._visible.items()
        }

    @property
    def env(self) -> Mapping[str, Json]:
        """What `$env` is."""
        return self._env

    def bind(self, program: str, dot: Json) -> Json:
        """`.` with `.secrets` and `.env_vars` if the program speaks of them. Raises UnknownVariable."""
        mentioned = NAMED.findall(program)
        if not mentioned:
            return dot
        missing = [name for pair in mentioned if (name := pair[0] or pair[1]) and name not in self._visible]
        if missing and "//" not in program:
            name = missing[0]
            raise UnknownVariable(
                f"no variable {name}: give it with -e {name}=value (-e secret:{name} for a secret), "
                "or in an environment of the instance"
            )
        members = dot if isinstance(dot, Mapping) else {}
        return {**members, "secrets": self._visible, "env_vars": self._visible}

    def tokenize(self, value: Json) -> Json:
        """The input of the execution, with tokens in place of the secrets in it."""

        def token(secret: str) -> str:
            if secret not in self._of_input:
                self._of_input[secret] = self._new_token(secret, DERIVED)
            return self._of_input[secret]

        return _texts(value, lambda text: self._masker.replaced(text, token))

    def adds(self, value: Json) -> bool:
        """Whether a token is inside that does not stand for a secret of the input."""
        of_input = set(self._of_input.values())
        without = self._replaced(value, lambda token: "" if token[0] in of_input else token[0])
        return self.holds(without)

    def holds(self, value: Json) -> bool:
        """Whether a token is somewhere inside."""
        if not self._secrets:
            return False
        match value:
            case str():
                return self._start in value
            case Mapping():
                return any(self.holds(each) for pair in value.items() for each in pair)
            case list() | tuple():
                return any(self.holds(each) for each in value)
            case _:
                return False

    def reveal(self, value: Json) -> Json:
        """With the values in place of the tokens; only for what leaves this process at once."""
        return self._replaced(value, lambda token: self._secrets.get(token[0], token[0]))

    def show(self, value: Json) -> Json:
        """For records: no tokens."""
        return self._replaced(value, lambda token: self._names.get(token[0], DERIVED))

    def masking(self) -> Callable[[Json], Json]:
        """`mask` as it is now, for another thread: a token that is made meanwhile does not disturb it."""
        maskers = self.maskers()
        return lambda value: reduce(lambda masked, masker: masker.json(masked), maskers, value)

    def maskers(self) -> Sequence[Masker]:
        """What `mask` does, one after the other: for texts that come in pieces."""
        return [self._masker, self._derived_masker()] if self._secrets else [self._masker]

    def mask(self, value: Json) -> Json:
        """What came from outside, without secrets, derived ones included."""
        return self.masking()(value)

    def used(self, value: Json) -> dict[str, str]:
        """The secrets inside, by name; derived ones get a name."""
        found: dict[str, str] = {}
        names = {
            self._secrets[token]: name for name, token in self._visible.items() if token in self._secrets
        }

        def note(token: re.Match[str]) -> str:
            secret = self._secrets.get(token[0], "")
            found[names.get(secret, f"STIGMER_SECRET_{len(found)}")] = secret
            return ""

        self._replaced(value, note)
        return found

    def tokenize_result(self, masked: Json, real: Json) -> Json:
        """The result of one program on the tokens and on the values: as if it were computed on the values."""
        match masked, real:
            case str(), str() if self.reveal(masked) == real:
                return masked
            case dict(), dict() if masked.keys() == real.keys():
                return {key: self.tokenize_result(masked[key], real[key]) for key in real}
            case list(), list() if len(masked) == len(real):
                return [self.tokenize_result(ours, theirs) for ours, theirs in zip(masked, real, strict=True)]
            case _, str():
                return self._new_token(real, DERIVED)
            case _, dict():
                return {key: self.tokenize_result(None, each) for key, each in real.items()}
            case _, list():
                return [self.tokenize_result(None, each) for each in real]
            case _:
                return real

    def _new_token(self, secret: str, shown: str) -> str:
        token = f"{self._start}{len(self._secrets)}>"
        self._secrets[token], self._names[token] = secret, shown
        return token

    def _derived_masker(self) -> Masker:
        count, masker = self._derived
        if count != len(self._secrets):
            derived = {each for token, each in self._secrets.items() if self._names[token] == DERIVED}
            masker = masker_of(derived)
            self._derived = len(self._secrets), masker
        return masker

    def _replaced(self, value: Json, replacement: Callable[[re.Match[str]], str]) -> Json:
        if not self._secrets:
            return value
        return _texts(value, lambda text: self._token.sub(replacement, text) if self._start in text else text)


def _texts(value: Json, change: Callable[[str], str]) -> Json:
    match value:
        case str():
            return change(value)
        case Mapping():
            return {change(str(key)): _texts(each, change) for key, each in value.items()}
        case list() | tuple():
            return [_texts(each, change) for each in value]
        case _:
            return value
