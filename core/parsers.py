"""How REST reads a body. Apart from core/api.py, because REST framework's views want it while they are being imported."""

from typing import Any

from rest_framework import exceptions, parsers


class JsonParser(parsers.JSONParser):
    """JSON; what is nested deeper than Python can follow is refused as malformed JSON is."""

    def parse(self, *args: Any, **options: Any) -> Any:
        try:
            return super().parse(*args, **options)
        except RecursionError as error:
            raise exceptions.ParseError("That JSON is nested too deeply.") from error
