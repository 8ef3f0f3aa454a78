-- The kind of key: min_group is the minimum number of students in a figure, for a key that may read only
-- figures, and pseudonym_secret is the sealed secret of the pseudonyms that a key sees in place of people.
ALTER TABLE api_key ADD COLUMN min_group INTEGER;
ALTER TABLE api_key ADD COLUMN pseudonym_secret TEXT;
