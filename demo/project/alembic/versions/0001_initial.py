"""initial

Revision ID: 0001
Revises:
Create Date: 2022-05-04 09:12:00
"""
import sqlalchemy as sa

from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("email", sa.String(120), nullable=False),
        sa.Column("password_hash", sa.String(128), nullable=False),
        sa.Column("full_name", sa.String(200), nullable=False),
        sa.Column("phone", sa.String(32)),
        sa.Column("role", sa.Enum("candidate", "recruiter", "admin", name="user_role"), nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "candidates",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("headline", sa.String(200), nullable=False),
        sa.Column("resume_url", sa.String(255)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_candidates"),
        sa.UniqueConstraint("user_id", name="uq_candidates_user_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_candidates_user_id_users", ondelete="CASCADE"),
    )
    op.create_table(
        "companies",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("website", sa.String(255)),
        sa.Column("verified", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_companies"),
        sa.UniqueConstraint("slug", name="uq_companies_slug"),
    )
    op.create_table(
        "company_members",
        sa.Column("company_id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("title", sa.String(80)),
        sa.PrimaryKeyConstraint("company_id", "user_id", name="pk_company_members"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_company_members_company_id_companies", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_company_members_user_id_users", ondelete="CASCADE"),
    )
    op.create_table(
        "skills",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_skills"),
        sa.UniqueConstraint("name", name="uq_skills_name"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("company_id", sa.Integer, nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("status", sa.Enum("draft", "open", "closed", name="job_status"), nullable=False),
        sa.Column("salary_min", sa.Integer),
        sa.Column("salary_max", sa.Integer),
        sa.Column("remote", sa.Boolean, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name="fk_jobs_company_id_companies", ondelete="CASCADE"
        ),
        sa.CheckConstraint("salary_min >= 0 AND salary_max >= salary_min", name=op.f("ck_jobs_salary_range")),
    )
    op.create_index("ix_jobs_company_id_status", "jobs", ["company_id", "status"])
    op.create_table(
        "job_skills",
        sa.Column("job_id", sa.Integer, nullable=False),
        sa.Column("skill_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "skill_id", name="pk_job_skills"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_skills_job_id_jobs", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["skill_id"], ["skills.id"], name="fk_job_skills_skill_id_skills", ondelete="CASCADE"),
    )
    op.create_table(
        "saved_jobs",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("job_id", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "job_id", name="pk_saved_jobs"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_saved_jobs_user_id_users", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_saved_jobs_job_id_jobs", ondelete="CASCADE"),
    )


def downgrade():
    for table in ("saved_jobs", "job_skills", "jobs", "skills", "company_members", "companies", "candidates", "users"):
        op.drop_table(table)
    op.execute("DROP TYPE job_status")
    op.execute("DROP TYPE user_role")
