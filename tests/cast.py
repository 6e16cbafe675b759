"""The people of the tests: two tenants that must never meet, and strangers."""

from dataclasses import dataclass, field

from chatbots.models import Chatbot
from organisations.actions.organisations import add_member, create_organisation
from organisations.api_tokens import issue_api_token
from organisations.models import Membership, Organisation, Role, User

PASSWORD = "a password for tests"
KNOWLEDGE = [
    {
        "title": "Delivery time",
        "question": "How long does delivery take?",
        "answer": "Two to four working days.",
    },
    {
        "title": "Delivery time",
        "question": "When will my parcel arrive?",
        "answer": "Two to four working days.",
    },
    {
        "title": "Returns",
        "question": "Can I send something back?",
        "answer": "Yes, within 30 days of delivery.",
    },
    {
        "title": "Returns",
        "question": "How do I return an article?",
        "answer": "Yes, within 30 days of delivery.",
    },
    {
        "title": "Payment",
        "question": "Which cards do you accept?",
        "answer": "All the usual ones, and PayPal.",
    },
]


@dataclass
class Tenant:
    """One organisation with its people and its published bot."""

    organisation: Organisation
    owner: User
    supervisor: User
    agent: User
    agent2: User
    bot: Chatbot

    @property
    def people(self) -> dict[str, User]:
        return {
            "owner": self.owner,
            "supervisor": self.supervisor,
            "agent": self.agent,
            "agent2": self.agent2,
        }

    def membership_of(self, user: User) -> Membership:
        return Membership.objects.get(organisation=self.organisation, user=user)


@dataclass
class Cast:
    """`outsider` owns the other tenant: whoever gets at acme's things as them has broken in."""

    acme: Tenant
    rival: Tenant
    newcomer: User = field(default_factory=lambda: make_user("newcomer@example.test"))

    @property
    def outsider(self) -> User:
        return self.rival.owner


def make_user(email: str, *, name: str = "") -> User:
    return User.objects.create_user(email, PASSWORD, name=name or email.partition("@")[0].title())


def make_bot(*, organisation: Organisation, slug: str) -> Chatbot:
    return Chatbot.objects.create(organisation=organisation, slug=slug, name=slug.replace("-", " ").title())


def make_tenant(slug: str) -> Tenant:
    owner = make_user(f"owner@{slug}.test")
    organisation = create_organisation(owner=owner, name=slug.title(), slug=slug)
    people = {role: make_user(f"{role}@{slug}.test") for role in ("supervisor", "agent", "agent2")}
    for name, user in people.items():
        add_member(
            organisation=organisation, user=user, role=Role.SUPERVISOR if name == "supervisor" else Role.AGENT
        )
    bot = make_bot(organisation=organisation, slug=f"{slug}-shop")
    return Tenant(organisation=organisation, owner=owner, bot=bot, **people)


def make_cast() -> Cast:
    return Cast(acme=make_tenant("acme"), rival=make_tenant("rival"))


def issue_token(user: User) -> str:
    """An API token, as `manage.py issue_token` prints it."""
    return issue_api_token(user=user)


def bearer(user: User) -> dict[str, str]:
    """Headers for Django's test client."""
    return {"Authorization": f"Bearer {issue_token(user)}"}
