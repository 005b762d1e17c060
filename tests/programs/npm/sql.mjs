// SQLite, C by Emscripten: tables, transactions, joins, recursive queries, errors, export and import of a database.
import initSqlJs from 'sql.js'

const SQL = await initSqlJs()
const db = new SQL.Database()
db.run('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL, data BLOB)')
db.run('BEGIN')
const insert = db.prepare('INSERT INTO item (name, price, data) VALUES (?, ?, ?)')
for (let i = 0; i < 500; i++) insert.run([`item ${i}`, i * 1.25, new Uint8Array([i & 255, i >> 8])])
insert.free()
db.run('COMMIT')
const query = (text) => console.log(JSON.stringify(db.exec(text)))
query('SELECT count(*), sum(price), avg(price), min(name), max(name) FROM item')
query("SELECT id, name, price, hex(data) FROM item WHERE name LIKE '%9' ORDER BY price DESC LIMIT 3")
query('WITH RECURSIVE f(a, b) AS (SELECT 0, 1 UNION ALL SELECT b, a + b FROM f LIMIT 40) SELECT max(a) FROM f')
query("SELECT upper('windlass'), round(3.14159, 2), 7 / 2, 7 % 3, 1e10, json_extract('{\"a\":[1,2]}', '$.a[1]')")
db.create_function('twice', (x) => x * 2)
query('SELECT twice(21)')
try {
  db.run('SELECT nothing FROM nowhere')
} catch (error) {
  console.log(error.message)
}
const copy = new SQL.Database(db.export())
console.log(JSON.stringify(copy.exec('SELECT count(*), total(price) FROM item')))
console.log(copy.exec('SELECT sqlite_version()')[0].values[0][0])
copy.close()
db.close()
