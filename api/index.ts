/**
 * What `import ... from 'windlass'` gives: the `WebAssembly` namespace, which is all that most programs need, and the
 * runtime under it for embedders who want engines with options, stores of their own, exact bits or deadlines.
 */
export { WebAssembly } from './webassembly.js'

export { Engine } from './profile.js'
export type { EngineEventKind, EngineEventMap, EngineEvents, EngineListener, TierUpReason } from '../runtime/events.js'
export type { CodeVersion } from '../runtime/code.js'
export { OptionError, type EngineOptions } from '../runtime/options.js'
export { Profile, RunningProfile, type ProfileFormat } from '../profiler/running-profile.js'
export type { ProfileOptions } from '../profiler/session.js'
export type { FunctionTime, ProfileData } from '../profiler/profile.js'
export { Module, ModuleStream, type ModuleStats } from '../runtime/module.js'
export { Store } from '../runtime/store.js'
export { Instance, type Extern } from '../runtime/instance.js'
export { Func, type PromisingOptions, type RawHost } from '../runtime/func.js'
export type { Slab } from '../runtime/context.js'
export { Memory } from '../runtime/memory.js'
export { Table } from '../runtime/table.js'
export { Global } from '../runtime/global.js'
export { Coredump, type CoredumpOptions } from '../runtime/coredump/coredump.js'
export { CoredumpError, writeCoredump } from '../runtime/coredump/write.js'
export { captureHostErrors } from '../runtime/coredump/capture.js'
export type { TrapInfo } from '../runtime/coredump/trap-info.js'
export { CompileError, LinkError, RuntimeError, SuspendError, type WasmFrame } from '../runtime/errors.js'
export { TrapCode } from '../tiers/abi.js'
export {
  EXTERNREF,
  ExternKind,
  F32,
  F64,
  FUNCREF,
  I32,
  I64,
  type FuncType,
  type GlobalType,
  type ModuleInfo,
  type TableType,
  type ValType,
} from '../wasm/types.js'
