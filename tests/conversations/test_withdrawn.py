"""Open consoles of people who may no longer be there."""

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.test import Client

from config.asgi import application
from tests.cast import issue_token, make_cast
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def check_often(settings):
    settings.PERMISSION_CHECK_SECONDS = 0.2


async def connect_by_cookie(client: Client) -> ChatSocket:
    cookie = (
        f"{django_settings.SESSION_COOKIE_NAME}={client.cookies[django_settings.SESSION_COOKIE_NAME].value}"
    )
    socket = await ChatSocket.connect_inside(
        application, path="/ws/agent/", headers={"Cookie": cookie}, origin=ORIGIN
    )
    await socket.expect("ready")
    return socket


async def test_a_withdrawn_member_is_out_within_seconds():
    cast = await sync_to_async(make_cast)()
    token = await sync_to_async(issue_token)(cast.acme.agent)
    socket = await ChatSocket.connect_inside(application, path="/ws/agent/", token=token)
    await socket.expect("ready")
    await sync_to_async(lambda: cast.acme.membership_of(cast.acme.agent).delete())()
    assert await socket.expect_close(seconds=5) == 4403


async def test_an_account_switched_off_is_out_within_seconds():
    cast = await sync_to_async(make_cast)()
    token = await sync_to_async(issue_token)(cast.acme.agent)
    socket = await ChatSocket.connect_inside(application, path="/ws/agent/", token=token)
    await socket.expect("ready")
    cast.acme.agent.is_active = False
    await sync_to_async(cast.acme.agent.save)()
    assert await socket.expect_close(seconds=5) == 4403


async def test_signing_out_closes_the_consoles_of_that_browser_only(sign_in):
    cast = await sync_to_async(make_cast)()
    leaving, staying = [await sync_to_async(sign_in)(cast.acme.agent) for _ in range(2)]
    leaver, stayer = await connect_by_cookie(leaving), await connect_by_cookie(staying)
    await sync_to_async(leaving.logout)()
    assert await leaver.expect_close(seconds=5) == 4401
    await stayer.settle()
    await stayer.close()
