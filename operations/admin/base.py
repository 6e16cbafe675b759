"""What all pages of the admin share: nothing can be changed, and only rows of supervised organisations exist."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html

from operations.supervision import keep_supervised, list_supervised_ids

# Generic to the type checker only.
if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyPaginator = Paginator[Any]
else:
    AnyAdmin, AnyPaginator = admin.ModelAdmin, Paginator
COUNTED_ROWS = 10_000
SEARCH_CHARACTERS = 200


class BoundedPaginator(AnyPaginator):
    """Counts no further than 10,000 rows, so that a list costs the same however much there is; filters find the rest."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:COUNTED_ROWS].count())


class SupervisedAdmin(AnyAdmin):
    """Reads as a supervisor reads.

    `organisation_path`: where a row's organisation is. `related`: foreign keys that lists and pages show.
    `id_paths`: UUID columns that a search for a whole id looks at.
    """

    is_supervised: ClassVar[bool] = True
    organisation_path: ClassVar[str] = "organisation"
    related: ClassVar[tuple[str, ...]] = ()
    id_paths: ClassVar[tuple[str, ...]] = ()
    actions = None
    list_per_page = 50
    list_max_show_all = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_select_related = False

    # Who may --------------------------------------------------------------------------------------------------------
    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # What there is ---------------------------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        rows = rows.select_related(*self.related) if self.related else rows
        return self.keep_own(rows, request)

    def keep_own(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        """The rows that this user supervises."""
        return keep_supervised(rows, path=self.organisation_path, ids=list_supervised_ids(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Another tenant's and none at all: not found, where Django would tell of an object that does not exist."""
        raise Http404

    def describe(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        """What the page of one row shows besides its fields."""
        return {}

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **options: Any
    ) -> HttpResponse:
        own = self.describe(request, options["obj"])
        return super().render_change_form(request, {**context, "subtitle": None, **own}, *args, **options)

    # What may be asked -----------------------------------------------------------------------------------------------
    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """By the page's own filters only: a look-up by any column would be an oracle about what is not shown."""
        filters = [
            entry[0] if isinstance(entry, (tuple, list)) else entry for entry in self.list_filter or ()
        ]
        return any(
            lookup == name or lookup.startswith(f"{name}__") for name in filters if isinstance(name, str)
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if any("\x00" in value for values in request.GET.lists() for value in values[1]):
            raise Http404
        return super().changelist_view(request, extra_context)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """A whole id finds by id; anything else looks at `search_fields`."""
        term = search_term.strip()[:SEARCH_CHARACTERS]
        wanted = parse_id(term) if self.id_paths else None
        if wanted is None:
            return super().get_search_results(request, queryset, term)
        found = queryset.none()
        for path in self.id_paths:
            found |= queryset.filter(**{path: wanted})
        return found, False


def parse_id(term: str) -> UUID | None:
    """The UUID that `term` is, or None."""
    try:
        return UUID(term)
    except ValueError:
        return None


def time_column(name: str, label: str) -> Callable[[Any], str]:
    """A list's column for the moment in field `name`: relative words, the exact time on hover (static/ui/times.js)."""

    def show(row: Any) -> str:
        moment = getattr(row, name)
        if moment is None:
            return "—"
        words = timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), words)

    show.__name__ = name
    return admin.display(description=label, ordering=name)(show)
