DROP TABLE canvas_state;
DROP TABLE preferences;
