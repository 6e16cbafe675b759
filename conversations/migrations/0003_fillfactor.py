"""Leave room on the pages of rows that every message updates, so that PostgreSQL can update in place (HOT)."""

from typing import Any

from django.db import migrations


def leave_room(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE conversations_conversation SET (fillfactor = 70)")
        schema_editor.execute("ALTER TABLE conversations_turn SET (fillfactor = 70)")


class Migration(migrations.Migration):
    dependencies = [("conversations", "0002_initial")]
    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
