"""Pages about people: the way in, the team, invitations."""

from django.urls import path

from organisations.views import home, invitation, team

urlpatterns = [
    path("", home.go_home, name="home"),
    path("organisation/", home.switch_organisation, name="switch_organisation"),
    path("organisation/new/", home.make_organisation, name="new_organisation"),
    path("team/", team.show_team, name="team"),
    path("team/invite/", team.invite, name="invite"),
    path("team/members/<int:member_id>/role/", team.give_role, name="give_role"),
    path("team/members/<int:member_id>/remove/", team.remove_member, name="remove_member"),
    path("team/invitations/<int:invitation_id>/withdraw/", team.cancel_invitation, name="cancel_invitation"),
    path("invitations/<str:secret>/", invitation.answer_invitation, name="invitation"),
]
