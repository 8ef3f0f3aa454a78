-- imported_at is the end of the last import.
ALTER TABLE store ADD imported_at timestamptz;
