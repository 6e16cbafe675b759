"""Who may open the console's socket, and from which page."""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from config.asgi import application
from core.tokens import issue_signed_token
from organisations.models import User
from tests.cast import issue_token, issue_visitor_token, make_visitor
from tests.handoff.conftest import Desk
from tests.sockets import ChatSocket, RefusedError

pytestmark = pytest.mark.django_db(transaction=True)
HOST = "127.0.0.1:8000"
in_thread = sync_to_async


def cookie_of(sign_in: Callable[..., Any], user: User) -> dict[str, str]:
    return {"Cookie": f"sessionid={sign_in(user).cookies['sessionid'].value}"}


async def test_a_session_cookie_opens_it_from_an_own_page(desk: Desk, sign_in: Callable[..., Any]) -> None:
    headers = await in_thread(cookie_of)(sign_in, desk.cast.acme.agent)
    async with await ChatSocket.connect_inside(application, path="/ws/agent/", headers=headers) as socket:
        assert (await socket.expect("ready"))["agent"]["id"] == desk.cast.acme.agent.pk


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://evil.test",
        f"http://{HOST}.evil.test",
        f"http://evil.test/{HOST}",
        f"https://{HOST}",
        "http://127.0.0.1:8001",
        f"http://{HOST}/",
        f"http://{HOST}@evil.test",
    ],
)
async def test_a_session_cookie_from_another_page_is_refused(
    desk: Desk, sign_in: Callable[..., Any], origin: str | None
) -> None:
    headers = await in_thread(cookie_of)(sign_in, desk.cast.acme.agent)
    with pytest.raises(RefusedError):
        await ChatSocket.connect_inside(application, path="/ws/agent/", headers=headers, origin=origin)


async def test_a_doubled_origin_is_refused(desk: Desk, sign_in: Callable[..., Any]) -> None:
    cookie = (await in_thread(cookie_of)(sign_in, desk.cast.acme.agent))["Cookie"]
    own = (b"origin", f"http://{HOST}".encode())
    for origins in ([own, (b"origin", b"http://evil.test")], [own, own]):
        headers = [(b"host", HOST.encode()), (b"cookie", cookie.encode()), *origins]
        communicator = WebsocketCommunicator(application, "/ws/agent/", headers=headers)
        accepted, _ = await communicator.connect(timeout=10)
        assert not accepted


async def test_wrong_credentials_are_refused(desk: Desk) -> None:
    user = desk.cast.acme.agent
    person = await in_thread(make_visitor)(desk.cast.acme.bot)
    expired = issue_signed_token(audience="api", bearer=str(user.pk), seconds=-1)
    newcomer = await in_thread(issue_token)(desk.cast.newcomer)
    for token in ("", "nonsense", expired, issue_visitor_token(person), newcomer, "x" * 4000):
        with pytest.raises(RefusedError):
            await ChatSocket.connect_inside(application, path="/ws/agent/", token=token)
    with pytest.raises(RefusedError):
        await ChatSocket.connect_inside(
            application, path="/ws/agent/", headers={"Cookie": "sessionid=nonsense"}
        )


@pytest.mark.parametrize("by", ["header", "subprotocol"])
async def test_a_token_opens_it_from_anywhere(desk: Desk, by: Any) -> None:
    token = await in_thread(issue_token)(desk.cast.acme.agent)
    async with await ChatSocket.connect_inside(
        application, path="/ws/agent/", token=token, by=by, origin="http://elsewhere.test"
    ) as socket:
        await socket.expect("ready")
        assert socket.transport.subprotocol == "parley.v1"
