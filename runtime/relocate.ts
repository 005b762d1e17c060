/**
 * Relocation of compiled code (tiers/compiled.ts RelocKind), apart from ModuleCode so that a compile worker, which has
 * no engine, does the same.
 */
import { StubId } from '../tiers/abi.js'
import { RELOC_WORDS, RelocKind, type RunTargets } from '../tiers/compiled.js'

/** Everything that a module's code refers to, as addresses in the executable mapping. Plain data: it crosses threads. */
export interface LinkTargets extends RunTargets {
  /** The entry slot of defined function 0. */
  readonly entries: number
}

/** What a function's code refers to besides that, asked for only when it does. */
export interface OwnTargets {
  /** Address of the routine through which imports of a type (by type index) are called. */
  readonly importCall: (type: number) => number
  /** Address of the u32 that counts the function's failed guards. */
  readonly guardFailures: () => number
}

/** Applies the relocations of code that stands at `bytes[at]` and runs at `address`. */
export function relocate(
  bytes: Uint8Array,
  at: number,
  address: number,
  relocs: Int32Array,
  relocCount: number,
  targets: LinkTargets,
  own: OwnTargets,
): void {
  for (let i = 0; i < relocCount * RELOC_WORDS; i += RELOC_WORDS) {
    const kind = relocs[i]
    const offset = relocs[i + 1]
    const operand = relocs[i + 2]
    // Displacements are relative to the end of their 4-byte field.
    const next = address + offset + 4
    let value: number
    if (kind === RelocKind.GuardFailures) {
      value = own.guardFailures()
      store32(bytes, at + offset + 4, value / 2 ** 32)
    } else if (kind === RelocKind.Entry) value = targets.jumps + operand * targets.jumpSize - next
    else if (kind === RelocKind.Poll) value = targets.poll - next
    else if (kind === RelocKind.SigId) value = targets.typeIds[operand]
    else if (kind === RelocKind.Import) value = own.importCall(operand) - next
    else if (operand < StubId.count) value = targets.stubSlots + operand * 8 - next
    else throw new Error(`unknown relocation ${kind} ${operand}`)
    store32(bytes, at + offset, value)
  }
}

function store32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >> 8
  bytes[at + 2] = value >> 16
  bytes[at + 3] = value >> 24
}
