"""What the load generator can play, by name: the product's protocol and the references'."""

from collections.abc import Callable

from bench.meter import Conversation, Meter
from bench.scenarios import product, references, socketio
from bench.scenarios.base import Scenario

__all__ = ["SCENARIOS", "Conversation", "Meter", "Scenario"]

SCENARIOS: dict[str, Callable[..., Scenario]] = {
    "echo": references.Echo,
    "stock-bot": references.StockBot,
    "socketio-bot": socketio.SocketIOBot,
    "stock-relay": references.StockRelay,
    "connect": references.Connect,
    "idle": references.Idle,
    "product-bot": product.BotRounds,
    "product-greeting": product.Greetings,
    "product-relay": product.Relay,
    "product-typing": product.TypingRelay,
    "product-connect": product.Connect,
    "product-sync": product.Syncs,
    "product-idle": product.Idle,
}
