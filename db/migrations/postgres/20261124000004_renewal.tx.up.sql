-- Of all programs, one renews the token of an account at a time: a new token ends the one
-- before it.
ALTER TABLE canvas_access ADD renewing_until timestamptz;
