"""YAML that somebody else may have written: not nested without end, and not larger than it looks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yaml import SafeLoader
    from yaml.nodes import MappingNode, Node, ScalarNode

MOST_LEVELS = 50
# What stands for something else multiplies: 30 of them can make 60,000 of one.
MOST_ALIASES = 30
# What the parser says of everyday slips, and what to look for.
SLIPS = (
    ("'\\t'", "indent with spaces: YAML takes no tabs"),
    ("mapping values are not allowed", "put quotes around a value with `: ` in it, or mend the indentation"),
    ("could not find expected ':'", "write `key: value`; perhaps the line before is not complete"),
    ("<stream end>", "a bracket or a quote is never closed"),
    ("end of stream", "a bracket or a quote is never closed"),
    ("<block end>", "the indentation does not fit to the lines above"),
    ("cannot start any token", "put quotes around the value"),
)
MOST_MERGED = 10_000  # keys that `<<` brings into one mapping


def slip(problem: str) -> str:
    """What to look for, by the parser's own words; nothing where these say enough."""
    return next((look_for for words, look_for in SLIPS if words in problem), "")


def composed(text: str) -> Node | None:
    """Nodes with their places. Raises yaml.YAMLError."""
    import yaml

    return yaml.compose(text, Loader=_loader())


def composed_all(text: str) -> Iterator[Node]:
    """The nodes of each document. Raises yaml.YAMLError."""
    import yaml

    return yaml.compose_all(text, Loader=_loader())


def constructed(node: Node) -> object:
    """The value of one node. Raises yaml.YAMLError."""
    import yaml

    try:
        return _loader()("").construct_object(node, deep=True)
    except (ValueError, OverflowError) as error:
        raise yaml.YAMLError(str(error)) from error


def flatten(node: MappingNode) -> None:
    """Puts what `<<` merges into the mapping itself. Raises yaml.YAMLError."""
    _loader()("").flatten_mapping(node)


def loaded(text: str) -> object:
    """Values. Raises yaml.YAMLError, also for dates and numbers that cannot be."""
    import yaml

    try:
        return yaml.load(text, Loader=_loader())
    except (ValueError, OverflowError) as error:  # 2001-99-99, or 5,000 digits
        raise yaml.YAMLError(str(error)) from error


@lru_cache(maxsize=1)
def _loader() -> type[SafeLoader]:
    import yaml
    from yaml.composer import ComposerError
    from yaml.constructor import ConstructorError

    class Bounded(yaml.SafeLoader):
        levels = aliases = 0

        def compose_node(self, parent: Node | None, index: Any) -> Node | None:
            event = self.peek_event()  # type: ignore[no-untyped-call]
            if isinstance(event, yaml.AliasEvent):
                self.aliases += 1
                if self.aliases > MOST_ALIASES:
                    raise _beyond(f"more than {MOST_ALIASES} aliases (*…)", event.start_mark)
            if self.levels == MOST_LEVELS:
                raise _beyond(f"nested deeper than {MOST_LEVELS} levels", event.start_mark)
            self.levels += 1
            try:
                return super().compose_node(parent, index)
            finally:
                self.levels -= 1

        def compose_scalar_node(self, anchor: Any) -> ScalarNode:
            node = super().compose_scalar_node(anchor)
            if not node.value.isascii():
                node.value = _whole(node)
            return node

        def flatten_mapping(self, node: MappingNode) -> None:
            super().flatten_mapping(node)
            if len(node.value) > MOST_MERGED:
                mark = node.start_mark
                raise ConstructorError(None, None, f"`<<` merges more than {MOST_MERGED} keys", mark)

    def _whole(node: ScalarNode) -> str:
        """JSON writes a character beyond the first 65,536 as two escapes. One alone is no text."""
        try:
            return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise _beyond("an escape that stands for no character", node.start_mark) from None

    def _beyond(problem: str, mark: Any) -> ComposerError:
        return ComposerError(None, None, problem, mark)

    return Bounded
