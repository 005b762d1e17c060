/**
 * Core dumps in Wasmtime's exact way, written from what is known of its writer (crates/wasmtime/src/runtime/coredump.rs): the order of the
 * sections, memories in pieces of 4096 bytes without the zeros at both ends of each, `i64.const` offsets for 64-bit memories, unknown
 * memories and globals as 2^32 - 1, null references for references, frames without values, modules without names numbered. Wasmtime
 * itself cannot be had where this is tested.
 */
import { leb, moduleOf, section, str, vec, type Bytes } from './binary.js'

export interface WasmtimeMemory {
  readonly bytes: Uint8Array
  readonly is64?: boolean
}

export interface WasmtimeInstance {
  readonly module: number
  /** Undefined: not among the memories of the dump. */
  readonly memories: readonly (number | undefined)[]
  readonly globals: readonly (number | undefined)[]
}

export interface WasmtimeDump {
  readonly program: string
  /** Names of the modules; undefined for those without. */
  readonly modules: readonly (string | undefined)[]
  readonly instances: readonly WasmtimeInstance[]
  readonly memories: readonly WasmtimeMemory[]
  /** Constant expressions without their end, by type. */
  readonly globals: readonly { readonly type: number; readonly mutable: boolean; readonly init: Bytes }[]
  readonly frames: readonly { readonly instance: number; readonly func: number; readonly offset: number }[]
}

const CHUNK = 4096
const PAGE = 65536
const UNKNOWN = leb(0xffff_ffff)

function custom(name: string, ...content: Bytes): number[] {
  return section(0, str(name), ...content)
}

/** Signed LEB128. */
function signed(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value; ;) {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    const isLast = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)
    bytes.push(isLast ? low : low | 0x80)
    if (isLast) return bytes
  }
}

function segments({ bytes, is64 }: WasmtimeMemory, index: number): Bytes[] {
  const found: Bytes[] = []
  for (let at = 0; at + CHUNK <= bytes.length; at += CHUNK) {
    const chunk = bytes.subarray(at, at + CHUNK)
    const first = chunk.findIndex((byte) => byte !== 0)
    if (first < 0) continue
    const end = chunk.findLastIndex((byte) => byte !== 0) + 1
    const offset = BigInt(at + first)
    const place = is64 === true ? [0x42, ...signed(offset)] : [0x41, ...signed(BigInt.asIntN(32, offset))]
    found.push([...(index === 0 ? [0] : [2, leb(index)]), ...place, 0x0b, vec(...chunk.subarray(first, end))])
  }
  return found
}

export function wasmtimeDump(dump: WasmtimeDump): Uint8Array {
  const index = (each: number | undefined): Bytes[number] => (each === undefined ? UNKNOWN : leb(each))
  const pages = ({ bytes, is64 }: WasmtimeMemory): Bytes => [is64 === true ? 4 : 0, leb(Math.ceil(bytes.length / PAGE))]
  return moduleOf(
    custom('core', 0, str(dump.program)),
    section(5, vec(...dump.memories.map(pages))),
    section(6, vec(...dump.globals.map(({ type, mutable, init }) => [type, mutable ? 1 : 0, ...init, 0x0b]))),
    section(11, vec(...dump.memories.flatMap(segments))),
    custom('coremodules', vec(...dump.modules.map((name, i) => [0, str(name ?? `<anonymous-module-${i}>`)]))),
    custom(
      'coreinstances',
      vec(
        ...dump.instances.map((each) => [
          0,
          leb(each.module),
          vec(...each.memories.map(index)),
          vec(...each.globals.map(index)),
        ]),
      ),
    ),
    custom(
      'corestack',
      0,
      str('main'),
      vec(...dump.frames.map(({ instance, func, offset }) => [0, leb(instance), leb(func), leb(offset), 0, 0])),
    ),
  )
}
