"""The peers' one table, and how each driver is addressed."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Index
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

REPLY = "Thank you for your question. Orders leave our warehouse within two working days."


class Base(DeclarativeBase):
    pass


class Message(Base):
    __tablename__ = "message"
    __table_args__ = (Index("message_room", "room", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    room: Mapped[str]
    client_id: Mapped[str]
    sender: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))

    def as_frame(self) -> dict[str, Any]:
        return {
            "type": "message", "id": self.id, "sender": self.sender, "client_id": self.client_id, "text": self.text,
            "created_at": self.created_at.isoformat(),
        }  # fmt: skip


def database_address(url: str, *, driver: str) -> str:
    """SQLAlchemy's spelling of a `postgres://` address."""
    return f"postgresql+{driver}://{url.partition('://')[2]}"
