"""The admin as people meet it: who gets in, what they find, and what no page of it can do."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chatbots.models import BotVersion
from conversations.models import Conversation, Turn
from organisations.models import Membership, User
from tests.cast import Cast, Tenant, make_conversation, make_visitor
from tests.house.world import normalise
from testsessions.actions import open_test_session

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db
MODELS = list(admin.site._registry)
QUERIES = 10


def address(model: type[Model], name: str = "changelist", *arguments: object) -> str:
    return reverse(
        f"admin:{model._meta.label_lower.replace('.', '_')}_{name}", args=[str(one) for one in arguments]
    )


def make_rows(tenant: Tenant) -> dict[str, Model]:
    """One row of each model of the admin, by the model's name; the tenant's slug is in every name."""
    slug = tenant.organisation.slug
    visitor = make_visitor(tenant.bot, name=f"Vera of {slug}")
    conversation = make_conversation(visitor, f"A secret of {slug}", handoff=True, agent=tenant.agent)
    question = conversation.messages.get(seq=1)
    turn = Turn.objects.create(
        organisation=tenant.organisation,
        conversation=conversation,
        question_seq=1,
        owner_version=0,
        lease_until=conversation.created_at,
        state="complete",
        outcome="answered",
    )
    return {
        "organisation": tenant.organisation,
        "membership": tenant.membership_of(tenant.agent),
        "user": tenant.agent,
        "chatbot": tenant.bot,
        "botversion": BotVersion.objects.get(chatbot=tenant.bot),
        "knowledgesource": tenant.bot.knowledge_sources.get(),
        "conversation": conversation,
        "message": question,
        "turn": turn,
        "handoffsession": conversation.handoffs.get(),
        "visitor": visitor,
        "testsession": open_test_session(membership=tenant.membership_of(tenant.owner), chatbot=tenant.bot),
    }


@pytest.fixture
def acme(db: None, cast: Cast) -> dict[str, Model]:
    return make_rows(cast.acme)


@pytest.fixture
def rival(db: None, cast: Cast) -> dict[str, Model]:
    return make_rows(cast.rival)


def nothing_of(row: Model) -> object:
    return uuid.uuid4() if isinstance(row.pk, uuid.UUID) else 987_654_321


def shown(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return re.sub(r"\s+", " ", response.content.decode())


# Who gets in ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("person", ["owner", "supervisor"])
def test_owners_and_supervisors_get_in(cast: Cast, sign_in: SignIn, person: str) -> None:
    assert sign_in(cast.acme.people[person]).get("/admin/").status_code == 200


def test_agents_and_people_without_an_organisation_are_refused(cast: Cast, sign_in: SignIn) -> None:
    for model in MODELS:
        for person in (cast.acme.agent, cast.newcomer):
            client = sign_in(person)
            for url in ("/admin/", address(model), address(model, "change", 1), "/admin/nonsense/"):
                assert client.get(url).status_code == 403, url


def test_a_stranger_signs_in_on_the_ordinary_page_and_comes_back(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in().get("/admin/conversations/conversation/?state__exact=waiting")
    assert response.status_code == 302
    assert (
        response["Location"]
        == "/accounts/login/?next=/admin/conversations/conversation/%3Fstate__exact%3Dwaiting"
    )


def test_somebody_switched_off_is_refused(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    User.objects.filter(pk=cast.acme.owner.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_a_supervisor_whose_role_was_taken_is_refused_at_once(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.supervisor)
    assert client.get("/admin/").status_code == 200
    Membership.objects.filter(user=cast.acme.supervisor).update(role="agent")
    assert client.get("/admin/").status_code == 403


def test_only_pages_of_our_own_are_in_the_admin() -> None:
    assert all(getattr(page, "is_supervised", False) for page in admin.site._registry.values())
    assert len(MODELS) == 12


# What they find ------------------------------------------------------------------------------------------------------
def test_a_supervisor_finds_their_own_rows_and_no_others(
    acme: dict[str, Model], rival: dict[str, Model], cast: Cast, sign_in: SignIn
) -> None:
    for model in MODELS:
        name = model._meta.model_name or ""
        client, theirs = sign_in(cast.acme.supervisor), rival[name]
        listing = shown(client, address(model))
        assert address(model, "change", acme[name].pk) in listing
        assert address(model, "change", theirs.pk) not in listing
        assert "rival" not in listing.lower()
        page = shown(client, address(model, "change", acme[name].pk))
        assert "rival" not in page.lower()


@pytest.mark.parametrize("name", ["change", "delete", "history"])
def test_anothers_row_and_no_row_at_all_are_the_same_to_the_letter(
    rival: dict[str, Model], cast: Cast, sign_in: SignIn, name: str
) -> None:
    for model in MODELS:
        client, theirs = sign_in(cast.acme.supervisor), rival[model._meta.model_name or ""]
        nothing = nothing_of(theirs)
        for method in (client.get, client.post):
            one, other = method(address(model, name, theirs.pk)), method(address(model, name, nothing))
            assert one.status_code == other.status_code
            assert normalise(one.content) == normalise(other.content)
        assert client.get(address(model, "change", theirs.pk)).status_code == 404


def test_a_search_finds_nothing_of_anothers(
    rival: dict[str, Model], acme: dict[str, Model], cast: Cast, sign_in: SignIn
) -> None:
    for model in MODELS:
        client, theirs = sign_in(cast.acme.supervisor), rival[model._meta.model_name or ""]
        for words in ("rival", "Vera of rival", "secret", str(theirs.pk)):
            page = shown(client, f"{address(model)}?q={words}")
            assert address(model, "change", theirs.pk) not in page
            assert "secret of rival" not in page


def test_a_whole_id_finds_its_row(acme: dict[str, Model], cast: Cast, sign_in: SignIn) -> None:
    for model in MODELS:
        row = acme[model._meta.model_name or ""]
        if isinstance(row.pk, uuid.UUID):
            page = shown(sign_in(cast.acme.owner), f"{address(model)}?q={row.pk}")
            assert address(model, "change", row.pk) in page


def test_filters_offer_ones_own_rows_only(
    acme: dict[str, Model], rival: dict[str, Model], cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.acme.supervisor)
    page = shown(client, address(Conversation))
    assert "agent2@acme.test" in page
    assert "agent2@rival.test" not in page
    foreign, nothing = (
        normalise(
            shown(client, f"{address(Conversation)}?chatbot__id__exact={pk}").encode(),
            f"chatbot__id__exact={pk}",
            f'value="{pk}"',
        )
        for pk in (cast.rival.bot.pk, 987_654_321)
    )
    assert foreign == nothing
    assert b"Nothing matches" in foreign


@pytest.mark.parametrize(
    "query",
    [
        "password__startswith=md5",
        "memberships__organisation__name__startswith=R",
        "is_superuser__exact=0",
        "memberships__role=owner",
    ],
)
def test_no_column_can_be_asked_for_that_is_no_filter(cast: Cast, sign_in: SignIn, query: str) -> None:
    assert sign_in(cast.acme.owner).get(f"{address(User)}?{query}").status_code == 400


def test_a_persons_memberships_elsewhere_are_not_told(cast: Cast, sign_in: SignIn) -> None:
    Membership.objects.create(organisation=cast.rival.organisation, user=cast.acme.agent, role="owner")
    page = shown(sign_in(cast.acme.owner), address(User, "change", cast.acme.agent.pk))
    assert "Acme: Agent" in page
    assert "rival" not in page.lower()


def test_someone_who_supervises_two_organisations_sees_both(
    acme: dict[str, Model], rival: dict[str, Model], cast: Cast, sign_in: SignIn
) -> None:
    Membership.objects.create(
        organisation=cast.rival.organisation, user=cast.acme.supervisor, role="supervisor"
    )
    page = shown(sign_in(cast.acme.supervisor), address(Conversation))
    assert "Vera of acme" in page
    assert "Vera of rival" in page


def test_an_agent_elsewhere_sees_only_what_they_supervise(
    acme: dict[str, Model], rival: dict[str, Model], cast: Cast, sign_in: SignIn
) -> None:
    Membership.objects.create(organisation=cast.rival.organisation, user=cast.acme.supervisor, role="agent")
    page = shown(sign_in(cast.acme.supervisor), address(Conversation))
    assert "Vera of rival" not in page


def test_installation_staff_see_all(
    acme: dict[str, Model], rival: dict[str, Model], cast: Cast, sign_in: SignIn
) -> None:
    User.objects.filter(pk=cast.newcomer.pk).update(is_staff=True)
    client = sign_in(cast.newcomer)
    page = shown(client, address(Conversation))
    assert "Vera of acme" in page
    assert "Vera of rival" in page
    assert client.get(address(Conversation, "change", rival["conversation"].pk)).status_code == 200


@pytest.mark.parametrize("value", ["%00", "x" * 5_000, "'", "%F0%9F%92%A3", "-1"])
def test_odd_questions_get_an_answer(cast: Cast, sign_in: SignIn, value: str) -> None:
    client = sign_in(cast.acme.owner)
    for query in ("q", "state__exact", "chatbot__id__exact", "p", "o", "page", "created_at__gte"):
        assert client.get(f"{address(Conversation)}?{query}={value}", follow=True).status_code in {
            200,
            400,
            404,
        }


# What no page can do -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("staff", [False, True])
def test_nothing_can_be_added_changed_or_deleted(
    acme: dict[str, Model], cast: Cast, sign_in: SignIn, staff: bool
) -> None:
    for model in MODELS:
        User.objects.filter(pk=cast.acme.owner.pk).update(is_staff=staff, is_superuser=staff)
        client, row = sign_in(cast.acme.owner), acme[model._meta.model_name or ""]
        assert client.get(address(model, "add")).status_code == 403
        assert client.post(address(model, "add"), {}).status_code == 403
        assert client.post(address(model, "change", row.pk), {"name": "Changed"}).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        body = {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"}
        client.post(address(model), body)
        assert model._default_manager.filter(pk=row.pk).exists()


def test_no_page_shows_a_password_or_who_speaks_for_a_visitor(
    acme: dict[str, Model], cast: Cast, sign_in: SignIn
) -> None:
    for model in MODELS:
        page = shown(
            sign_in(cast.acme.owner), address(model, "change", acme[model._meta.model_name or ""].pk)
        )
        assert "md5$" not in page
        assert "visitor:" not in page


# What it costs -------------------------------------------------------------------------------------------------------
def count_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_a_list_costs_at_most_ten_queries_at_any_length(
    acme: dict[str, Model], cast: Cast, sign_in: SignIn
) -> None:
    client = sign_in(cast.acme.owner)
    few = {model: count_queries(client, address(model)) for model in MODELS}
    for number in range(5):
        visitor = make_visitor(cast.acme.bot, name=f"Visitor {number}")
        make_conversation(visitor, "One", "Two", agent=cast.acme.agent2)
    many = {model: count_queries(client, address(model)) for model in MODELS}
    assert many == few
    assert max(few.values()) <= QUERIES, few


def test_a_page_costs_at_most_ten_queries(acme: dict[str, Model], cast: Cast, sign_in: SignIn) -> None:
    for model in MODELS:
        row: Any = acme[model._meta.model_name or ""]
        assert count_queries(sign_in(cast.acme.owner), address(model, "change", row.pk)) <= QUERIES


def test_the_overview_costs_at_most_ten_queries(acme: dict[str, Model], cast: Cast, sign_in: SignIn) -> None:
    assert count_queries(sign_in(cast.acme.owner), "/admin/") <= QUERIES
