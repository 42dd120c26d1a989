"""What may a resource be called? Ids and slugs as a client chooses them."""

from __future__ import annotations

from stigmer_api.apiresource_pb2 import ApiResourceMetadata
from stigmer_api.facts import LOCAL_ORGANIZATION
from stigmer_api.slugs import server_slug
from stigmerd.resources.identity import MAX_ID_CHARACTERS, MAX_SLUG_CHARACTERS, is_id, is_slug
from stigmerd.resources.rpc_error import invalid

ALLOWED = "use letters of the ASCII alphabet, digits, `.`, `_` and `-`"


def prepare_metadata(metadata: ApiResourceMetadata, title: str) -> None:
    """Fill slug and organization; refuse what can be neither name nor id."""
    metadata.org = metadata.org or LOCAL_ORGANIZATION
    metadata.slug = metadata.slug or server_slug(metadata.name)
    if not metadata.slug:
        raise invalid(
            f"{title}: metadata.name {metadata.name!r} gives no slug; use at least one letter or digit"
        )
    refuse_names(metadata, title)


def refuse_names(metadata: ApiResourceMetadata, title: str) -> None:
    """Of whatever kind: what a client chose as id or slug."""
    if len(metadata.slug) > MAX_SLUG_CHARACTERS:
        raise invalid(f"{title}: metadata.slug is longer than {MAX_SLUG_CHARACTERS} characters")
    if not is_slug(metadata.slug):
        raise invalid(f"{title}: metadata.slug {metadata.slug!r} is not a valid slug; {ALLOWED}")
    if metadata.id != "":
        refuse_id(metadata.id, f"{title}: metadata.id")


def refuse_id(text: str, where: str) -> None:
    if not is_id(text):
        shown = repr(text[:MAX_ID_CHARACTERS])
        raise invalid(
            f"{where} {shown} is not a valid id; {ALLOWED}, at most {MAX_ID_CHARACTERS}; or leave it empty"
        )
