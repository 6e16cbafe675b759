"""Make the reference's two tables, and count its rows: `python -m bench.references.stock.database make|count`."""

import json
import os
import sys

import django


def make_tables() -> None:
    from django.db import connection

    from bench.references.stock.models import Conversation, Message

    with connection.schema_editor() as editor:
        editor.create_model(Conversation)
        editor.create_model(Message)


def count_rows() -> dict[str, int]:
    """Rows by sender."""
    from django.db.models import Count

    from bench.references.stock.models import Message

    return dict(Message.objects.values_list("sender").annotate(Count("pk")))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.references.stock.settings"
    django.setup()
    if sys.argv[1] == "make":
        make_tables()
    else:
        print(json.dumps(count_rows()))
