DROP TRIGGER bundle_delete;
DROP TRIGGER bundle_update;
DROP TABLE released_blob;
-- The table store stays: it has the id of the folder, and that sweeps are refused because rows were reverted.
