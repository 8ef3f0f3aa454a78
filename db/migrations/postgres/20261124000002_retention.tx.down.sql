DROP INDEX bundle_age;
