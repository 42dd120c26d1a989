"""No truth test decides about security: an empty token is a token that is wrong, and not "no token"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.support.paths import ROOT

FILES = (
    *(
        file
        for package in ("devloop", "runcmd", "stigmer", "stigmerd")
        for file in (ROOT / package).rglob("*.py")
    ),
    ROOT / "stigmer_start.py",
    ROOT / "protos" / "stigmer_api" / "validation.py",
)
SECRET = re.compile(r"(^|_)(token|key|secret|auth|password|credential|bearer|apikey)s?(_|$)", re.I)

# Why none of these decides who may do what.
FLAG = "a flag: whether a variable is secret; not its value"
KEYBOARD = "the keys of a keyboard"
TOKENS = "how many tokens a model read or wrote"
FILE_OF_SECRETS = "which file is like .env, by its name; not its content"
NOTHING_TO_HIDE = "whether there are any: without secrets there is nothing to replace"
HARMLESS = {
    "devloop: each.secret": FLAG,
    "devloop: head['secret']": FLAG,
    "devloop: variable.secret": FLAG,
    "devloop: secret": FLAG,
    "runcmd: secret": FLAG,
    "runcmd: self.secret": FLAG,
    "stigmer: secret": FLAG,
    "stigmer: variable.secret": FLAG,
    "stigmer: known.secret": FLAG,
    "stigmerd: value.is_secret": FLAG,
    "stigmerd: before[name].is_secret": FLAG,
    "stigmerd: entry.is_secret": FLAG,
    "devloop: event.keys": KEYBOARD,
    "devloop: flags.no_keys": KEYBOARD,
    "devloop: wants_keys": KEYBOARD,
    "devloop: self._settings.keys()": KEYBOARD,
    "devloop: keys": KEYBOARD,
    "devloop: loop.keys": KEYBOARD,
    "devloop: run.tokens": TOKENS,
    "devloop: usage.cached_tokens": TOKENS,
    "runcmd: self.input_tokens": TOKENS,
    "runcmd: self.output_tokens": TOKENS,
    "stigmerd: choice.get('key_from')": "the name of the setting that the key is from; not its value",
    "devloop: secrets": NOTHING_TO_HIDE,
    "stigmerd: self._secrets": NOTHING_TO_HIDE,
    "stigmerd: provider_by_key(layers)": "the name of a provider",
    "stigmerd: known.keys": "the names of variables, whether or not they are set",
    "stigmerd: choice.get('key_kept')": "a sentence about a key that is not sent",
    "devloop: choice.key_kept": "a sentence about a key that is not sent",
    "stigmerd: is_secret(name)": FLAG,
    "stigmerd: (file := more.get('GOOGLE_APPLICATION_CREDENTIALS'))": "the path of a file",
    "stigmerd: message.usage.input_tokens": TOKENS,
    "stigmerd: secret(place.names)": FILE_OF_SECRETS,
    "stigmerd: (name := secret(place.names))": FILE_OF_SECRETS,
    "stigmerd: _is_secret(plain(name))": FILE_OF_SECRETS,
    "stigmerd: reader.secrets": "a flag: whether files like .env may be read",
    "stigmerd: self.secrets": "likewise",
    "stigmerd: (some := layer.credentials_for(known))": "which place has any; all are taken from that one",
}


@pytest.mark.parametrize(
    "text",
    [
        "if token: ...",
        "x = token or y",
        "not a.api_key",
        "1 if self._auth else 2",
        "bool(secret)",
        "while password(): ...",
        "[1 for x in y if x.token]",
        "assert key",
        "if (t := token): ...",
        "if environ.get('STIGMER_API_KEY'): ...",
        "if a and token.strip(): ...",
        "if values['token']: ...",
    ],
)
def test_the_lint_sees_what_it_is_for(text: str) -> None:
    assert list(truth_tests(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "if token is None: ...",
        "if token == '': ...",
        "x = monkey or y",
        "if len(tokens) == 0: ...",
        "if key in known: ...",
        "if known(key): ...",
    ],
)
def test_the_lint_leaves_other_things_alone(text: str) -> None:
    assert not list(truth_tests(ast.parse(text)))


def test_no_truth_test_decides_about_security() -> None:
    found = {
        f"{file.relative_to(ROOT).parts[0]}: {ast.unparse(tested)}"
        for file in FILES
        for tested in truth_tests(ast.parse(file.read_text()))
    }
    assert found == set(HARMLESS)


def truth_tests(tree: ast.AST) -> Iterator[ast.expr]:
    """Whatever is asked for its truth and has the name of a secret."""
    for node in ast.walk(tree):
        for tested in asked(node):
            if SECRET.search(name_of(tested)):
                yield tested


def asked(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            return [test]
        case ast.BoolOp(values=values):
            return values
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [operand]
        case ast.comprehension(ifs=ifs):
            return ifs
        case ast.Call(func=ast.Name(id="bool" | "any" | "all"), args=arguments):
            return arguments
    return []


def name_of(tested: ast.expr) -> str:
    """Its last word: `a.token`, `token()`, `token.strip()`, `values["token"]`, `get("token")`."""
    match tested:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case ast.NamedExpr(target=target, value=value):
            return f"{target.id}_{name_of(value)}"
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
            return f"{key}_{name_of(value)}"
        case ast.Subscript(value=value):
            return name_of(value)
        case ast.Await(value=value):
            return name_of(value)
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(key)), *_]):
            return key
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Name(id=key), *_]):
            return key
        case ast.Call(
            func=ast.Attribute(value=value, attr="strip" | "encode" | "decode" | "lower" | "read_text")
        ):
            return name_of(value)
        case ast.Call(func=function):
            return name_of(function)
    return ""
