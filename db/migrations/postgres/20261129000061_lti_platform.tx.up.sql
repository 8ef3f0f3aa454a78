-- Nothing has used the table before: a registration has several deployments now, and each has an account.
DROP TABLE lti_platform;
CREATE TABLE lti_platform (
  id                bigint      PRIMARY KEY,
  issuer            text        NOT NULL,
  client_id         text        NOT NULL,
  auth_url          text        NOT NULL,
  token_url         text        NOT NULL,
  jwks_url          text        NOT NULL,
  awaits_deployment boolean     NOT NULL,
  created_at        timestamptz NOT NULL,
  UNIQUE (issuer, client_id)
);

CREATE TABLE lti_deployment (
  platform_id   bigint NOT NULL REFERENCES lti_platform ON DELETE CASCADE,
  deployment_id text   NOT NULL CHECK (length(deployment_id) BETWEEN 1 AND 255),
  account_id    bigint NOT NULL REFERENCES account ON DELETE CASCADE,
  PRIMARY KEY (platform_id, deployment_id)
);
CREATE INDEX lti_deployment_account ON lti_deployment (account_id);

-- The person of each subject of a platform, so that neither changes silently.
CREATE TABLE lti_subject (
  platform_id bigint NOT NULL REFERENCES lti_platform ON DELETE CASCADE,
  subject     text   NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
  user_id     bigint NOT NULL REFERENCES "user" ON DELETE CASCADE,
  PRIMARY KEY (platform_id, subject),
  UNIQUE (platform_id, user_id)
);
CREATE INDEX lti_subject_user ON lti_subject (user_id);

-- The launches that took place; a row is needed until the state of its launch expires.
CREATE TABLE lti_nonce (
  nonce      text        PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX lti_nonce_expiry ON lti_nonce (expires_at);

-- The keys that this server signs with, sealed.
CREATE TABLE lti_key (
  id         text        PRIMARY KEY,
  sealed     bytea       NOT NULL,
  created_at timestamptz NOT NULL
);
