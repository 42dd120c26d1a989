"""Which files and modules does a Python program mention, also in functions that are called late?"""

from __future__ import annotations

import ast
import warnings
from threading import Lock

from stigmer_api.program.mentions import LONGEST_NAME, Mentions, imported, in_broken_python

IMPORTERS = ("import_module", "__import__", "run_module", "find_spec")  # by a name
LOADERS = ("spec_from_file_location", "run_path", "SourceFileLoader")  # by a path
FINDERS = ("iter_modules", "walk_packages")  # whatever there is
LISTERS = ("iterdir", "listdir", "scandir", "walk", "glob", "iglob", "rglob")
GLOBS = ("glob", "iglob", "rglob")
CWD = ("getcwd", "cwd")
# Their text is the name of something else than a directory.
NEUTRAL = ("get", "pop", "setdefault", "getattr", "hasattr", "setattr", "getenv", "tool", "isinstance")
WRITERS = ("write_text", "write_bytes", "mkdir", "makedirs", "unlink", "remove")
WRITES = ("w", "a", "x")  # modes of open()

_quiet = Lock()  # filters for warnings belong to the process


def in_python(source: bytes) -> Mentions:
    """What cannot be parsed is read as text."""
    try:
        with _quiet, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        reader = _Reader()
        reader.read(tree, folders=True)
        reader.finish()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return in_broken_python(source.decode("utf-8", "replace"))
    return reader.found


class _Reader:
    """Walks a syntax tree. `folders`: a text that stands here may be the name of a directory."""

    def __init__(self) -> None:
        self.found = Mentions()
        self._here = {"__file__"}  # names of the place where the program lies
        self._assigned: dict[str, set[str]] = {}  # to names: the texts in what was assigned
        self._written: set[str] = set()  # names of files that are written

    def read(self, node: ast.AST, *, folders: bool) -> None:
        match node:
            case ast.Import(names=names):
                self.found.modules |= {(0, each.name) for each in names}
            case ast.ImportFrom(module=module, names=names, level=level):
                self.found.modules |= imported(level, module or "", [each.name for each in names])
            case ast.Expr(value=ast.Constant()):
                pass  # a docstring
            case ast.Constant(value=str() as text):
                self._text(text, folders=folders)
            case ast.JoinedStr():
                self._joined(node)
                self._children(node, folders=False, but=ast.Constant)
            case ast.Call():
                self._call(node, folders=folders)
            case ast.Subscript(value=value, slice=index):
                self.read(value, folders=folders)
                self.read(index, folders=False)
            case ast.Dict() | ast.Compare():
                self._children(node, folders=False)
            case ast.Assign(targets=[target], value=value):
                name = _last_name(target)
                if self._is_here(value):
                    self._here.add(name)
                self._assigned.setdefault(name, set()).update(_texts(value))
                self.read(value, folders=folders)
            case _:
                self._children(node, folders=folders)

    def finish(self) -> None:
        """What is written by a name that a file was given is no part of a program, but may be read by it."""
        for name in self._written:
            texts = self._assigned.get(name, set())
            self.found.written |= texts
            self.found.outputs |= texts
            self.found.names -= texts

    def _children(self, node: ast.AST, *, folders: bool, but: type[ast.AST] | None = None) -> None:
        for child in ast.iter_child_nodes(node):
            if but is None or not isinstance(child, but):
                self.read(child, folders=folders)

    def _text(self, text: str, *, folders: bool) -> None:
        if text and len(text) <= LONGEST_NAME and "\n" not in text:
            self.found.names.add(text)
            if folders:
                self.found.folders.add(text)
            if "*" in text and "." in text:
                self.found.patterns.add(text)

    def _joined(self, node: ast.JoinedStr) -> None:
        pattern = _pattern(node)
        if len(pattern) <= LONGEST_NAME and "\n" not in pattern and ("/" in pattern or "." in pattern):
            self.found.patterns.add(pattern)

    def _call(self, call: ast.Call, *, folders: bool) -> None:
        name = _last_name(call.func)
        arguments = [*call.args, *(each.value for each in call.keywords)]
        if name in IMPORTERS:
            match arguments:
                case [ast.Constant(value=str() as module), *_]:
                    dots = len(module) - len(module.lstrip("."))
                    self.found.modules.add((dots, module[dots:]))
                case _:
                    self.found.computed = True
        elif name in FINDERS or (name in LOADERS and not any(map(_has_text, arguments[-1:]))):
            self.found.computed = True
        elif name in LISTERS:
            self._listing(call, name)
        elif name == "with_suffix" and (suffixes := _texts(call)):
            self.found.patterns |= {f"*{each}" for each in suffixes}
        if name in WRITERS or (name == "open" and _writes(call)):
            self._writes(call)
            return
        self._children(call, folders=folders and name not in NEUTRAL)

    def _writes(self, call: ast.Call) -> None:
        file = call.func if isinstance(call.func, ast.Attribute) else call.args[0] if call.args else call
        self._written.update(map(_last_name, ast.walk(file)))
        for each in ast.walk(file):
            if isinstance(each, ast.JoinedStr):
                self.found.outputs.add(_pattern(each))
            elif isinstance(each, ast.Constant) and isinstance(each.value, str):
                self.found.outputs.add(each.value)

    def _listing(self, call: ast.Call, name: str) -> None:
        """What is listed: a directory that has a name, which counts anyway, or the one of the program."""
        texts = _texts(call)
        if name in GLOBS:
            self.found.patterns |= set(texts)
        names = {each.id for each in ast.walk(call) if isinstance(each, ast.Name)}
        here = bool(names & self._here) or any(
            _last_name(each.func) in CWD for each in ast.walk(call) if isinstance(each, ast.Call)
        )
        nothing = not call.args and name in ("listdir", "scandir")
        if (here and not texts) or nothing or "." in texts or (here and name in GLOBS and "*" in texts):
            self.found.own_folder = True

    def _is_here(self, value: ast.expr) -> bool:
        names = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)}
        return bool(names & self._here) and not _has_text(value)


def _pattern(node: ast.JoinedStr) -> str:
    pieces = [each.value if isinstance(each, ast.Constant) else "*" for each in node.values]
    return "".join(map(str, pieces)).removeprefix("*/")  # `f"{HERE}/…"`


def _last_name(node: ast.AST) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _texts(node: ast.AST) -> list[str]:
    return [
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]


def _has_text(node: ast.AST) -> bool:
    return bool(_texts(node))


def _writes(call: ast.Call) -> bool:
    """`open(path, "w")`, `path.open("w")`, with `mode=` too."""
    own = call.args[:1] if isinstance(call.func, ast.Attribute) else call.args[1:2]
    modes = [*own, *(each.value for each in call.keywords if each.arg == "mode")]
    return any(isinstance(each, ast.Constant) and str(each.value).startswith(WRITES) for each in modes)
