"""Filters of lists that name related rows: those of the reader's own organisations only."""

from typing import Any

from django.contrib.admin import RelatedFieldListFilter
from django.http import HttpRequest

CHOICES = 100


class ScopedRelatedFilter(RelatedFieldListFilter):
    """Offers what the related model's own page would list; hidden where there is nothing to choose between."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        related = model_admin.admin_site.get_model_admin(field.related_model)
        ordering = related.get_ordering(request) or ("pk",)
        return [(row.pk, str(row)) for row in related.get_queryset(request).order_by(*ordering)[:CHOICES]]

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1 or self.lookup_val is not None
