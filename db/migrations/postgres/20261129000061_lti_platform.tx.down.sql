DROP TABLE lti_key;
DROP TABLE lti_nonce;
DROP TABLE lti_subject;
DROP TABLE lti_deployment;
DROP TABLE lti_platform;
CREATE TABLE lti_platform (
  id            bigint PRIMARY KEY,
  account_id    bigint NOT NULL REFERENCES account ON DELETE CASCADE,
  issuer        text   NOT NULL,
  client_id     text   NOT NULL,
  deployment_id text   NOT NULL CHECK (length(deployment_id) BETWEEN 1 AND 255),
  auth_url      text   NOT NULL,
  token_url     text   NOT NULL,
  jwks_url      text   NOT NULL,
  UNIQUE (issuer, client_id, deployment_id)
);
