"""What the backend keeps: resources, events, journals, artifacts."""

from stigmerd.store.errors import DuplicateId, DuplicateSlug, Gone, StoreError
from stigmerd.store.events import MISSING, Missing
from stigmerd.store.store import Page, Row, Store

__all__ = ["MISSING", "DuplicateId", "DuplicateSlug", "Gone", "Missing", "Page", "Row", "Store", "StoreError"]
