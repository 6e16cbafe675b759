"""/models/: accounts at providers of language models, budgets, and what was spent."""

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chatbots.access import access_chatbot, access_chatbot_to_edit, access_chatbots
from chatbots.accounts import (
    access_model_use,
    access_provider_account,
    access_provider_accounts,
    read_budget_lines,
    read_limits,
)
from chatbots.actions.budgets import SCOPES_OF_BOT, set_budget
from chatbots.actions.provider_accounts import (
    check_account,
    create_account,
    delete_account,
    edit_account,
    find_uses,
)
from chatbots.budgets.limits import SCOPES, find_limits
from chatbots.forms.models import AccountForm, BudgetForm
from chatbots.llm.choices import list_models
from chatbots.models import Chatbot, ProviderAccount
from core.errors import Conflict, Invalid, RateLimited
from organisations.access import require_role
from organisations.models import Membership, Role
from organisations.pages import member_page, read_page

SECTION = {"section": "models"}


@require_GET
@member_page(Role.OWNER)
def show_accounts(request: HttpRequest, membership: Membership) -> HttpResponse:
    accounts = access_provider_accounts(membership)
    context = {"accounts": accounts, "environment": list_models()}
    return render(request, "chatbots/models/accounts.html", SECTION | context)


@require_http_methods(["GET", "POST"])
@member_page(Role.OWNER)
def make_account(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            name = form.cleaned_data["name"]
            account = create_account(organisation=membership.organisation, name=name, fields=form.changes())
        except (Invalid, Conflict) as error:
            _note_faults(form, error)
        else:
            messages.success(request, f"{account.name} is kept. Test its key now.")
            return redirect("provider_account", account.pk)
    context = SECTION | {"form": form}
    return render(request, "chatbots/models/new.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_page()
def show_account(request: HttpRequest, membership: Membership, account_id: int) -> HttpResponse:
    account = access_provider_account(membership, account_id)
    if request.method == "GET":
        return _render_account(
            request, account, AccountForm(initial=AccountForm.read(account), account=account)
        )
    form = AccountForm(request.POST, account=account)
    if form.is_valid():
        try:
            edit_account(account=account, changes=form.changes())
        except Invalid as error:
            _note_faults(form, error)
            account.refresh_from_db()
        else:
            messages.success(request, "Saved.")
            return redirect("provider_account", account.pk)
    return _render_account(request, account, form)


@require_POST
@member_page()
def test_account(request: HttpRequest, membership: Membership, account_id: int) -> HttpResponse:
    account = access_provider_account(membership, account_id)
    try:
        check_account(account=account)
    except (Invalid, RateLimited) as error:
        messages.error(request, error.detail)
    else:
        if account.check_error:
            messages.error(request, f"{account.name} did not pass the test.")
        else:
            messages.success(request, f"{account.offered[0]['name']} answered. The key works.")
    return redirect("provider_account", account.pk)


@require_POST
@member_page()
def remove_account(request: HttpRequest, membership: Membership, account_id: int) -> HttpResponse:
    account = access_provider_account(membership, account_id)
    name = account.name
    delete_account(account=account)
    messages.success(request, f"{name} is deleted, and its key with it.")
    return redirect("models")


@require_GET
@member_page(Role.OWNER, Role.SUPERVISOR)
def show_use(request: HttpRequest, membership: Membership) -> HttpResponse:
    """What was spent, by bot and day, and how much of each budget."""
    rows = access_model_use(membership)
    sums = rows.order_by().values("currency").annotate(cost=Sum("cost")).filter(cost__gt=0)
    bots = list(access_chatbots(membership))
    context = {
        "page": read_page(request, rows),
        "sums": sums,
        "bots": [(bot, read_budget_lines(membership, chatbot=bot)) for bot in bots],
        "lines": read_budget_lines(membership),
        "may_edit": membership.is_owner,
    }
    return render(request, "chatbots/models/use.html", SECTION | context)


@require_http_methods(["GET", "POST"])
@member_page(Role.OWNER, Role.SUPERVISOR)
def show_budget(request: HttpRequest, membership: Membership) -> HttpResponse:
    return _answer_budget(request, membership, None)


@require_http_methods(["GET", "POST"])
@member_page()
def show_bot_budget(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    find = access_chatbot_to_edit if request.method == "POST" else access_chatbot
    return _answer_budget(request, membership, find(membership, slug))


def _answer_budget(request: HttpRequest, membership: Membership, bot: Chatbot | None) -> HttpResponse:
    """The form with what is set, and POST sets it; for owners."""
    scopes = SCOPES if bot is None else SCOPES_OF_BOT
    initial = BudgetForm.read(read_limits(membership, chatbot=bot))
    form = BudgetForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        scopes=scopes,
        defaults=_find_defaults(membership, bot),
    )
    if request.method == "POST":
        require_role(membership, Role.OWNER)
        if form.is_valid():
            set_budget(organisation=membership.organisation, chatbot=bot, limits=form.limits())
            messages.success(request, "Saved. It holds from the next message on.")
            return redirect("model_use")
    for field in form.fields.values() if not membership.is_owner else ():
        field.disabled = True
    context = SECTION | {"form": form, "bot": bot, "may_edit": membership.is_owner}
    return render(request, "chatbots/models/budget.html", context, status=400 if form.errors else 200)


def _find_defaults(membership: Membership, bot: Chatbot | None) -> dict[str, dict[str, int]]:
    """What holds where a field stays empty: for a bot, the organisation's and the settings' limits."""
    place = {"organisation_id": membership.organisation_id if bot else 0, "chatbot_id": 0}
    return find_limits(**place, is_own_key=True)


def _render_account(request: HttpRequest, account: ProviderAccount, form: AccountForm) -> HttpResponse:
    context = SECTION | {"account": account, "form": form, "uses": find_uses(account)}
    return render(request, "chatbots/models/account.html", context, status=400 if form.errors else 200)


def _note_faults(form: AccountForm, error: Invalid | Conflict) -> None:
    faults: dict[str, Any] = error.fields or {"name": error.detail}
    for name, sentence in faults.items():
        form.add_error(name if name in form.fields else None, sentence)
