import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.references.stock.settings")
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from bench.references.stock.consumers import BotConsumer, RelayConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": URLRouter(
            [path("bot/<name>/", BotConsumer.as_asgi()), path("relay/<name>/", RelayConsumer.as_asgi())]
        ),
    }
)
