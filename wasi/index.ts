/** `windlass/wasi`: WASI preview 1 for programs that run on Windlass. */
export { Wasi, WasiSetupError, type Preopen, type WasiInstance, type WasiOptions } from './wasi.js'
export type { Sink, Source } from './fd-table.js'
