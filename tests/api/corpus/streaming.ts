/** compileStreaming and instantiateStreaming with a Response, as both Node and the specification know it. */
import type { Section } from './corpus.js'

const response = (bytes: string, init = '{ headers: { "content-type": "application/wasm" } }'): string =>
  `new Response(${bytes}, ${init})`

export const streamingSection: Section = {
  name: 'streaming',
  snippets: [
    `await W.compileStreaming(${response('m.add')}) instanceof W.Module`,
    `await W.compileStreaming(Promise.resolve(${response('m.add')})) instanceof W.Module`,
    `const r = await W.instantiateStreaming(${response('m.add')}); return [Object.keys(r), r.instance.exports.add(2, 3)]`,
    `await W.instantiateStreaming(${response('m.callback')})`,
    `await W.instantiateStreaming(${response('m.callback')}, { env: {} })`,
    `await W.instantiateStreaming(${response('m.add')}, 5)`,
    `await W.compileStreaming(${response('m.add', '{ headers: { "content-type": "text/plain" } }')})`,
    `await W.compileStreaming(${response('m.add', '{}')})`,
    `await W.compileStreaming(${response('m.add', '{ headers: { "content-type": "application/wasm; charset=x" } }')})`,
    `await W.compileStreaming(${response('m.add', '{ headers: { "content-type": "APPLICATION/WASM" } }')}) instanceof W.Module`,
    `try { await W.compileStreaming(${response('m.add', '{ headers: { "content-type": "text/plain" } }')}) } catch (e) { return [e.code, e.name] }`,
    `await W.compileStreaming(${response('m.add', '{ status: 404, headers: { "content-type": "application/wasm" } }')})`,
    `try { await W.compileStreaming(${response('m.add', '{ status: 404, headers: { "content-type": "application/wasm" } }')}) } catch (e) { return e.code }`,
    `const r = ${response('m.add')}; await r.arrayBuffer(); return await W.compileStreaming(r)`,
    `await W.compileStreaming(${response('null')})`,
    `await W.compileStreaming(${response('new Uint8Array(0)')})`,
    `await W.compileStreaming(${response('new Uint8Array([1, 2, 3, 4, 1, 0, 0, 0])')})`,
    `await W.instantiateStreaming(${response('new Uint8Array([1, 2, 3, 4, 1, 0, 0, 0])')})`,
    `await W.compileStreaming(${response('BAD_BODY')})`,
    `await W.instantiateStreaming(${response('BAD_BODY')})`,
    'await W.compileStreaming()',
    'await W.compileStreaming(5)',
    'try { await W.compileStreaming(5) } catch (e) { return e.code }',
    'await W.compileStreaming({})',
    'await W.compileStreaming(m.add)',
    'await W.compileStreaming(Promise.reject(new RangeError("mine")))',
    'await W.instantiateStreaming(Promise.reject(new RangeError("mine")))',
    `await W.compileStreaming(${response('new ReadableStream({ start(c) { c.enqueue(m.add.subarray(0, 9)); c.error(new RangeError("mine")) } })')})`,
    `await W.compileStreaming(${response('new ReadableStream({ start(c) { for (const b of m.add) c.enqueue(new Uint8Array([b])); c.close() } })')}) instanceof W.Module`,
    `const r = ${response('m.add')}; await W.compileStreaming(r); return r.bodyUsed`,
    'W.compileStreaming(5).catch(() => {}) instanceof Promise',
  ],
}
