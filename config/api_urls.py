"""Everything under /api/v1/; names and shapes are the contract of docs/protocol.md."""

from django.urls import include, path, re_path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbots.api import chatbots, evaluations, knowledge, models
from core.errors import NotFound
from handoff.api import handoffs, turns
from organisations.api import accounts
from testsessions import api as test_sessions


class NothingHere(APIView):
    """Unknown addresses answer in the API's own shape."""

    permission_classes = (AllowAny,)
    authentication_classes = ()
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        raise NotFound

    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        raise NotFound

    post = put = patch = delete = get


urlpatterns = [
    path("token/", accounts.TokenView.as_view()),
    path("token/refresh/", accounts.TokenRefreshView.as_view()),
    path("me/", accounts.MeView.as_view()),
    path("organisations/", accounts.OrganisationsView.as_view()),
    path("members/", accounts.MembersView.as_view()),
    path("members/<int:member_id>/", accounts.MemberView.as_view()),
    path("invitations/", accounts.InvitationsView.as_view()),
    path("invitations/<int:invitation_id>/", accounts.InvitationView.as_view()),
    path("chatbots/", chatbots.ChatbotsView.as_view()),
    path("chatbots/<slug:slug>/", chatbots.ChatbotView.as_view()),
    path("chatbots/<slug:slug>/publish/", chatbots.PublishView.as_view()),
    path("chatbots/<slug:slug>/versions/", chatbots.VersionsView.as_view()),
    path("chatbots/<slug:slug>/budget/", models.BotBudgetView.as_view()),
    path("budget/", models.BudgetView.as_view()),
    path("model-use/", models.ModelUseView.as_view()),
    path("provider-accounts/", models.ProviderAccountsView.as_view()),
    path("provider-accounts/<int:account_id>/", models.ProviderAccountView.as_view()),
    path("provider-accounts/<int:account_id>/check/", models.CheckAccountView.as_view()),
    path("knowledge/", knowledge.KnowledgeView.as_view()),
    path("knowledge/search/", knowledge.SearchView.as_view()),
    path("knowledge/<int:source_id>/", knowledge.SourceView.as_view()),
    path("knowledge/<int:source_id>/refresh/", knowledge.RefreshView.as_view()),
    path("evaluations/", evaluations.EvaluationsView.as_view()),
    path("evaluations/<int:run_id>/", evaluations.EvaluationView.as_view()),
    path("evaluations/<int:run_id>/cancel/", evaluations.CancelEvaluationView.as_view()),
    path("evaluations/<int:run_id>/results/", evaluations.EvaluationResultsView.as_view()),
    path("evaluations/<int:run_id>/compare/", evaluations.CompareEvaluationsView.as_view()),
    path("test-sessions/", test_sessions.TestSessionsView.as_view()),
    path("test-sessions/<str:test_session_id>/", test_sessions.TestSessionView.as_view()),
    path("conversations/", handoffs.ConversationsView.as_view()),
    path("conversations/<str:session_id>/", handoffs.ConversationView.as_view()),
    path("conversations/<str:session_id>/messages/", handoffs.ConversationMessagesView.as_view()),
    path("conversations/<str:session_id>/turns/", turns.ConversationTurnsView.as_view()),
    path("handoffs/", handoffs.HandoffsView.as_view()),
    path("handoffs/waiting/", handoffs.WaitingView.as_view()),
    path("handoffs/mine/", handoffs.MineView.as_view()),
    path("handoffs/all/", handoffs.AllView.as_view()),
    path("handoffs/history/", handoffs.HistoryView.as_view()),
    path("handoffs/<str:handoff_id>/accept/", handoffs.AcceptView.as_view()),
    path("handoffs/<str:handoff_id>/end/", handoffs.EndView.as_view()),
    path("handoffs/<str:handoff_id>/messages/", handoffs.HandoffMessagesView.as_view()),
    path("", include("embed.api_urls")),
    re_path(r"^.*$", NothingHere.as_view()),
]
