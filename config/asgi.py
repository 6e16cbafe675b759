"""What the server runs: HTTP by Django, the two sockets by Parley's consumers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from config.sockets import build_application  # noqa: E402

application = build_application(django_application)
