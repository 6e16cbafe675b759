"""`manage.py reencrypt_keys`: brings the providers' keys under the newest of ENCRYPTION_KEYS; prints {"reencrypted"}."""

import json
from typing import Any

from chatbots.actions.provider_accounts import reencrypt_keys
from core.commands import ParleyCommand
from core.errors import Invalid


class Command(ParleyCommand):
    help = "Encrypt the keys of all provider accounts anew, under the newest of ENCRYPTION_KEYS."

    def run(self, **options: Any) -> None:
        done, unreadable = reencrypt_keys()
        self.stdout.write(json.dumps({"reencrypted": done}))
        if unreadable:
            names = ", ".join(f"{account.organisation.slug}/{account.name}" for account in unreadable)
            raise Invalid(
                f"These keys were encrypted under a key that is not among ENCRYPTION_KEYS: {names}."
                " Add that key to the list, or enter theirs again."
            )
