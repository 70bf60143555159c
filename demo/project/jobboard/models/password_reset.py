"""Written for the reset mails; nothing imports it any more."""

from sqlalchemy import Column, DateTime, ForeignKey, Integer, String

from jobboard.models.base import Base


class PasswordResetToken(Base):
    __tablename__ = "password_reset_tokens"

    id = Column(Integer, primary_key=True)
    user_id = Column(Integer, ForeignKey("users.id"), nullable=False)
    token = Column(String(64), nullable=False)
    expires_at = Column(DateTime(timezone=True), nullable=False)
