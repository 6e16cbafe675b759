"""The second factor, asked for wherever a password is."""

from allauth.mfa.models import Authenticator

from core.errors import Unauthorised
from organisations.models import User


def check_second_factor(*, user: User, code: str) -> None:
    """Raises Unauthorised (`mfa_required`: true) unless one of the user's authenticators takes the code."""
    authenticators = Authenticator.objects.filter(user=user, type__in=("totp", "recovery_codes"))
    if code and any(authenticator.wrap().validate_code(code) for authenticator in authenticators):
        return
    sentence = (
        "That code is not right. Try the newest one." if code else "Send the code of your second factor too."
    )
    raise Unauthorised(sentence, mfa_required=True)
