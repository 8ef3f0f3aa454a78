-- The id of the export that an import is filling the store from; NULL when no such import is unfinished.
ALTER TABLE store ADD COLUMN export_id text;
