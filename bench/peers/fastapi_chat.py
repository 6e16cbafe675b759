"""FastAPI's WebSocket with SQLAlchemy's asyncio and asyncpg: `uvicorn bench.peers.fastapi_chat:application`.

As https://fastapi.tiangolo.com/advanced/websockets/ says: a connection manager in the process, here with a room for each
conversation. DATABASE_URL names the database.
"""

import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from bench.peers.rows import REPLY, Base, Message, database_address

engine = create_async_engine(database_address(os.environ["DATABASE_URL"], driver="asyncpg"), pool_size=20)
open_session = async_sessionmaker(engine, expire_on_commit=False)


class ConnectionManager:
    """Who is in which room."""

    def __init__(self) -> None:
        self.rooms: dict[str, set[WebSocket]] = defaultdict(set)

    async def broadcast(self, room: str, frame: dict[str, Any]) -> None:
        for socket in tuple(self.rooms[room]):
            await socket.send_json(frame)


manager = ConnectionManager()


@asynccontextmanager
async def make_tables(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


application = FastAPI(lifespan=make_tables)


@application.websocket("/bot/{room}/")
async def chat(socket: WebSocket, room: str) -> None:
    await socket.accept()
    manager.rooms[room].add(socket)
    try:
        while True:
            content = await socket.receive_json()
            await store_and_send(room, "visitor", content["client_id"], content["text"])
            await store_and_send(room, "bot", content["client_id"], REPLY)
    except WebSocketDisconnect:
        manager.rooms[room].discard(socket)


async def store_and_send(room: str, sender: str, client_id: str, text: str) -> None:
    async with open_session() as session:
        message = Message(room=room, client_id=client_id, sender=sender, text=text)
        session.add(message)
        await session.commit()
    await manager.broadcast(room, message.as_frame())
