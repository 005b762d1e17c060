/**
 * What a thread does below a guest's frame that is not the guest's code: read off the instruction at which the frame
 * stands. A call of an import is the host function's time, a call of a defined function that yielded is compiling that
 * function, an operation is the runtime's. So one rule holds for the innermost frame and for calls of calls, where no yield reason tells any more.
 */
import { YieldReason } from '../tiers/abi.js'
import { FC_BASE, Op, PREFIX_FC, opcodeInfo } from '../wasm/opcodes.js'
import { ExternKind, type ModuleInfo } from '../wasm/types.js'
import { Kind } from './categories.js'

/** What is known about a frame that has no code of the guest. */
export interface Doing {
  readonly name: string
  readonly kind: Kind
}

const WASI_MODULE = /^wasi(?:_|:)/

/** A LEB128 u32 that was validated when the module was. */
function u32(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++]
    value |= (byte & 0x7f) << shift
    if ((byte & 0x80) === 0) break
  }
  return value >>> 0
}

function importDoing(info: ModuleInfo, index: number): Doing {
  const found = info.imports.filter((each) => each.desc.kind === ExternKind.Func).at(index)
  if (found === undefined) return { name: 'host function', kind: Kind.Host }
  const kind = WASI_MODULE.test(found.module) ? Kind.Wasi : Kind.Import
  return { name: `${found.module}.${found.name}`, kind }
}

/**
 * @param offset of the instruction in the module
 * @param reason YieldReason where the frame is the innermost one, -1 elsewhere
 * @param nameOf name of a function of the module
 */
export function doingAt(
  info: ModuleInfo,
  bytes: Uint8Array,
  offset: number,
  reason: number,
  nameOf: (index: number) => string,
): Doing {
  if (reason === YieldReason.Poll) return { name: 'safepoint', kind: Kind.Runtime }
  const byte = bytes[offset]
  if (byte === Op.Call) {
    const index = u32(bytes, offset + 1)
    if (index < info.importedFuncs) return importDoing(info, index)
    return { name: `compile ${nameOf(index)}`, kind: Kind.CompileBaseline }
  }
  if (byte === Op.CallIndirect) {
    if (reason === YieldReason.Lazy) return { name: 'compile', kind: Kind.CompileBaseline }
    return { name: 'host function', kind: Kind.Host }
  }
  const id = byte === PREFIX_FC ? FC_BASE + u32(bytes, offset + 1) : byte
  return { name: opcodeInfo[id]?.name ?? 'runtime', kind: Kind.Operation }
}

/** What happens on a thread with no frame of the guest, by yield reason. */
export function doingWithoutFrame(reason: number): Doing {
  if (reason === YieldReason.Lazy) return { name: 'compile', kind: Kind.CompileBaseline }
  if (reason === YieldReason.HostCall) return { name: 'host function', kind: Kind.Host }
  return { name: 'runtime', kind: Kind.Runtime }
}
