DROP TRIGGER bundle_delete;
DROP TRIGGER bundle_update;
DROP TABLE released_blob;
DROP TABLE store;
