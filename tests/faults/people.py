"""Who takes part in a fault: visitors as the widget makes them, and staff, on a running server."""

import json

import httpx

from tests.server import DEMO_PASSWORD, ServerProcess
from tests.sockets import ChatSocket

SHOP = "shop"
MAKE_AGENTS = """
import json
from organisations.actions.organisations import add_member
from organisations.api_tokens import issue_api_token
from organisations.models import Organisation, User
organisation = Organisation.objects.get(slug="demo")
tokens = []
for number in range({count}):
    email = f"fault-agent-{{number}}@demo.test"
    user = User.objects.filter(email=email).first()
    user = user or User.objects.create_user(email, {password!r}, name=f"Agent {{number}}")
    add_member(organisation=organisation, user=user, role="agent")
    tokens.append(issue_api_token(user=user))
print(json.dumps(tokens))
"""


def find_public_id(url: str) -> str:
    """The demo shop's bot, as its page names it."""
    page = httpx.get(f"{url}/demo/").raise_for_status().text
    return page.partition('data-bot="')[2].partition('"')[0]


def become_visitor(url: str, *, visitor_token: str = "") -> dict[str, str]:
    """What the widget's bootstrap answers: `token` for sockets, `visitor_token` to be known again by."""
    body = {"visitor_token": visitor_token} if visitor_token else {}
    address = f"{url}/api/v1/widget/{find_public_id(url)}/bootstrap/"
    answer: dict[str, str] = httpx.post(address, json=body).raise_for_status().json()
    return answer


def make_agents(server: ServerProcess, count: int) -> list[str]:
    """API tokens of `count` agents of the demo's organisation, made where they are missing."""
    code = MAKE_AGENTS.format(count=count, password=DEMO_PASSWORD)
    tokens: list[str] = json.loads(server.manage("shell", "-v", "0", "-c", code))
    return tokens


def sign_in(url: str, email: str) -> str:
    """An API token of one of the demo's people, without a process of its own."""
    body = {"email": email, "password": DEMO_PASSWORD}
    answer = httpx.post(f"{url}/api/v1/token/", json=body, timeout=30).raise_for_status()
    return str(answer.json()["access"])


def withdraw(url: str, email: str, *, owner_token: str) -> None:
    """The owner takes somebody out of the organisation."""
    headers = {"Authorization": f"Bearer {owner_token}"}
    with httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=30) as http:
        members = http.get("members/", params={"limit": 200}).raise_for_status().json()["results"]
        member = next(row for row in members if email in json.dumps(row))
        http.delete(f"members/{member['id']}/").raise_for_status()


async def find_waiting(url: str, token: str, session: str) -> str:
    """The id of the handoff in which a conversation waits, "" for none; page by page, since `ready` has the oldest only."""
    address: str | None = f"{url}/api/v1/handoffs/waiting/?limit=200"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
        while address:
            page = (await http.get(address)).raise_for_status().json()
            found = [row["id"] for row in page["results"] if row["session_id"] == session]
            if found:
                return str(found[0])
            address = page["next"]
    return ""


async def open_chat(url: str, token: str) -> ChatSocket:
    """A visitor's socket that has its `ready`."""
    socket = await ChatSocket.connect(url, token=token)
    await socket.expect("ready")
    return socket


async def open_console(url: str, token: str) -> ChatSocket:
    """An agent's socket that has its `ready`."""
    socket = await ChatSocket.connect(url, path="/ws/agent/", token=token)
    await socket.expect("ready")
    return socket


async def read_log(socket: ChatSocket, session_id: str) -> list[dict[str, object]]:
    """The whole log of a conversation, page by page."""
    messages: list[dict[str, object]] = []
    more = True
    while more:
        await socket.send("session_sync", session_id=session_id, after_seq=len(messages))
        page = await socket.expect("session_synced", session_id=session_id)
        messages += page["messages"]
        more = page["more"]
    return messages
