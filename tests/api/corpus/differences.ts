/**
 * Where the namespace differs from V8 13.6 on purpose, by snippet, with the reason. Everything else must be equal.
 * (One difference has no snippet: the source text of an exported function is that of our closure, not `[native code]`,
 * because hiding it behind a bound function would cost time in every call.)
 */
export interface Difference {
  readonly ours: string
  readonly reason: string
}

const differences: [code: string, ours: string, reason: string][] = []

/** One reason for several snippets, each with our outcome. */
function because(reason: string, outcomes: Readonly<Record<string, string>>): void {
  for (const [code, ours] of Object.entries(outcomes)) differences.push([code, ours, reason])
}

because('Tag, Exception and JSTag come with the exceptions of Wasm 3.0', {
  'props(W)':
    '["compile wec function compile/1", "validate wec function validate/1", "instantiate wec function instantiate/1", "Module w-c constructor Module/1", "Instance w-c constructor Instance/1", "Table w-c constructor Table/1", "Memory w-c constructor Memory/1", "Global w-c constructor Global/1", "CompileError w-c constructor CompileError/1", "LinkError w-c constructor LinkError/1", "RuntimeError w-c constructor RuntimeError/1", "compileStreaming wec function compileStreaming/1", "instantiateStreaming wec function instantiateStreaming/1", "Suspending w-c constructor Suspending/1", "promising wec function promising/1", "SuspendError w-c constructor SuspendError/1", "Symbol(Symbol.toStringTag) --c \\"WebAssembly\\""]',
})

because(
  "functions have no own `arguments` and `caller`: V8's are sloppy functions, which the specification does not ask for",
  {
    'props(W.Module)':
      '["length --c 1", "name --c \\"Module\\"", "prototype --- [object WebAssembly.Module]", "imports wec function imports/1", "exports wec function exports/1", "customSections wec function customSections/2"]',
    ...Object.fromEntries(
      ['Instance', 'Table', 'Memory', 'Global', 'Suspending'].map((name) => [
        `props(W.${name})`,
        `["length --c 1", "name --c \\"${name}\\"", "prototype --- [object WebAssembly.${name}]"]`,
      ]),
    ),
    'props(new W.Instance(new W.Module(m.add)).exports.add)': '["length --c 2", "name --c \\"0\\""]',
  },
)

because('AbstractModuleSource belongs to source phase imports, which are about V8s own modules', {
  'Object.getPrototypeOf(W.Module.prototype) === Object.prototype': 'true',
})

because('a DataView is a BufferSource (WebIDL)', {
  'new W.Module(new DataView(m.add.buffer, m.add.byteOffset, m.add.byteLength)) instanceof W.Module': 'true',
})

because('members of a dictionary are read in alphabetical order (WebIDL)', {
  'const log = []; const d = new Proxy({ element: "anyfunc", initial: 1, maximum: 2 }, { get: (t, k) => { log.push(k); return t[k] } }); new W.Table(d); return log':
    '["address", "element", "initial", "maximum"]',
})

because('imports are judged in their order; V8 judges memories first', {
  'const order = []; try { new W.Instance(new W.Module(m.imports), new Proxy({}, { get: (_, k) => { order.push(k); return new Proxy({}, { get: (_, j) => { order.push(j); return k === "a" ? () => {} : undefined } }) } })) } catch (e) { order.push(e.message) } return order':
    '["a", "f", "b", "t", "c", "m", "d", "g", "WebAssembly.Instance(): Import #1 \\"b\\" \\"t\\": table import requires a WebAssembly.Table"]',
})

because('V8 prints 2^32 - 1 whatever the maximum is', {
  'new W.Instance(new W.Module(m.importMemory), { env: { memory: new W.Memory({ initial: 2 }) } }) instanceof W.Instance':
    'throws LinkError: WebAssembly.Instance(): Import #0 "env" "memory": memory import has no maximum limit, expected at most 4',
})

because('every link error names its import; for the size of a table V8 gives only its number', {
  'new W.Instance(new W.Module(m.importTable), { env: { table: new W.Table({ element: "anyfunc", initial: 1 }) } }) instanceof W.Instance':
    'throws LinkError: WebAssembly.Instance(): Import #0 "env" "table": table import has 1 elements which is smaller than the declared initial of 2',
  'new W.Instance(new W.Module(m.importTable), { env: { table: new W.Table({ element: "anyfunc", initial: 2 }) } }) instanceof W.Instance':
    'throws LinkError: WebAssembly.Instance(): Import #0 "env" "table": table import has no maximum limit, expected at most 4',
  'new W.Instance(new W.Module(m.importTable), { env: { table: new W.Table({ element: "anyfunc", initial: 2, maximum: 5 }) } }) instanceof W.Instance':
    'throws LinkError: WebAssembly.Instance(): Import #0 "env" "table": table import has a larger maximum size 5 than the module\'s declared maximum 4',
  'const a = new W.Instance(new W.Module(m.table)).exports; return new W.Instance(new W.Module(m.importTable), { env: { table: a.table } }).exports.table === a.table':
    'throws LinkError: WebAssembly.Instance(): Import #0 "env" "table": table import has a larger maximum size 8 than the module\'s declared maximum 4',
})

because('shared memories come with threads', {
  'new W.Instance(new W.Module(m.importMemory), { env: { memory: new W.Memory({ initial: 2, maximum: 4, shared: true }) } }) instanceof W.Instance':
    'throws TypeError: WebAssembly.Memory(): shared memories are not supported yet',
})

because('MIME types are compared without regard to case (Web API section 4)', {
  'await W.compileStreaming(new Response(m.add, { headers: { "content-type": "APPLICATION/WASM" } })) instanceof W.Module':
    'true',
})

const SOURCE =
  'throws TypeError: The "source" argument must be a Response, an async iterable of bytes such as a Node stream, or a promise of one of them. Received'
because('sources of more kinds are taken', {
  'await W.compileStreaming()': `${SOURCE} undefined`,
  'await W.compileStreaming(5)': `${SOURCE} type number`,
  'await W.compileStreaming({})': `${SOURCE} an instance of Object`,
  'await W.compileStreaming(m.add)': `${SOURCE} an instance of Uint8Array`,
})

because('the promise of a promising call tells every failure, that of its arguments included', {
  'let threw = false; try { const p = W.promising(new W.Instance(new W.Module(m.identity)).exports.i64)(1); p.catch(() => {}) } catch { threw = true } return threw':
    'false',
})

because('a suspending import that returns no promise suspends nothing, so it needs no promising call', {
  'const f = (a, b) => a + b; return new W.Instance(new W.Module(m.callback), { env: { f: new W.Suspending(f) } }).exports.call(1, 2)':
    '3',
})

because('what `promising` gives is no exported function: it has no type of its own', {
  'W.promising(W.promising(new W.Instance(new W.Module(m.add)).exports.add))':
    'throws TypeError: WebAssembly.promising(): Argument 0 must be a WebAssembly exported function',
})

export const DIFFERENCES: ReadonlyMap<string, Difference> = new Map(
  differences.map(([code, ours, reason]) => [code, { ours, reason }]),
)
