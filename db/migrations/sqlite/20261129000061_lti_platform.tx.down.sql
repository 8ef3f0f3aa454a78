DROP TABLE lti_key;
DROP TABLE lti_nonce;
DROP TABLE lti_subject;
DROP TABLE lti_deployment;
DROP TABLE lti_platform;
CREATE TABLE lti_platform (
  id             INTEGER PRIMARY KEY,
  account_id     INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
  issuer         TEXT    NOT NULL,
  client_id      TEXT    NOT NULL,
  deployment_id  TEXT    NOT NULL CHECK (length(deployment_id) BETWEEN 1 AND 255),
  auth_url       TEXT    NOT NULL,
  token_url      TEXT    NOT NULL,
  jwks_url       TEXT    NOT NULL,
  UNIQUE (issuer, client_id, deployment_id)
) STRICT;
