"""A visitor without a socket, for tests: posts frames and polls, inside the process or against a server."""

import uuid
from types import TracebackType
from typing import Any, Self

import httpx

from config.asgi import application

PATH = "/api/v1/widget/messages/"


class Poller:
    """`async with Poller(token)`; `url` names a running server, none the application of this process."""

    def __init__(self, token: str, *, url: str = "", headers: dict[str, str] | None = None) -> None:
        transport = None if url else httpx.ASGITransport(app=application)
        own = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = httpx.AsyncClient(
            transport=transport,
            base_url=url or "http://127.0.0.1:8000",
            headers={**own, **(headers or {})},
            timeout=40,
        )

    async def post(self, **frame: Any) -> httpx.Response:
        return await self.client.post(PATH, json=frame)

    async def say(self, text: str, *, session_id: str = "", client_id: str = "") -> httpx.Response:
        return await self.post(client_id=client_id or str(uuid.uuid4()), session_id=session_id, text=text)

    async def poll(self, **query: Any) -> httpx.Response:
        return await self.client.get(PATH, params=query)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.client.aclose()


def types_of(response: httpx.Response) -> list[str]:
    return [frame["type"] for frame in response.json()["frames"]]


def texts_of(response: httpx.Response) -> list[str]:
    return [message["text"] for frame in response.json()["frames"] for message in frame.get("messages", ())]
