// SQLite at work: what ../profiles.mjs takes a profile of.
import { createRequire } from 'node:module'

const require = createRequire(new URL('../../programs/package.json', import.meta.url))
// The build with a name section.
const initSqlJs = require('sql.js/dist/sql-wasm-debug.js')
const SQL = await initSqlJs()
const db = new SQL.Database()
db.run('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL)')
function fillTable() {
  db.run('BEGIN')
  const insert = db.prepare('INSERT INTO item (name, price) VALUES (?, ?)')
  for (let i = 0; i < 20_000; i++) insert.run([`item ${i}`, (i * 7919) % 1000])
  insert.free()
  db.run('COMMIT')
}
function askQueries() {
  for (let i = 0; i < 10; i++) db.exec('SELECT count(*), max(name) FROM item WHERE price > 500 GROUP BY price % 10')
}
fillTable()
askQueries()
