from sqlalchemy.orm import Mapped, mapped_column

from app.db import Older

# A feature that never came.


class FaqCandidate(Older):
    __tablename__ = "faq_candidates"

    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str]


class FaqUsageLog(Older):
    __tablename__ = "faq_usage_logs"

    id: Mapped[int] = mapped_column(primary_key=True)
