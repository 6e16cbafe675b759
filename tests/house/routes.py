"""Every address of the installation, the admin's apart, and what a stranger could name in it.

A new route fails tests/house/test_isolation.py until it stands here. Say which kind it is:

- `OPEN`: anybody may; nothing of a tenant's is in it but what `shows` allows.
- `OWN`: whoever is signed in sees their own organisation's things, and never another's.
- `query`: it names rows in its query only, and stands in `QUERIES` (named_rows.py).
- `theirs(…)`: it names a row. For others that is not found, to the letter as for a row that does not exist.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.house.world import NO_NUMBER, NO_SLUG, NOBODY, World

EVERYBODY = ("owner", "supervisor", "agent")
READERS = ("owner", "supervisor")


@dataclass(frozen=True)
class Route:
    """`example` is an address of the route where the pattern is a regular expression.

    `arguments` gives acme's row for the parts of the address, `nothing` one that does not exist; `method` and `body` are
    how `roles` use it, all others of acme's people being refused.
    """

    kind: Literal["open", "own", "query", "theirs"]
    example: str = ""
    arguments: Callable[[World], dict[str, object]] = field(default=lambda _: {})
    nothing: dict[str, object] = field(default_factory=dict)
    method: str = "get"
    body: Callable[[World], dict[str, Any]] = field(default=lambda _: {})
    roles: tuple[str, ...] = EVERYBODY
    shows: tuple[str, ...] = ()

    def address(self, pattern: str, arguments: dict[str, object]) -> str:
        path = self.example or pattern
        for name, value in arguments.items():
            path = re.sub(rf"<(\w+:)?{name}>", str(value), path)
        return "/" + path


OPEN = Route("open")
OWN = Route("own")


def theirs(nothing: dict[str, object], arguments: Callable[[World], dict[str, object]], **rest: Any) -> Route:
    return Route("theirs", nothing=nothing, arguments=arguments, **rest)


def bot(**rest: Any) -> Route:
    return theirs(
        {"slug": NO_SLUG}, lambda world: {"slug": world.cast.acme.bot.slug}, **{"roles": READERS, **rest}
    )


def conversation(**rest: Any) -> Route:
    rest = {"roles": READERS, **rest}
    return theirs({"session_id": NOBODY}, lambda world: {"session_id": world.closed_book.pk}, **rest)


def handoff(state: str, **rest: Any) -> Route:
    return theirs(
        {"handoff_id": NOBODY}, lambda world: {"handoff_id": getattr(world, f"{state}_handoff").pk}, **rest
    )


def member(**rest: Any) -> Route:
    def agent2(world: World) -> dict[str, object]:
        return {"member_id": world.cast.acme.membership_of(world.cast.acme.agent2).pk}

    return theirs({"member_id": NO_NUMBER}, agent2, **{"roles": ("owner",), **rest})


def invitation(**rest: Any) -> Route:
    rest = {"roles": ("owner",), **rest}
    return theirs({"invitation_id": NO_NUMBER}, lambda world: {"invitation_id": world.invitation.pk}, **rest)


def trial(**rest: Any) -> Route:
    rest = {"roles": ("owner",), **rest}
    return theirs(
        {"test_session_id": NOBODY}, lambda world: {"test_session_id": world.test_session.pk}, **rest
    )


def source(**rest: Any) -> Route:
    return theirs(
        {"source_id": NO_NUMBER}, lambda world: {"source_id": world.source.pk}, roles=READERS, **rest
    )


def bot_source(**rest: Any) -> Route:
    """Both of acme's, or neither; half and half is in MIXED."""
    nothing: dict[str, object] = {"slug": NO_SLUG, "source_id": NO_NUMBER}
    rest = {"roles": READERS, **rest}
    return theirs(
        nothing, lambda world: {"slug": world.cast.acme.bot.slug, "source_id": world.source.pk}, **rest
    )


def account(**rest: Any) -> Route:
    return theirs(
        {"account_id": NO_NUMBER},
        lambda world: {"account_id": world.account.pk},
        **{"roles": ("owner",), **rest},
    )


def public_bot(**rest: Any) -> Route:
    """What every visitor of acme's site may see."""
    return Route(
        "open", arguments=lambda world: {"public_id": world.cast.acme.bot.public_id}, shows=PUBLIC, **rest
    )


PUBLIC = ("name", "slug")
API = "api/v1/"
ROUTES: dict[str, Route] = {
    "health/": OPEN,
    "ready/": OPEN,
    "api/schema/": OPEN,
    "api/docs/": OPEN,
    # Tokens and people
    f"{API}token/": OPEN,
    f"{API}token/refresh/": OPEN,
    f"{API}me/": OWN,
    f"{API}organisations/": OWN,
    f"{API}members/": OWN,
    f"{API}members/<int:member_id>/": member(method="patch", body=lambda _: {"role": "agent"}),
    f"{API}invitations/": OWN,
    f"{API}invitations/<int:invitation_id>/": invitation(method="delete"),
    # Bots
    f"{API}chatbots/": OWN,
    f"{API}chatbots/<slug:slug>/": bot(),
    f"{API}chatbots/<slug:slug>/publish/": bot(method="post", roles=("owner",)),
    f"{API}chatbots/<slug:slug>/versions/": bot(),
    f"{API}test-sessions/": OWN,
    f"{API}test-sessions/<str:test_session_id>/": trial(),
    # Conversations and handoffs
    f"{API}conversations/": OWN,
    f"{API}conversations/<str:session_id>/": conversation(),
    f"{API}conversations/<str:session_id>/messages/": conversation(),
    f"{API}conversations/<str:session_id>/turns/": conversation(),
    f"{API}handoffs/": OWN,
    f"{API}handoffs/waiting/": OWN,
    f"{API}handoffs/mine/": OWN,
    f"{API}handoffs/all/": OWN,
    f"{API}handoffs/history/": OWN,
    f"{API}handoffs/<str:handoff_id>/accept/": handoff("waiting", method="post"),
    f"{API}handoffs/<str:handoff_id>/end/": handoff("active", method="post"),
    f"{API}handoffs/<str:handoff_id>/messages/": handoff("active"),
    f"{API}^.*$": Route("open", example=f"{API}no-such-thing/"),
}


def run(**rest: Any) -> Route:
    rest = {"roles": READERS, **rest}
    return theirs({"run_id": NO_NUMBER}, lambda world: {"run_id": world.run.pk}, **rest)


def bot_run(**rest: Any) -> Route:
    """Both of acme's, or neither; half and half is in MIXED."""
    nothing: dict[str, object] = {"slug": NO_SLUG, "run_id": NO_NUMBER}
    rest = {"roles": READERS, **rest}
    return theirs(nothing, lambda world: {"slug": world.cast.acme.bot.slug, "run_id": world.run.pk}, **rest)


def bot_turn() -> Route:
    nothing: dict[str, object] = {"slug": NO_SLUG, "turn_id": NOBODY}
    return theirs(
        nothing, lambda world: {"slug": world.cast.acme.bot.slug, "turn_id": world.turn.pk}, roles=READERS
    )


def bot_result() -> Route:
    nothing: dict[str, object] = {"slug": NO_SLUG, "run_id": NO_NUMBER, "result_id": NO_NUMBER}

    def arguments(world: World) -> dict[str, object]:
        slug, result = world.cast.acme.bot.slug, world.run.results.get()
        return {"slug": slug, "run_id": world.run.pk, "result_id": result.pk}

    return theirs(nothing, arguments, roles=READERS)


def reply() -> Route:
    return theirs({"message_id": NO_NUMBER}, lambda world: {"message_id": world.reply.pk}, roles=READERS)


RUN = "bots/<slug:slug>/evaluation/<int:run_id>/"
TURN = "bots/<slug:slug>/insights/<str:turn_id>/"
VARIANT = {"kind": "out_of_scope", "question": "Who won the match?"}
ROUTES |= {
    # Evaluations, traces, and when to answer
    f"{API}evaluations/": Route("query"),
    f"{API}evaluations/<int:run_id>/": run(),
    f"{API}evaluations/<int:run_id>/results/": run(),
    f"{API}evaluations/<int:run_id>/compare/": run(
        example=f"{API}evaluations/<int:run_id>/compare/?with=<int:run_id>"
    ),
    f"{API}evaluations/<int:run_id>/cancel/": run(method="post", roles=("owner",)),
    "bots/<slug:slug>/evaluation/": bot(),
    "bots/<slug:slug>/evaluation/compare/": bot_run(
        example="bots/<slug:slug>/evaluation/compare/?before=<int:run_id>&after=<int:run_id>"
    ),
    RUN: bot_run(),
    f"{RUN}progress/": bot_run(),
    f"{RUN}export/": bot_run(),
    f"{RUN}results/<int:result_id>/": bot_result(),
    **{f"{RUN}{act}/": bot_run(method="post", roles=("owner",)) for act in ("repeat", "cancel", "delete")},
    "bots/<slug:slug>/insights/": bot(),
    TURN: bot_turn(),
    f"{TURN}trace/": bot_turn(),
    "replies/<int:message_id>/why/": reply(),
    "bots/<slug:slug>/curve/": bot(),
    "bots/<slug:slug>/not-to-answer/": bot(),
    "bots/<slug:slug>/mend/": bot(method="post", roles=("owner",), body=lambda _: VARIANT),
    "bots/<slug:slug>/not-to-answer/remove/": bot(
        method="post", roles=("owner",), body=lambda world: {"chunk": str(world.example.pk)}
    ),
}

SOURCE = "bots/<slug:slug>/knowledge/<int:source_id>/"
ENTRY = {"title": "Opening hours", "questions": "When are you open?", "answer": "From nine to five."}
ROUTES |= {
    f"{API}knowledge/": Route("query"),
    f"{API}knowledge/search/": Route("query"),
    f"{API}knowledge/<int:source_id>/": source(),
    f"{API}knowledge/<int:source_id>/refresh/": theirs(
        {"source_id": NO_NUMBER},
        lambda world: {"source_id": world.source.pk},
        method="post",
        roles=("owner",),
    ),
    # Widget
    f"{API}widget/session/": OPEN,
    f"{API}widget/messages/": OPEN,
    f"{API}widget/<str:public_id>/bootstrap/": public_bot(method="post"),
    "embed/loader.js": OPEN,
    "embed/bot/<str:public_id>.js": public_bot(),
    "embed/frame/<str:public_id>/": public_bot(),
    "demo/": OPEN,
    "demo/<slug:page>/": Route("open", example="demo/coffee/"),
    # Language models
    f"{API}provider-accounts/": OWN,
    f"{API}provider-accounts/<int:account_id>/": account(),
    f"{API}provider-accounts/<int:account_id>/check/": account(method="post"),
    f"{API}budget/": OWN,
    f"{API}chatbots/<slug:slug>/budget/": bot(),
    f"{API}model-use/": OWN,
    "models/": OWN,
    "models/new/": OWN,
    "models/use/": OWN,
    "models/budget/": OWN,
    "models/budget/<slug:slug>/": bot(),
    "models/<int:account_id>/": account(),
    "models/<int:account_id>/check/": account(method="post"),
    "models/<int:account_id>/delete/": account(method="post"),
    # Pages
    "": OWN,
    "ui/": OWN,
    "console/": OWN,
    "organisation/": Route("own", method="post"),
    "organisation/new/": OWN,
    "team/": OWN,
    "team/invite/": Route("own", method="post"),
    "team/members/<int:member_id>/role/": member(method="post", body=lambda _: {"role": "agent"}),
    "team/members/<int:member_id>/remove/": member(method="post"),
    "team/invitations/<int:invitation_id>/withdraw/": invitation(method="post"),
    "invitations/<str:secret>/": Route("open", example="invitations/no-secret/"),
    "bots/": OWN,
    "bots/new/": OWN,
    **{
        f"bots/<slug:slug>/{tab}": bot()
        for tab in ("", "appearance/", "menu/", "handoff/", "handoff/try/", "embed/", "knowledge/", "test/")
    },
    "bots/<slug:slug>/knowledge/sources/": bot(),
    "bots/<slug:slug>/knowledge/search/": bot(),
    **{
        f"bots/<slug:slug>/{act}/": bot(method="post", roles=("owner",), body=lambda _: ENTRY)
        for act in (
            "publish",
            "delete",
            *(f"knowledge/{way}" for way in ("upload", "page", "site", "paste", "entry")),
        )
    },
    SOURCE: bot_source(),
    f"{SOURCE}delete/": bot_source(method="post", roles=("owner",)),
    f"{SOURCE}refresh/": bot_source(method="post", roles=("owner",)),
}

# Accounts: allauth's own pages, which know a person and no tenant.
ACCOUNTS_OPEN = (
    "login/", "logout/", "inactive/", "signup/", "confirm-email/", "password/reset/", "password/reset/done/",
    "password/reset/key/done/", "login/code/confirm/", "2fa/authenticate/",
)  # fmt: skip
ACCOUNTS_OWN = (
    "email/", "reauthenticate/", "password/change/", "password/set/", "2fa/", "2fa/reauthenticate/",
    "2fa/totp/activate/", "2fa/totp/deactivate/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/",
    "2fa/recovery-codes/download/",
)  # fmt: skip
ROUTES |= {f"accounts/{path}": OPEN for path in ACCOUNTS_OPEN}
ROUTES |= {f"accounts/{path}": OWN for path in ACCOUNTS_OWN}
ROUTES |= {
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$": Route("open", example="accounts/confirm-email/no-key/"),
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": Route(
        "open", example="accounts/password/reset/key/1-no-key/"
    ),
}
