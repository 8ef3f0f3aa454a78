DROP TABLE canvas_state;
DROP INDEX preference_user;
