// SQLite, C by Emscripten: inserts, an index, joins, groups, sorts and text functions in a database in memory.
import initSqlJs from 'sql.js'
import { digest, random } from './input.mjs'

export async function load() {
  const SQL = await initSqlJs()
  return () => {
    const next = random(11)
    const db = new SQL.Database()
    db.run('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL, shop INTEGER)')
    db.run('CREATE TABLE shop (id INTEGER PRIMARY KEY, city TEXT)')
    db.run('BEGIN')
    for (let i = 0; i < 40; i++) db.run('INSERT INTO shop VALUES (?, ?)', [i, `city ${i % 9}`])
    const insert = db.prepare('INSERT INTO item (name, price, shop) VALUES (?, ?, ?)')
    for (let i = 0; i < 4000; i++) insert.run([`item ${next(100000)}`, next(10000) / 8, next(40)])
    insert.free()
    db.run('COMMIT')
    db.run('CREATE INDEX byPrice ON item (price)')
    const rows = [
      'SELECT city, count(*), sum(price), max(name) FROM item JOIN shop ON shop.id = item.shop GROUP BY city ORDER BY city',
      "SELECT id, name FROM item WHERE name LIKE '%77%' OR price BETWEEN 100 AND 120 ORDER BY name DESC LIMIT 50",
      'SELECT a.id, b.id FROM item a JOIN item b ON a.price = b.price AND a.id < b.id ORDER BY 1, 2 LIMIT 100',
      'WITH RECURSIVE f(n, x) AS (SELECT 0, 1 UNION ALL SELECT n + 1, (x * 48271) % 2147483647 FROM f LIMIT 30000) SELECT sum(x), max(x) FROM f',
      "SELECT sum(length(replace(upper(name), '1', 'one'))), group_concat(DISTINCT shop) FROM item",
    ].map((query) => db.exec(query)[0].values)
    db.close()
    return digest(JSON.stringify(rows))
  }
}
