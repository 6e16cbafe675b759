"""Two consumers as in Channels' tutorial: a group for each conversation, rows through the ORM."""

from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from bench.references.stock.models import Conversation, Message

REPLY = "Thank you for your question. Orders leave our warehouse within two working days."


class RelayConsumer(AsyncJsonWebsocketConsumer):
    """Visitor and agent join the conversation's group; every message is one row, sent to both."""

    async def connect(self) -> None:
        self.name = self.scope["url_route"]["kwargs"]["name"]
        self.group = f"chat_{self.name}"
        self.conversation = await self.open_conversation()
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        await self.store_and_send(content["sender"], content["client_id"], content["text"])

    async def store_and_send(self, sender: str, client_id: str, text: str) -> None:
        message = await self.store_message(sender, client_id, text)
        await self.channel_layer.group_send(
            self.group,
            {
                "type": "chat.message",
                "id": message.pk,
                "sender": sender,
                "client_id": client_id,
                "text": text,
                "created_at": message.created_at.isoformat(),
            },
        )

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send_json({**event, "type": "message"})

    @database_sync_to_async
    def open_conversation(self) -> Conversation:
        return Conversation.objects.get_or_create(name=self.name)[0]

    @database_sync_to_async
    def store_message(self, sender: str, client_id: str, text: str) -> Message:
        return Message.objects.create(
            conversation=self.conversation, sender=sender, client_id=client_id, text=text
        )


class BotConsumer(RelayConsumer):
    """A bot round: the visitor's message stored and sent, the reply stored and sent. The reply costs no search."""

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        await self.store_and_send("visitor", content["client_id"], content["text"])
        await self.store_and_send("bot", content["client_id"], REPLY)
