DROP TRIGGER bundle_delete ON bundle;
DROP TRIGGER bundle_update ON bundle;
DROP FUNCTION release_blob();
DROP TABLE released_blob;
DROP TABLE store;
