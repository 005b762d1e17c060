// PGlite: all of PostgreSQL, C by Emscripten, with its files in memory. The largest program here.
import { PGlite } from '@electric-sql/pglite'

const db = new PGlite()
await db.exec(`CREATE TABLE item (id serial PRIMARY KEY, name text, price double precision);
  INSERT INTO item (name, price) SELECT 'item ' || i, sqrt(i) FROM generate_series(1, 3000) i;
  CREATE INDEX ON item (name)`)
const query = async (text) => console.log(JSON.stringify((await db.query(text)).rows))
await query(`SELECT count(*), round(sum(price)::numeric, 6) AS sum, max(name) FROM item WHERE name LIKE '%7%'`)
await query(`WITH RECURSIVE f(a, b, n) AS (SELECT 0::numeric, 1::numeric, 1 UNION ALL SELECT b, a + b, n + 1 FROM f WHERE n < 150)
  SELECT max(a)::text FROM f`)
await query(
  `SELECT '{"a": [1, {"b": null}]}'::jsonb #> '{a,1}' AS json, to_tsvector('english', 'running guests') AS words`,
)
for (const wrong of ['SELECT 1 / 0', 'SELECT nothing FROM nowhere']) {
  try {
    await db.query(wrong)
  } catch (error) {
    console.log(error.message)
  }
}
await db.close()
