"""Print the session cookie of a member who may see every page: `python -m bench.sign_in`, in the server's environment."""

import os

import django

EMAIL = "owner@bench.test"


def sign_in() -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from organisations.models import Membership, Organisation, Role, User

    owner, _ = User.objects.get_or_create(email=EMAIL, defaults={"name": "Owner"})
    organisation = Organisation.objects.get(slug="bench")
    Membership.objects.get_or_create(organisation=organisation, user=owner, defaults={"role": Role.OWNER})
    session = SessionStore()
    session[SESSION_KEY] = str(owner.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = owner.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(sign_in())
