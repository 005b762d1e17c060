/** JavaScript promise integration: Suspending, promising, SuspendError. */
import type { Section } from './corpus.js'

const CALLBACK = 'new W.Instance(new W.Module(m.callback), { env: { f: new W.Suspending(f) } }).exports'

export const suspendingSection: Section = {
  name: 'suspending',
  snippets: [
    'new W.Suspending(5)',
    'new W.Suspending({})',
    'new W.Suspending(null)',
    'String(new W.Suspending(() => {}))',
    'Reflect.ownKeys(new W.Suspending(() => {}))',
    'new W.Suspending(new W.Instance(new W.Module(m.add)).exports.add) instanceof W.Suspending',
    'W.promising()',
    'W.promising(5)',
    'W.promising(() => {})',
    'W.promising({})',
    'const f = W.promising(new W.Instance(new W.Module(m.add)).exports.add); return [typeof f, f.length, f.name, "prototype" in f]',
    'const f = W.promising(new W.Instance(new W.Module(m.add)).exports.add); const p = f(1, 2); return [p instanceof Promise, await p]',
    'await W.promising(new W.Instance(new W.Module(m.identity)).exports.two)(1, 2n)',
    'await W.promising(new W.Instance(new W.Module(m.identity)).exports.i64)(1)',
    'let threw = false; try { const p = W.promising(new W.Instance(new W.Module(m.identity)).exports.i64)(1); p.catch(() => {}) } catch { threw = true } return threw',
    'await W.promising(new W.Instance(new W.Module(m.traps)).exports.unreachable)()',
    `const f = async (a, b) => { await null; return a + b }; return await W.promising(${CALLBACK}.call)(1, 2)`,
    `const f = (a, b) => a + b; return await W.promising(${CALLBACK}.call)(1, 2)`,
    `const f = (a, b) => a + b; return ${CALLBACK}.call(1, 2)`,
    `const f = async (a, b) => a + b; return ${CALLBACK}.call(1, 2)`,
    `const f = async () => { throw new RangeError("mine") }; return await W.promising(${CALLBACK}.call)(1, 2)`,
    `const f = () => { throw new RangeError("mine") }; return await W.promising(${CALLBACK}.call)(1, 2)`,
    'const inner = new W.Instance(new W.Module(m.callback), { env: { f: new W.Suspending(async () => 1) } }).exports; const outer = new W.Instance(new W.Module(m.callback), { env: { f: (a, b) => inner.call(a, b) } }).exports; return await W.promising(outer.call)(1, 2)',
    'const inner = new W.Instance(new W.Module(m.callback), { env: { f: new W.Suspending(async () => 1) } }).exports; const outer = new W.Instance(new W.Module(m.callback), { env: { f: inner.call } }).exports; return await W.promising(outer.call)(1, 2)',
    'let log = []; const x = new W.Instance(new W.Module(m.callback), { env: { f: new W.Suspending(async (a) => { log.push("in" + a); await null; log.push("out" + a); return a }) } }).exports; const f = W.promising(x.call); const r = await Promise.all([f(1, 0), f(2, 0), f(3, 0)]); return [r, log]',
    'const e = new W.Instance(new W.Module(m.callbackNone), { env: { f: new W.Suspending(() => {}) } }).exports; return typeof e.f',
    'W.promising(W.promising(new W.Instance(new W.Module(m.add)).exports.add))',
  ],
}
