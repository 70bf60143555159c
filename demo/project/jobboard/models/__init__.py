from jobboard.models.base import Base
from jobboard.models.application import Application, Interview, Offer
from jobboard.models.company import Company, CompanyMember
from jobboard.models.job import Job, Skill, job_skills
from jobboard.models.legacy import Message, Notification
from jobboard.models.payment import Payment
from jobboard.models.referral import Referral
from jobboard.models.user import Candidate, SavedJob, User

__all__ = [
    "Application",
    "Base",
    "Candidate",
    "Company",
    "CompanyMember",
    "Interview",
    "Job",
    "Message",
    "Notification",
    "Offer",
    "Payment",
    "Referral",
    "SavedJob",
    "Skill",
    "User",
    "job_skills",
]
