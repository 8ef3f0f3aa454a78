-- Nothing has used the table before: a registration has several deployments now, and each has an account.
DROP TABLE lti_platform;
CREATE TABLE lti_platform (
  id                INTEGER PRIMARY KEY,
  issuer            TEXT    NOT NULL,
  client_id         TEXT    NOT NULL,
  auth_url          TEXT    NOT NULL,
  token_url         TEXT    NOT NULL,
  jwks_url          TEXT    NOT NULL,
  awaits_deployment INTEGER NOT NULL CHECK (awaits_deployment IN (0, 1)),
  created_at        TEXT    NOT NULL,
  UNIQUE (issuer, client_id)
) STRICT;

CREATE TABLE lti_deployment (
  platform_id   INTEGER NOT NULL REFERENCES lti_platform ON DELETE CASCADE,
  deployment_id TEXT    NOT NULL CHECK (length(deployment_id) BETWEEN 1 AND 255),
  account_id    INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
  PRIMARY KEY (platform_id, deployment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lti_deployment_account ON lti_deployment (account_id);

-- The person of each subject of a platform, so that neither changes silently.
CREATE TABLE lti_subject (
  platform_id INTEGER NOT NULL REFERENCES lti_platform ON DELETE CASCADE,
  subject     TEXT    NOT NULL CHECK (length(subject) BETWEEN 1 AND 255),
  user_id     INTEGER NOT NULL REFERENCES "user" ON DELETE CASCADE,
  PRIMARY KEY (platform_id, subject),
  UNIQUE (platform_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX lti_subject_user ON lti_subject (user_id);

-- The launches that took place; a row is needed until the state of its launch expires.
CREATE TABLE lti_nonce (
  nonce      TEXT PRIMARY KEY,
  expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX lti_nonce_expiry ON lti_nonce (expires_at);

-- The keys that this server signs with, sealed.
CREATE TABLE lti_key (
  id         TEXT PRIMARY KEY,
  sealed     BLOB NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
