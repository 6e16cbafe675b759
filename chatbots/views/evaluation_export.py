"""/bots/<slug>/evaluation/<run>/export/: the results for a spreadsheet."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from chatbots.access import access_chatbot
from chatbots.evaluation.access import access_bot_run, access_results
from chatbots.evaluation.exporting import write_csv
from organisations.models import Membership
from organisations.pages import member_page

ROWS = 500


@require_GET
@member_page()
def export(request: HttpRequest, membership: Membership, slug: str, run_id: int) -> HttpResponse:
    """All results in their order, streamed."""
    run = access_bot_run(access_chatbot(membership, slug), run_id)
    rows = access_results(run).defer("trace", "text").iterator(chunk_size=ROWS)
    name = slugify(run.name)[:60] or "evaluation"
    response = StreamingHttpResponse(write_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{run.pk}.csv"'
    return response  # type: ignore[return-value]
