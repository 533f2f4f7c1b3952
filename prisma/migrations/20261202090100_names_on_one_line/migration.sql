-- Names hold no control character and none that turns the direction of text around (contracts: shown-text.ts); those that were given
-- before have U+FFFD in its place.
CREATE FUNCTION pg_temp.printable(given TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
  SELECT regexp_replace(given, '[\u0001-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]', chr(65533), 'g')
$$;
UPDATE "Sweep" SET "name" = pg_temp.printable("name") WHERE "name" <> pg_temp.printable("name");
UPDATE "Sweep" SET "spec" = jsonb_set("spec", '{name}', to_jsonb(pg_temp.printable("spec"->>'name')))
WHERE "spec"->>'name' <> pg_temp.printable("spec"->>'name');
UPDATE "ApiKey" SET "name" = pg_temp.printable("name") WHERE "name" <> pg_temp.printable("name");
UPDATE "RunBoard" SET "title" = pg_temp.printable("title"), "base" = pg_temp.printable("base")
WHERE "title" <> pg_temp.printable("title") OR "base" <> pg_temp.printable("base");
