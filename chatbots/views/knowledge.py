"""/bots/<slug>/knowledge/: what the bot knows, how it got it, and what it finds."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from chatbots.access import (
    access_chatbot,
    access_chatbot_to_edit,
    access_chunks,
    access_knowledge_source,
    access_knowledge_sources,
)
from chatbots.forms.knowledge import EntryForm, PageForm, PasteForm, SiteForm, UploadForm
from chatbots.knowledge.entries import add_faq_entry
from chatbots.knowledge.importing import remove_source
from chatbots.knowledge.meaning import describe_meaning
from chatbots.knowledge.searching import Searched, search_draft
from chatbots.knowledge.uploads import refresh_source, start_import, start_web_import
from chatbots.models import Chatbot, SourceKind, SourceState
from chatbots.views.editor import editor_context, may_edit
from core.errors import Conflict, Invalid, ParleyError, TooLarge
from organisations.models import Membership
from organisations.pages import member_page, read_page, read_search

CANDIDATES = 20
BUSY = (SourceState.PENDING, SourceState.INDEXING)
# Pages of a site that its source's page lists.
PAGES = 500
FORMS: dict[str, type[forms.Form]] = {
    "upload": UploadForm,
    "page": PageForm,
    "site": SiteForm,
    "paste": PasteForm,
    "entry": EntryForm,
}


@require_GET
@member_page()
def show_knowledge(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    return _show(request, access_chatbot(membership, slug))


@require_GET
@member_page()
def show_sources(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """The list alone: asked for every second while something is being read."""
    bot = access_chatbot(membership, slug)
    context = editor_context(request, bot) | _sources_context(request, bot) | {"poll": True}
    return render(request, "chatbots/_sources.html", context)


@require_GET
@member_page()
def search_knowledge(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """Every candidate with its scores beside the draft's threshold, as the next turn would see them."""
    bot = access_chatbot(membership, slug)
    question = read_search(request)
    context: dict[str, Any] = {"bot": bot, "question": question, "threshold": bot.threshold * 100}
    if question:
        context |= _describe_search(search_draft(chatbot=bot, question=question, limit=CANDIDATES))
    return render(request, "chatbots/_candidates.html", context)


@require_GET
@member_page()
def show_source(request: HttpRequest, membership: Membership, slug: str, source_id: int) -> HttpResponse:
    """The entries and passages that a source was cut into."""
    bot = access_chatbot(membership, slug)
    source = access_knowledge_source(bot, source_id)
    query = read_search(request)
    chunks = access_chunks(source)
    if query:
        chunks = chunks.filter(text__icontains=query) | chunks.filter(title__icontains=query)
    context = {
        "source": source,
        "query": query,
        "page": read_page(request, chunks),
        "pages": source.pages[:PAGES],
    }
    return render(request, "chatbots/source.html", editor_context(request, bot, tab="knowledge") | context)


@require_POST
@member_page()
def add_knowledge(request: HttpRequest, membership: Membership, slug: str, way: str) -> HttpResponse:
    bot = access_chatbot_to_edit(membership, slug)
    form = FORMS[way](request.POST, request.FILES)
    if form.is_valid():
        words = WAYS[way](bot, form)
        if words:
            messages.success(request, words)
            return redirect("bot_knowledge", slug)
    return _show(request, bot, forms={way: form}, status=400)


@require_POST
@member_page()
def delete_source(request: HttpRequest, membership: Membership, slug: str, source_id: int) -> HttpResponse:
    bot = access_chatbot_to_edit(membership, slug)
    source = access_knowledge_source(bot, source_id)
    remove_source(source=source)
    messages.success(
        request, f"{source.title} is gone from the draft. What is published keeps it until you publish again."
    )
    return redirect("bot_knowledge", slug)


@require_POST
@member_page()
def refetch_source(request: HttpRequest, membership: Membership, slug: str, source_id: int) -> HttpResponse:
    bot = access_chatbot_to_edit(membership, slug)
    source = refresh_source(source=access_knowledge_source(bot, source_id))
    messages.success(
        request, f"We are fetching {source.title} again. The bot answers from what it knows meanwhile."
    )
    return redirect("bot_knowledge", slug)


def _describe_search(found: Searched) -> dict[str, Any]:
    """Candidates with their scores in percent, and the words for what would come of them."""
    offered = {choice.chunk_id for choice in found.decision.choices}
    candidates = [
        {
            "candidate": candidate,
            "percent": candidate.confidence * 100,
            "meaning": max(0.0, candidate.meaning_score) * 100,
            "score": candidate.score * 100,
            "enough": candidate.confidence >= found.threshold,
            "offered": candidate.chunk_id in offered,
        }
        for candidate in found.candidates
    ]
    return {"candidates": candidates, "decision": found.decision, "has_meaning": found.has_meaning}


def _upload(bot: Chatbot, form: Any) -> str:
    """Each file by itself: one that cannot be read does not stop the others, and is named."""
    for upload in form.uploads:
        try:
            start_import(chatbot=bot, title=upload.name, kind=upload.name, content=upload.file)
        except (Invalid, TooLarge, Conflict) as error:
            form.add_error(
                "documents", f"{upload.name}: {error.detail} {error.extra.get('hint', '')}".rstrip()
            )
    return "" if form.errors else "We are reading it now. You can go on meanwhile."


def _paste(bot: Chatbot, form: forms.Form) -> str:
    data = form.cleaned_data
    try:
        content = BytesIO(data["text"].encode("utf-8", "surrogatepass"))
        start_import(chatbot=bot, title=data["title"], kind="markdown", content=content)
    except ParleyError as error:
        _note_faults(form, error)
    return "" if form.errors else "We are reading it now. You can go on meanwhile."


def _enter(bot: Chatbot, form: forms.Form) -> str:
    data = form.cleaned_data
    try:
        add_faq_entry(
            chatbot=bot, title=data["title"], questions=data["questions"].splitlines(), answer=data["answer"]
        )
    except ParleyError as error:
        _note_faults(form, error)
    return "" if form.errors else f"The bot knows “{data['title']}” now."


def _fetch(kind: str) -> Callable[[Chatbot, forms.Form], str]:
    def fetch(bot: Chatbot, form: forms.Form) -> str:
        try:
            start_web_import(chatbot=bot, title="", kind=kind, address=form.cleaned_data["address"])
        except ParleyError as error:
            _note_faults(form, error)
        return "" if form.errors else "We are fetching it now. You can go on meanwhile."

    return fetch


WAYS = {
    "upload": _upload,
    "page": _fetch(SourceKind.URL),
    "site": _fetch(SourceKind.SITEMAP),
    "paste": _paste,
    "entry": _enter,
}


# Its name, its icon, and its button.
WORDS = {
    "upload": ("Upload files", "upload", "Upload"),
    "page": ("Fetch a web page", "external", "Fetch page"),
    "site": ("Fetch a whole site", "refresh", "Fetch site"),
    "paste": ("Paste text", "file", "Add text"),
    "entry": ("Write one question and answer", "edit", "Add entry"),
}


def _note_faults(form: forms.Form, error: ParleyError) -> None:
    if not error.fields.keys() & form.fields.keys():
        form.add_error(None, " ".join(filter(None, (error.detail, str(error.extra.get("hint", ""))))))
    for name in error.fields.keys() & form.fields.keys():
        form.add_error(name, error.fields[name])


def _show(
    request: HttpRequest, bot: Chatbot, *, forms: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    sources = _sources_context(request, bot)
    chosen = {way: (forms or {}).get(way) or form() for way, form in FORMS.items()}
    opened = next(iter(forms or {}), "" if sources["total"] else "upload")
    ways = [(way, form, *WORDS[way], way == opened) for way, form in chosen.items()]
    context = (
        editor_context(request, bot, tab="knowledge")
        | sources
        | {"ways": ways, "meaning": describe_meaning(bot)}
    )
    return render(request, "chatbots/knowledge.html", context, status=status)


def _sources_context(request: HttpRequest, bot: Chatbot) -> dict[str, Any]:
    sources = access_knowledge_sources(bot).defer("pages")
    query = read_search(request)
    return {
        "bot": bot,
        "query": query,
        "total": sources.count(),
        "busy": sources.filter(state__in=BUSY).exists(),
        "page": read_page(request, sources.filter(title__icontains=query) if query else sources),
        "may_edit": may_edit(request),
    }
