"""Accounts at providers of language models, budgets and what was spent, by REST. No answer holds a key."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbots.access import access_chatbot, access_chatbot_to_edit
from chatbots.accounts import (
    access_model_use,
    access_provider_account,
    access_provider_accounts,
    read_limits,
)
from chatbots.actions.budgets import set_budget
from chatbots.actions.provider_accounts import (
    check_account,
    create_account,
    delete_account,
    edit_account,
    find_uses,
)
from chatbots.models import ModelUse, ProviderAccount, ProviderKind
from core.api import CursorPagination, page_of
from core.errors import Invalid
from organisations.access import require_role
from organisations.authentication import MemberRequest
from organisations.models import Role

MOST_DAYS = 366


class OfferedModelSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=69)
    price_in = serializers.FloatField(allow_null=True, required=False, help_text="Per million tokens asked.")
    price_out = serializers.FloatField(allow_null=True, required=False, help_text="Per million tokens said.")


class ProviderAccountSerializer(serializers.Serializer[ProviderAccount]):
    """`key` is written and never read: `key_ending` and `key_set_at` tell which one it is."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.SlugField(max_length=30)
    kind = serializers.ChoiceField(choices=ProviderKind.choices)
    base_url = serializers.CharField(required=False, allow_blank=True, max_length=300)
    key = serializers.CharField(write_only=True, required=False, allow_blank=True, max_length=500)
    models = OfferedModelSerializer(many=True)
    currency = serializers.CharField(required=False, max_length=3)
    is_on = serializers.BooleanField(required=False)
    key_ending = serializers.CharField(read_only=True)
    key_set_at = serializers.DateTimeField(read_only=True, allow_null=True)
    checked_at = serializers.DateTimeField(read_only=True, allow_null=True)
    check_error = serializers.CharField(read_only=True)
    check_hint = serializers.CharField(read_only=True)
    used_by = serializers.ListField(child=serializers.CharField(), read_only=True)

    def to_representation(self, instance: ProviderAccount) -> dict[str, Any]:
        plain = ("name", "kind", "base_url", "currency", "is_on", "key_ending", "check_error", "check_hint")
        moments = {name: getattr(instance, name) for name in ("key_set_at", "checked_at")}
        return {
            "id": instance.pk,
            **{name: getattr(instance, name) for name in plain},
            "models": instance.offered,
            **{name: value.isoformat() if value else None for name, value in moments.items()},
            "used_by": [use.bot.slug for use in find_uses(instance)],
        }


class LimitsSerializer(serializers.Serializer[Any]):
    """`visitor`, `bot` and `organisation`, each with some of messages_day, messages_month, tokens_day, tokens_month."""

    limits = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField(min_value=0)))


class ModelUseSerializer(serializers.Serializer[ModelUse]):
    """`estimated` of the `messages` were not counted by the provider; `cost` is in `currency`."""

    day = serializers.DateField()
    chatbot = serializers.CharField(source="chatbot.slug")
    model = serializers.CharField()
    messages = serializers.IntegerField()
    estimated = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cost = serializers.FloatField()
    currency = serializers.CharField()


class ByName(CursorPagination):
    ordering = ("name", "id")


class Latest(CursorPagination):
    ordering = ("-day", "-id")


class ProviderAccountsView(APIView):
    """For owners."""

    @extend_schema(operation_id="provider_accounts_list", responses=page_of(ProviderAccountSerializer))
    def get(self, request: MemberRequest) -> Response:
        paginator = ByName()
        rows = access_provider_accounts(request.membership)
        page: Any = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(ProviderAccountSerializer(page, many=True).data)

    @extend_schema(request=ProviderAccountSerializer, responses={201: ProviderAccountSerializer})
    def post(self, request: MemberRequest) -> Response:
        require_role(request.membership, Role.OWNER)
        data = _object(request)
        account = create_account(
            organisation=request.membership.organisation, name=data.pop("name", ""), fields=data
        )
        return Response(ProviderAccountSerializer(account).data, status=201)


class ProviderAccountView(APIView):
    """For owners."""

    @extend_schema(responses=ProviderAccountSerializer)
    def get(self, request: MemberRequest, account_id: int) -> Response:
        return Response(
            ProviderAccountSerializer(access_provider_account(request.membership, account_id)).data
        )

    @extend_schema(request=ProviderAccountSerializer(partial=True), responses=ProviderAccountSerializer)
    def patch(self, request: MemberRequest, account_id: int) -> Response:
        account = access_provider_account(request.membership, account_id)
        return Response(
            ProviderAccountSerializer(edit_account(account=account, changes=_object(request))).data
        )

    @extend_schema(responses={204: None})
    def delete(self, request: MemberRequest, account_id: int) -> Response:
        delete_account(account=access_provider_account(request.membership, account_id))
        return Response(status=204)


class CheckAccountView(APIView):
    """Asks the account's first model for one word; what came of it stands in `check_error` and `check_hint`."""

    @extend_schema(request=None, responses=ProviderAccountSerializer)
    def post(self, request: MemberRequest, account_id: int) -> Response:
        account = access_provider_account(request.membership, account_id)
        return Response(ProviderAccountSerializer(check_account(account=account)).data)


class BudgetView(APIView):
    """The organisation's limits: owners change them, supervisors read them."""

    @extend_schema(responses=LimitsSerializer)
    def get(self, request: MemberRequest) -> Response:
        return Response({"limits": read_limits(request.membership)})

    @extend_schema(request=LimitsSerializer, responses=LimitsSerializer)
    def put(self, request: MemberRequest) -> Response:
        require_role(request.membership, Role.OWNER)
        organisation = request.membership.organisation
        return Response(
            {"limits": set_budget(organisation=organisation, limits=_object(request).get("limits"))}
        )


class BotBudgetView(APIView):
    """The same for one bot."""

    @extend_schema(responses=LimitsSerializer)
    def get(self, request: MemberRequest, slug: str) -> Response:
        chatbot = access_chatbot(request.membership, slug)
        return Response({"limits": read_limits(request.membership, chatbot=chatbot)})

    @extend_schema(request=LimitsSerializer, responses=LimitsSerializer)
    def put(self, request: MemberRequest, slug: str) -> Response:
        chatbot = access_chatbot_to_edit(request.membership, slug)
        limits = _object(request).get("limits")
        return Response(
            {"limits": set_budget(organisation=chatbot.organisation, chatbot=chatbot, limits=limits)}
        )


class ModelUseView(APIView):
    """What models took, a row a day, bot and model."""

    @extend_schema(
        operation_id="model_use_list",
        parameters=[
            OpenApiParameter("days", int, description=f"How far back, at most {MOST_DAYS}; 31 by default.")
        ],
        responses=page_of(ModelUseSerializer),
    )
    def get(self, request: MemberRequest) -> Response:
        paginator = Latest()
        rows = access_model_use(request.membership, days=_read_days(request))
        page: Any = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(ModelUseSerializer(page, many=True).data)


def _read_days(request: MemberRequest) -> int:
    text = request.query_params.get("days", "31")
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 0 < int(text) <= MOST_DAYS):
        raise Invalid(fields={"days": f"Give a number from 1 to {MOST_DAYS}."})
    return int(text)


def _object(request: MemberRequest) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid("Send a JSON object.")
    return dict(request.data.items())
