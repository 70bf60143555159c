"""applications, interviews, offers

candidate_id stays an integer here, as candidates.id is one.

Revision ID: 0002
Revises: 0001
Create Date: 2022-08-19 16:40:00
"""
import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("job_id", sa.Integer, nullable=False),
        sa.Column("candidate_id", sa.Integer, nullable=False),
        sa.Column(
            "status",
            sa.Enum("sent", "seen", "interview", "offer", "rejected", name="application_status"),
            nullable=False,
        ),
        sa.Column("cover_letter", sa.Text),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_applications"),
        sa.UniqueConstraint("job_id", "candidate_id", name="uq_applications_job_id_candidate_id"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_applications_job_id_jobs", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], name="fk_applications_candidate_id_candidates"),
    )
    op.create_table(
        "interviews",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("application_id", sa.Integer, nullable=False),
        sa.Column("starts_at", sa.DateTime, nullable=False),
        sa.Column("place", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_interviews"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name="fk_interviews_application_id_applications",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_interviews_application_id", "interviews", ["application_id"])
    op.create_table(
        "offers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("application_id", sa.Integer, nullable=False),
        sa.Column("salary", sa.Numeric(8, 2), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_offers"),
        sa.UniqueConstraint("application_id", name="uq_offers_application_id"),
        sa.ForeignKeyConstraint(
            ["application_id"], ["applications.id"], name="fk_offers_application_id_applications", ondelete="CASCADE"
        ),
    )


def downgrade():
    for table in ("offers", "interviews", "applications"):
        op.drop_table(table)
    op.execute("DROP TYPE application_status")
