"""Tokens, oneself, organisations, members and invitations by REST."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api import CursorPagination, page_of
from core.errors import Unauthorised
from core.ratelimit import consume_limit
from organisations.access import access_invitations, access_members, access_memberships, require_role
from organisations.actions.invitations import invite_member, withdraw_invitation
from organisations.actions.organisations import change_role, create_organisation, withdraw_member
from organisations.api_tokens import TokenPair, issue_token_pair, refresh_token_pair
from organisations.authentication import MemberRequest
from organisations.mfa import check_second_factor
from organisations.models import Invitation, Membership, Organisation, Role, User


class CredentialsSerializer(serializers.Serializer[Any]):
    email = serializers.EmailField()
    password = serializers.CharField(max_length=1024, trim_whitespace=False)
    code = serializers.CharField(
        max_length=64, required=False, help_text="The second factor, where one is set."
    )


class RefreshSerializer(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=4096)


class TokenPairSerializer(serializers.Serializer[TokenPair]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    email = serializers.EmailField(source="user.email", read_only=True)
    name = serializers.CharField(source="user.display_name", read_only=True)
    organisation = serializers.SlugRelatedField[Organisation](slug_field="slug", read_only=True)

    class Meta:
        model = Membership
        fields = ("id", "organisation", "email", "name", "role", "created_at")
        read_only_fields = ("id", "created_at")


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class OrganisationSerializer(serializers.ModelSerializer[Organisation]):
    slug = serializers.SlugField(max_length=60, required=False)

    class Meta:
        model = Organisation
        fields = ("name", "slug", "created_at")
        read_only_fields = ("created_at",)


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    class Meta:
        model = Invitation
        fields = ("id", "email", "role", "created_at", "expires_at")
        read_only_fields = ("id", "created_at", "expires_at")


class ByEmail(CursorPagination):
    ordering = ("user__email", "id")


class Newest(CursorPagination):
    ordering = ("-created_at", "-id")


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    memberships = MembershipSerializer(many=True)


class TokenView(APIView):
    """E-mail and password for a token pair."""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(request=CredentialsSerializer, responses=TokenPairSerializer)
    def post(self, request: MemberRequest) -> Response:
        data = _validated(CredentialsSerializer, request)
        consume_limit(name="token", key=f"{request.META.get('REMOTE_ADDR', '')}:{data['email'].lower()}")
        user = authenticate(request._request, email=data["email"], password=data["password"])
        if not isinstance(user, User):
            raise Unauthorised("That e-mail address and password do not belong together.")
        if is_mfa_enabled(user):
            check_second_factor(user=user, code=data.get("code", ""))
        return Response(TokenPairSerializer(issue_token_pair(user=user)).data)


class TokenRefreshView(APIView):
    """A refresh token for a new pair."""

    permission_classes = [AllowAny]
    authentication_classes = []

    @extend_schema(request=RefreshSerializer, responses=TokenPairSerializer)
    def post(self, request: MemberRequest) -> Response:
        pair = refresh_token_pair(refresh=_validated(RefreshSerializer, request)["refresh"])
        return Response(TokenPairSerializer(pair).data)


class MeView(APIView):
    """Who the credential stands for, and in which organisations."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=MeSerializer)
    def get(self, request: MemberRequest) -> Response:
        user = request.user
        memberships = MembershipSerializer(access_memberships(user), many=True).data
        return Response(
            {"id": user.pk, "email": user.email, "name": user.display_name, "memberships": memberships}
        )


class OrganisationsView(APIView):
    """One's own organisations, and making another."""

    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="organisations_list", responses=page_of(OrganisationSerializer))
    def get(self, request: MemberRequest) -> Response:
        mine = [membership.organisation for membership in access_memberships(request.user)]
        return Response(
            {"results": OrganisationSerializer(mine, many=True).data, "next": None, "previous": None}
        )

    @extend_schema(request=OrganisationSerializer, responses={201: OrganisationSerializer})
    def post(self, request: MemberRequest) -> Response:
        data = _validated(OrganisationSerializer, request)
        organisation = create_organisation(owner=request.user, name=data["name"], slug=data.get("slug", ""))
        return Response(OrganisationSerializer(organisation).data, status=201)


class MembersView(APIView):
    @extend_schema(operation_id="members_list", responses=page_of(MembershipSerializer))
    def get(self, request: MemberRequest) -> Response:
        paginator = ByEmail()
        page: Any = paginator.paginate_queryset(access_members(request.membership), request, view=self)
        return paginator.get_paginated_response(MembershipSerializer(page, many=True).data)


class MemberView(APIView):
    """Another role for a member, or taking them out; for owners."""

    @extend_schema(request=RoleSerializer, responses=MembershipSerializer)
    def patch(self, request: MemberRequest, member_id: int) -> Response:
        role = _validated(RoleSerializer, request)["role"]
        member = change_role(actor=request.membership, member_id=member_id, role=role)
        return Response(MembershipSerializer(member).data)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberRequest, member_id: int) -> Response:
        withdraw_member(actor=request.membership, member_id=member_id)
        return Response(status=204)


class InvitationsView(APIView):
    """Pending invitations, and inviting by mail; for owners."""

    @extend_schema(operation_id="invitations_list", responses=page_of(InvitationSerializer))
    def get(self, request: MemberRequest) -> Response:
        paginator = Newest()
        page: Any = paginator.paginate_queryset(access_invitations(request.membership), request, view=self)
        return paginator.get_paginated_response(InvitationSerializer(page, many=True).data)

    @extend_schema(request=InvitationSerializer, responses={201: InvitationSerializer})
    def post(self, request: MemberRequest) -> Response:
        require_role(request.membership, "owner")
        data = _validated(InvitationSerializer, request)
        invitation = invite_member(
            actor=request.membership, email=data["email"], role=data.get("role", "agent")
        )
        return Response(InvitationSerializer(invitation).data, status=201)


class InvitationView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: MemberRequest, invitation_id: int) -> Response:
        withdraw_invitation(actor=request.membership, invitation_id=invitation_id)
        return Response(status=204)


def _validated(
    serializer_class: type[serializers.BaseSerializer[Any]], request: MemberRequest
) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = serializer.validated_data
    return data
