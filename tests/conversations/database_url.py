"""The test database as a DATABASE_URL, for processes that a test starts."""

from typing import Any
from urllib.parse import quote


def url_of_test_database(connection: Any) -> str:
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user, password = quote(settings["USER"]), quote(settings["PASSWORD"])
    host, port = settings["HOST"], settings["PORT"]
    if host.startswith("/"):
        host = quote(host, safe="")
    return f"postgresql://{user}:{password}@{host}:{port}/{settings['NAME']}"
