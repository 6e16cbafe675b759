"""Flask-SocketIO on gevent, rows through SQLAlchemy and psycopg: `python -m bench.peers.flask_chat PORT`.

As https://flask-socketio.readthedocs.io says: the gevent server with gevent-websocket, a handler for each event, a room
for each conversation. DATABASE_URL names the database.
"""

from gevent import monkey

monkey.patch_all()

import os  # noqa: E402
import sys  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask, request  # noqa: E402
from flask_socketio import SocketIO, join_room  # noqa: E402
from sqlalchemy import create_engine  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from bench.peers.rows import REPLY, Base, Message, database_address  # noqa: E402

application = Flask(__name__)
socketio = SocketIO(application, async_mode="gevent")
engine = create_engine(database_address(os.environ["DATABASE_URL"], driver="psycopg"), pool_size=20)


@socketio.on("connect")
def join(*_: Any) -> None:
    join_room(request.args["room"])


@socketio.on("message")
def take_message(content: dict[str, str]) -> None:
    room = request.args["room"]
    store_and_send(room, "visitor", content["client_id"], content["text"])
    store_and_send(room, "bot", content["client_id"], REPLY)


def store_and_send(room: str, sender: str, client_id: str, text: str) -> None:
    with Session(engine, expire_on_commit=False) as session:
        message = Message(room=room, client_id=client_id, sender=sender, text=text)
        session.add(message)
        session.commit()
    socketio.emit("message", message.as_frame(), to=room)


if __name__ == "__main__":
    Base.metadata.create_all(engine)
    socketio.run(application, host="127.0.0.1", port=int(sys.argv[1]))
