from organisations.models.invitation import Invitation
from organisations.models.organisation import Membership, Organisation, Role
from organisations.models.user import User

__all__ = ["Invitation", "Membership", "Organisation", "Role", "User"]
