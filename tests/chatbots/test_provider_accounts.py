"""Accounts at providers: what is kept, what is shown, and what never is."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.serializers import serialize

from chatbots.actions.edit_bot import edit_bot
from chatbots.actions.provider_accounts import (
    check_account,
    create_account,
    delete_account,
    edit_account,
    find_uses,
)
from chatbots.actions.publish_bot import publish_bot
from chatbots.llm.choices import check_model, find_offer, list_models
from chatbots.models import ProviderAccount
from core.addresses import is_private_host, is_public
from core.encryption import decrypt_secret, encrypt_secret
from core.errors import Conflict, Invalid, RateLimited
from tests.cast import Cast, bearer
from tests.provider import BROKEN, MODEL, Refusal

pytestmark = pytest.mark.django_db
SECRET = "sk-very-secret-0123456789-wxyz"
FIELDS = {"kind": "openai", "key": SECRET, "models": [{"name": MODEL, "price_in": 0.5, "price_out": 2}]}
OLD, NEW = "o" * 40, "n" * 40


def make(cast: Cast, name: str = "shop", **fields: object) -> ProviderAccount:
    return create_account(organisation=cast.acme.organisation, name=name, fields={**FIELDS, **fields})


def test_a_key_is_encrypted_where_it_is_kept_and_only_its_end_is_told(cast):
    account = make(cast)
    account.refresh_from_db()
    assert SECRET not in serialize("json", [account])
    assert decrypt_secret(account.key) == SECRET
    assert account.key_ending == "wxyz"
    assert account.key_set_at is not None
    assert make(cast, "short", key="12345678").key_ending == ""


def test_neither_api_nor_page_nor_admin_ever_shows_it(cast, sign_in):
    client, owner = sign_in(cast.acme.owner), bearer(cast.acme.owner)
    body = {"name": "shop", **FIELDS}
    made = client.post("/api/v1/provider-accounts/", body, headers=owner, content_type="application/json")
    assert made.status_code == 201, made.content
    address = f"/api/v1/provider-accounts/{made.json()['id']}/"
    answers = [
        made,
        client.get(address, headers=owner),
        client.get("/api/v1/provider-accounts/", headers=owner),
        client.patch(address, {"key": SECRET + "\x00"}, headers=owner, content_type="application/json"),
        client.get("/models/"),
        client.get(f"/models/{made.json()['id']}/"),
        client.post(f"/models/{made.json()['id']}/", {"key": SECRET, "kind": "nonsense"}),
        client.get("/admin/"),
    ]
    for answer in answers:
        assert b"very-secret" not in answer.content
    assert answers[1].json()["key_ending"] == "wxyz"
    assert b"wxyz" in answers[4].content


def test_a_key_goes_to_no_other_address_than_it_was_entered_for(cast):
    account = make(cast)
    for changes in ({"base_url": "https://evil.test/v1"}, {"kind": "anthropic"}):
        with pytest.raises(Invalid) as raised:
            edit_account(account=account, changes=changes)
        assert "key" in raised.value.fields
        account.refresh_from_db()
        assert (account.kind, account.base_url) == ("openai", "")
    edit_account(
        account=account, changes={"base_url": "https://other.test/v1/", "key": "another-key-of-mine"}
    )
    account.refresh_from_db()
    assert account.base_url == "https://other.test/v1"
    edit_account(account=account, changes={"is_on": False, "currency": "EUR"})
    account.refresh_from_db()
    assert decrypt_secret(account.key) == "another-key-of-mine"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"kind": "other"}, "kind"),
        ({"base_url": "ftp://x.test"}, "base_url"),
        ({"base_url": "https://user:word@x.test"}, "base_url"),
        ({"base_url": "https://x.test/?key=1"}, "base_url"),
        ({"base_url": "https://"}, "base_url"),
        ({"base_url": "http://x.test:99999"}, "base_url"),
        ({"base_url": 7}, "base_url"),
        ({"key": "two words"}, "key"),
        ({"key": ""}, "key"),
        ({"models": []}, "models"),
        ({"models": [{"name": "a b"}]}, "models"),
        ({"models": [{"name": "x" * 70}]}, "models"),
        ({"models": [{"name": "a"}, {"name": "a"}]}, "models"),
        ({"models": [{"name": "a", "price_in": -1}]}, "models"),
        ({"models": [{"name": "a", "price_in": float("nan")}]}, "models"),
        ({"currency": "euro"}, "currency"),
        ({"is_on": "yes"}, "is_on"),
        ({"organisation": 3}, "organisation"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(cast, fields, wrong):
    with pytest.raises(Invalid) as raised:
        make(cast, **fields)
    assert wrong in raised.value.fields
    assert not ProviderAccount.objects.exists()


@pytest.mark.parametrize("name", ["", "Shop", "a/b", "-a", "x" * 31, None])
def test_a_name_is_what_may_stand_before_a_models(cast, name):
    with pytest.raises(Invalid):
        make(cast, name)


def test_a_name_is_given_once_in_an_organisation(cast):
    make(cast)
    with pytest.raises(Conflict):
        make(cast)
    create_account(organisation=cast.rival.organisation, name="shop", fields=FIELDS)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "10.1.2.3", "[::1]", "169.254.169.254", "db.internal"]
)
def test_private_addresses_are_refused_where_the_deployer_wants_it(cast, settings, host):
    settings.PROVIDERS_MAY_BE_PRIVATE = False
    with pytest.raises(Invalid) as raised:
        make(cast, base_url=f"http://{host}/v1")
    assert "base_url" in raised.value.fields
    settings.PROVIDERS_MAY_BE_PRIVATE = True
    make(cast, base_url=f"http://{host}/v1")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_open_internet_are_public(address):
    assert is_public(address)
    assert not is_private_host(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "0.0.0.0", "100.64.0.1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "::7f00:1", "224.0.0.1", "nonsense"],
)  # fmt: skip
def test_all_others_are_not(address):
    assert not is_public(address)


def test_a_bot_may_choose_its_organisations_models_and_no_others(cast):
    make(cast)
    bot, organisation = cast.acme.bot, cast.acme.organisation.pk
    assert list_models(organisation) == [f"shop/{MODEL}"]
    edit_bot(chatbot=bot, changes={"model": f"shop/{MODEL}"})
    with pytest.raises(Invalid):
        edit_bot(chatbot=cast.rival.bot, changes={"model": f"shop/{MODEL}"})
    with pytest.raises(Invalid):
        check_model("shop/other", organisation_id=organisation)
    offer = find_offer(organisation_id=organisation, model=f"shop/{MODEL}")
    assert offer is not None
    assert (offer.provider, offer.model, offer.price_out, offer.currency) == ("openai", MODEL, 2, "USD")
    assert offer.access is not None
    assert offer.access.key == SECRET
    assert SECRET not in repr(offer)
    assert find_offer(organisation_id=cast.rival.organisation.pk, model=f"shop/{MODEL}") is None


def test_an_account_that_is_off_or_gone_offers_nothing_and_says_who_used_it(cast):
    account, bot = make(cast), cast.acme.bot
    edit_bot(chatbot=bot, changes={"model": f"shop/{MODEL}"})
    publish_bot(chatbot=bot, author=None)
    edit_bot(chatbot=bot, changes={"model": ""})
    assert [(use.bot, use.is_live) for use in find_uses(account)] == [(bot, True)]
    edit_account(account=account, changes={"is_on": False})
    assert find_offer(organisation_id=bot.organisation_id, model=f"shop/{MODEL}") is None
    edit_account(account=account, changes={"is_on": True})
    delete_account(account=account)
    assert find_offer(organisation_id=bot.organisation_id, model=f"shop/{MODEL}") is None


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
def test_a_key_is_tested_by_a_real_request(cast, provider, kind):
    account = make(cast, kind=kind, base_url=provider.url, key=provider.key)
    check_account(account=account)
    account.refresh_from_db()
    assert account.checked_at is not None
    assert account.check_error == ""
    assert provider.answers[0].body["max_tokens"] <= 16
    provider.default = BROKEN
    assert "500" in check_account(account=account).check_error
    provider.default = Refusal(200, whole_body=b"<html>nginx</html>")
    assert "address" in check_account(account=account).check_hint


def test_a_wrong_key_is_named_and_not_repeated(cast, provider):
    account = check_account(account=make(cast, base_url=provider.url))
    assert "401" in account.check_error
    assert "key of the account “shop”" in account.check_hint
    assert "very-secret" not in account.check_error + account.check_hint


def test_a_model_that_does_not_exist_is_named_as_such(cast, provider):
    fields = {"base_url": provider.url, "key": provider.key, "models": [{"name": "gone"}]}
    assert "no such model" in check_account(account=make(cast, **fields)).check_hint


def test_tests_cost_money_and_are_limited(cast, provider, settings):
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "provider_check": "1/60"}
    account = make(cast, base_url=provider.url, key=provider.key)
    check_account(account=account)
    with pytest.raises(RateLimited):
        check_account(account=account)


def test_keys_are_encrypted_anew_under_the_newest_and_the_old_one_may_go_then(cast, settings):
    settings.ENCRYPTION_KEYS = [OLD]
    account = make(cast)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    out = StringIO()
    call_command("reencrypt_keys", stdout=out)
    assert json.loads(out.getvalue()) == {"reencrypted": 1}
    settings.ENCRYPTION_KEYS = [NEW]
    account.refresh_from_db()
    assert decrypt_secret(account.key) == SECRET


def test_a_key_that_cannot_be_read_is_no_offer_and_the_command_names_it(cast, settings, provider):
    settings.ENCRYPTION_KEYS = [OLD]
    account = make(cast, base_url=provider.url)
    settings.ENCRYPTION_KEYS = []
    assert find_offer(organisation_id=cast.acme.organisation.pk, model=f"shop/{MODEL}") is None
    assert "Enter it again" in check_account(account=account).check_error
    with pytest.raises(CommandError, match="acme/shop"):
        call_command("reencrypt_keys", stdout=StringIO())


def test_an_installation_without_the_setting_encrypts_under_its_secret_and_keeps_reading_it(settings):
    settings.ENCRYPTION_KEYS = []
    token = encrypt_secret(SECRET)
    settings.ENCRYPTION_KEYS = [NEW]
    assert decrypt_secret(token) == SECRET


def test_an_owner_makes_tests_and_deletes_an_account_by_pages(cast, sign_in, provider):
    client = sign_in(cast.acme.owner)
    form = {
        "name": "shop",
        "kind": "openai",
        "base_url": provider.url,
        "key": provider.key,
        "currency": "EUR",
    }
    answer = client.post("/models/new/", {**form, "models": f"{MODEL} 0.5 2", "is_on": "on"})
    account = ProviderAccount.objects.get()
    assert answer["Location"] == f"/models/{account.pk}/"
    assert account.offered == [{"name": MODEL, "price_in": 0.5, "price_out": 2.0}]
    tested = client.post(f"/models/{account.pk}/check/", follow=True).content.decode()
    assert "The key works" in tested
    saved = client.post(
        f"/models/{account.pk}/", {**form, "key": "", "models": f"{MODEL} 1 2\nother"}, follow=True
    )
    assert saved.status_code == 200
    account.refresh_from_db()
    assert decrypt_secret(account.key) == provider.key
    assert [entry["name"] for entry in account.offered] == [MODEL, "other"]
    assert not account.is_on
    assert client.post(f"/models/{account.pk}/", {**form, "models": "a b c"}).status_code == 400
    client.post(f"/models/{account.pk}/delete/")
    assert not ProviderAccount.objects.exists()


def test_budgets_are_set_by_owners_and_seen_by_supervisors(cast, sign_in):
    owner, supervisor = sign_in(cast.acme.owner), sign_in(cast.acme.supervisor)
    owner.post("/models/budget/", {"organisation_messages_day": "5", "visitor_tokens_day": ""})
    owner.post(f"/models/budget/{cast.acme.bot.slug}/", {"bot_messages_month": "7"})
    page = supervisor.get("/models/use/").content.decode()
    assert "0 of 5 messages today" in page
    assert "0 of 7 messages this month" in page
    assert supervisor.post("/models/budget/", {}).status_code == 403
    assert supervisor.post(f"/models/budget/{cast.acme.bot.slug}/", {}).status_code == 403
    headers = bearer(cast.acme.owner)
    limits = {"limits": {"organisation": {"tokens_month": 9}}}
    put = owner.put("/api/v1/budget/", limits, headers=headers, content_type="application/json")
    assert put.json() == limits
    assert owner.get("/api/v1/budget/", headers=headers).json() == limits
    mine = owner.get(f"/api/v1/chatbots/{cast.acme.bot.slug}/budget/", headers=headers).json()
    assert mine == {"limits": {"bot": {"messages_month": 7}}}
    wrong = {"limits": {"organisation": {"tokens_month": -9}}}
    assert (
        owner.put("/api/v1/budget/", wrong, headers=headers, content_type="application/json").status_code
        == 400
    )
    denied = bearer(cast.acme.supervisor)
    assert (
        owner.put("/api/v1/budget/", limits, headers=denied, content_type="application/json").status_code
        == 403
    )
