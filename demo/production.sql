-- The production database of the job board as it really is: what the revisions built, and what hands did to it since.

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
-- Running upgrade  -> 0001
CREATE TYPE user_role AS ENUM ('candidate', 'recruiter', 'admin');

CREATE TABLE users (
    id SERIAL NOT NULL,
    email VARCHAR(120) NOT NULL,
    password_hash VARCHAR(128) NOT NULL,
    full_name VARCHAR(200) NOT NULL,
    phone VARCHAR(32),
    role user_role NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_email UNIQUE (email)
);

CREATE TABLE candidates (
    id SERIAL NOT NULL,
    user_id INTEGER NOT NULL,
    headline VARCHAR(200) NOT NULL,
    resume_url VARCHAR(255),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_candidates PRIMARY KEY (id),
    CONSTRAINT uq_candidates_user_id UNIQUE (user_id),
    CONSTRAINT fk_candidates_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE companies (
    id SERIAL NOT NULL,
    name VARCHAR(200) NOT NULL,
    slug VARCHAR(80) NOT NULL,
    website VARCHAR(255),
    verified BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_companies PRIMARY KEY (id),
    CONSTRAINT uq_companies_slug UNIQUE (slug)
);

CREATE TABLE company_members (
    company_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    title VARCHAR(80),
    CONSTRAINT pk_company_members PRIMARY KEY (company_id, user_id),
    CONSTRAINT fk_company_members_company_id_companies FOREIGN KEY(company_id) REFERENCES companies (id) ON DELETE CASCADE,
    CONSTRAINT fk_company_members_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE skills (
    id SERIAL NOT NULL,
    name VARCHAR(60) NOT NULL,
    CONSTRAINT pk_skills PRIMARY KEY (id),
    CONSTRAINT uq_skills_name UNIQUE (name)
);
CREATE TYPE job_status AS ENUM ('draft', 'open', 'closed');

CREATE TABLE jobs (
    id SERIAL NOT NULL,
    company_id INTEGER NOT NULL,
    title VARCHAR(120) NOT NULL,
    description TEXT NOT NULL,
    status job_status NOT NULL,
    salary_min INTEGER,
    salary_max INTEGER,
    remote BOOLEAN NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_jobs PRIMARY KEY (id),
    CONSTRAINT fk_jobs_company_id_companies FOREIGN KEY(company_id) REFERENCES companies (id) ON DELETE CASCADE,
    CONSTRAINT ck_jobs_salary_range CHECK (salary_min >= 0 AND salary_max >= salary_min)
);
CREATE INDEX ix_jobs_company_id_status ON jobs (company_id, status);

CREATE TABLE job_skills (
    job_id INTEGER NOT NULL,
    skill_id INTEGER NOT NULL,
    CONSTRAINT pk_job_skills PRIMARY KEY (job_id, skill_id),
    CONSTRAINT fk_job_skills_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE,
    CONSTRAINT fk_job_skills_skill_id_skills FOREIGN KEY(skill_id) REFERENCES skills (id) ON DELETE CASCADE
);

CREATE TABLE saved_jobs (
    user_id INTEGER NOT NULL,
    job_id INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_saved_jobs PRIMARY KEY (user_id, job_id),
    CONSTRAINT fk_saved_jobs_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_saved_jobs_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING alembic_version.version_num;
-- Running upgrade 0001 -> 0002
CREATE TYPE application_status AS ENUM ('sent', 'seen', 'interview', 'offer', 'rejected');

CREATE TABLE applications (
    id SERIAL NOT NULL,
    job_id INTEGER NOT NULL,
    candidate_id INTEGER NOT NULL,
    status application_status NOT NULL,
    cover_letter TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_applications PRIMARY KEY (id),
    CONSTRAINT uq_applications_job_id_candidate_id UNIQUE (job_id, candidate_id),
    CONSTRAINT fk_applications_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE,
    CONSTRAINT fk_applications_candidate_id_candidates FOREIGN KEY(candidate_id) REFERENCES candidates (id)
);

CREATE TABLE interviews (
    id SERIAL NOT NULL,
    application_id INTEGER NOT NULL,
    starts_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    place VARCHAR(200),
    CONSTRAINT pk_interviews PRIMARY KEY (id),
    CONSTRAINT fk_interviews_application_id_applications FOREIGN KEY(application_id) REFERENCES applications (id) ON DELETE CASCADE
);
CREATE INDEX ix_interviews_application_id ON interviews (application_id);

CREATE TABLE offers (
    id SERIAL NOT NULL,
    application_id INTEGER NOT NULL,
    salary NUMERIC(8, 2) NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_offers PRIMARY KEY (id),
    CONSTRAINT uq_offers_application_id UNIQUE (application_id),
    CONSTRAINT fk_offers_application_id_applications FOREIGN KEY(application_id) REFERENCES applications (id) ON DELETE CASCADE
);
UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';
-- Running upgrade 0002 -> 0003

CREATE TABLE messages (
    id SERIAL NOT NULL,
    sender_id INTEGER NOT NULL,
    recipient_id INTEGER NOT NULL,
    body TEXT NOT NULL,
    read BOOLEAN DEFAULT 'false' NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_messages PRIMARY KEY (id),
    CONSTRAINT fk_messages_sender_id_users FOREIGN KEY(sender_id) REFERENCES users (id),
    CONSTRAINT fk_messages_recipient_id_users FOREIGN KEY(recipient_id) REFERENCES users (id)
);
CREATE INDEX ix_messages_recipient_id ON messages (recipient_id);

CREATE TABLE notifications (
    id SERIAL NOT NULL,
    user_id INTEGER NOT NULL,
    kind VARCHAR(40) NOT NULL,
    payload JSON NOT NULL,
    CONSTRAINT pk_notifications PRIMARY KEY (id),
    CONSTRAINT fk_notifications_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE payments (
    id SERIAL NOT NULL,
    company_id INTEGER NOT NULL,
    amount_cents INTEGER NOT NULL,
    provider VARCHAR(20) NOT NULL,
    provider_reference VARCHAR(80),
    state VARCHAR(20) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (id),
    CONSTRAINT uq_payments_provider_reference UNIQUE (provider_reference),
    CONSTRAINT fk_payments_company_id_companies FOREIGN KEY(company_id) REFERENCES companies (id)
);
CREATE INDEX ix_payments_company_id ON payments (company_id);
UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';

-- From here on: what nobody wrote a revision for.

-- 2023-03-02  support: addresses of a university did not fit
ALTER TABLE users ALTER COLUMN email TYPE varchar(320);

-- 2023-03-30  marketing wants to call everybody
UPDATE users SET phone = '' WHERE phone IS NULL;
ALTER TABLE users ALTER COLUMN phone SET NOT NULL;

-- 2023-04-11  the CRM sync writes to companies too
ALTER TABLE companies RENAME COLUMN website TO homepage;
ALTER TABLE companies ADD COLUMN crm_account_id varchar(40) NOT NULL;

-- 2023-05-16  presigned resume links are long
ALTER TABLE candidates ALTER COLUMN resume_url TYPE text;

-- 2023-06-21  legal: interviews have to survive an application
ALTER TABLE interviews DROP CONSTRAINT fk_interviews_application_id_applications;
ALTER TABLE interviews ADD CONSTRAINT fk_interviews_application_id_applications
    FOREIGN KEY (application_id) REFERENCES applications (id);

-- 2023-09-08  disk full at night: the biggest index went
DROP INDEX ix_messages_recipient_id;

-- 2023-10-19  the payment provider changed: old rows have no reference worth keeping
ALTER TABLE payments DROP CONSTRAINT uq_payments_provider_reference;
CREATE UNIQUE INDEX uq_payments_provider_reference ON payments (provider_reference)
    WHERE provider <> 'legacy';
ALTER TABLE payments ALTER COLUMN state SET DEFAULT 'pending';
ALTER TABLE payments ALTER COLUMN amount_cents TYPE bigint;

-- 2023-11-27  unpaid internships
ALTER TABLE jobs DROP CONSTRAINT ck_jobs_salary_range;
ALTER TABLE jobs ADD CONSTRAINT ck_jobs_salary_range CHECK (salary_min >= 0);

-- 2024-01-15  the hottest query asks by user
ALTER TABLE company_members DROP CONSTRAINT pk_company_members;
ALTER TABLE company_members ADD CONSTRAINT pk_company_members PRIMARY KEY (user_id, company_id);

-- 2024-02-06  the recommender filters inside of payload
ALTER TABLE notifications ALTER COLUMN payload TYPE jsonb USING payload::jsonb;
COMMENT ON COLUMN notifications.payload IS 'read by the recommender, see its README';
CREATE INDEX ix_notifications_unsent ON notifications (user_id) WHERE kind = 'digest';

-- 2024-03-11  the night of the big import
CREATE TABLE applications_backup_20240311 AS SELECT * FROM applications;

-- and what other programs keep in here
CREATE TABLE password_reset_tokens (
    id serial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id),
    token varchar(64) NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE TABLE stripe_events (id varchar(64) PRIMARY KEY, body jsonb NOT NULL, received_at timestamptz DEFAULT now());
CREATE TABLE webhook_logs (id bigserial PRIMARY KEY, url text, status integer, at timestamptz DEFAULT now());
CREATE TABLE email_queue (id bigserial PRIMARY KEY, recipient text NOT NULL, body text NOT NULL, sent_at timestamptz);
CREATE TABLE feature_flags (name varchar(60) PRIMARY KEY, enabled boolean NOT NULL DEFAULT false);
CREATE TABLE user_devices (
    id bigserial PRIMARY KEY,
    user_id integer NOT NULL REFERENCES users (id),
    push_token text NOT NULL UNIQUE
);
