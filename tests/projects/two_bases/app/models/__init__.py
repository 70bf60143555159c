from app.models.customer import Customer
from app.models.faq import FaqCandidate, FaqUsageLog
from app.models.quality import ExpertProfile
from app.models.user import User
