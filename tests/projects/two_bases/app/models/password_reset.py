from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

# Nobody imports this module.


class PasswordResetToken(Base):
    __tablename__ = "password_reset_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str]
