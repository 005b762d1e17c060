/**
 * Modules that the corpus snippets use, by name, in the text format. Small and each with one subject, so that a failing
 * snippet names what it is about.
 */
export const FIXTURES = {
  empty: '(module)',
  add: `(module (func $add (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`,
  identity: `(module
    (func (export "i32") (param i32) (result i32) (local.get 0))
    (func (export "i64") (param i64) (result i64) (local.get 0))
    (func (export "f32") (param f32) (result f32) (local.get 0))
    (func (export "f64") (param f64) (result f64) (local.get 0))
    (func (export "externref") (param externref) (result externref) (local.get 0))
    (func (export "funcref") (param funcref) (result funcref) (local.get 0))
    (func (export "two") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
    (func (export "none")))`,
  callback: `(module
    (import "env" "f" (func $f (param i32 f64) (result i32)))
    (func (export "call") (param i32 f64) (result i32) (call $f (local.get 0) (local.get 1)))
    (export "f" (func $f)))`,
  callback64: `(module
    (import "env" "f" (func $f (param i64) (result i64)))
    (func (export "call") (param i64) (result i64) (call $f (local.get 0))))`,
  callbackMulti: `(module
    (import "env" "f" (func $f (result i32 f64)))
    (func (export "call") (result i32 f64) (call $f)))`,
  callbackNone: `(module
    (import "env" "f" (func $f))
    (func (export "call") (call $f))
    (export "f" (func $f)))`,
  callbackRef: `(module
    (import "env" "f" (func $f (param externref) (result externref)))
    (func (export "call") (param externref) (result externref) (call $f (local.get 0))))`,
  callbackFuncref: `(module
    (import "env" "f" (func $f (result funcref)))
    (func (export "call") (result funcref) (call $f)))`,
  memory: `(module (memory (export "memory") 1 3)
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "store") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "size") (result i32) (memory.size)))`,
  importMemory: `(module (import "env" "memory" (memory 2 4)) (export "memory" (memory 0)))`,
  importMemoryNoMax: `(module (import "env" "memory" (memory 2)))`,
  table: `(module (table (export "table") 4 8 funcref) (elem (i32.const 1) $f $g)
    (func $f (export "f") (result i32) (i32.const 11))
    (func $g (result i32) (i32.const 22))
    (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
    (func (export "get") (param i32) (result funcref) (table.get (local.get 0)))
    (func (export "set") (param i32 funcref) (table.set (local.get 0) (local.get 1))))`,
  importTable: `(module (import "env" "table" (table 2 4 funcref)) (export "table" (table 0)))`,
  importTableNoMax: `(module (import "env" "table" (table 2 funcref)))`,
  importExternTable: `(module (import "env" "table" (table 2 externref)))`,
  globals: `(module
    (global (export "i32") i32 (i32.const -7))
    (global (export "i64") i64 (i64.const -8))
    (global (export "f32") f32 (f32.const 1.5))
    (global (export "f64") f64 (f64.const 0.1))
    (global $m (export "mut") (mut i32) (i32.const 5))
    (global (export "ext") (mut externref) (ref.null extern))
    (global (export "func") (mut funcref) (ref.null func))
    (func (export "get") (result i32) (global.get $m))
    (func (export "set") (param i32) (global.set $m (local.get 0))))`,
  importGlobal: `(module (import "env" "g" (global i32)) (func (export "get") (result i32) (global.get 0)) (export "g" (global 0)))`,
  importGlobal64: `(module (import "env" "g" (global i64)) (func (export "get") (result i64) (global.get 0)))`,
  importGlobalF32: `(module (import "env" "g" (global f32)) (func (export "get") (result f32) (global.get 0)))`,
  importGlobalMut: `(module (import "env" "g" (global (mut i32))) (func (export "get") (result i32) (global.get 0)) (export "g" (global 0)))`,
  importGlobalExtern: `(module (import "env" "g" (global externref)) (func (export "get") (result externref) (global.get 0)))`,
  importGlobalFunc: `(module (import "env" "g" (global funcref)) (func (export "get") (result funcref) (global.get 0)))`,
  imports: `(module (type $t (func)) (import "a" "f" (func (type $t))) (import "b" "t" (table 1 funcref))
    (import "c" "m" (memory 1)) (import "d" "g" (global i32)) (export "f" (func 0)) (export "t" (table 0))
    (export "m" (memory 0)) (export "g" (global 0)) (export "" (func 0)) (export "\\u{1f600}" (func 0)))`,
  traps: `(module (memory 1) (table 2 funcref) (type $v (func))
    (elem (i32.const 1) $one) (func $one (param i32))
    (func (export "unreachable") unreachable)
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
    (func (export "rem") (param i32 i32) (result i32) (i32.rem_s (local.get 0) (local.get 1)))
    (func (export "divu") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
    (func (export "trunc") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
    (func (export "indirect") (param i32) (call_indirect (type $v) (local.get 0)))
    (func (export "tableget") (param i32) (result funcref) (table.get (local.get 0)))
    (func (export "memfill") (param i32 i32) (memory.fill (local.get 0) (i32.const 0) (local.get 1)))
    (func (export "tablefill") (param i32 i32) (table.fill (local.get 0) (ref.null func) (local.get 1)))
    (func $r (export "recurse") (call $r)))`,
  startTraps: `(module (func $s unreachable) (start $s))`,
  startCalls: `(module (import "env" "f" (func $f)) (start $f) (func (export "g")))`,
  dataOob: `(module (memory 1) (data (i32.const 65536) "x"))`,
  elemOob: `(module (table 1 funcref) (func $f) (elem (i32.const 1) $f))`,
  bigMemory: `(module (memory 65536) (func (export "size") (result i32) (memory.size)))`,
} as const

export type FixtureName = keyof typeof FIXTURES
