DROP TRIGGER bundle_delete ON bundle;
DROP TRIGGER bundle_update ON bundle;
DROP FUNCTION release_blob();
DROP TABLE released_blob;
-- The table store stays: it has the id of the folder, and that sweeps are refused because rows were reverted.
