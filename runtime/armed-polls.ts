/**
 * Polls of single loops. All polls of a thread are armed together, by protecting the page that they read (docs/abi.md), so a frame is found
 * where it is most of the time. To have it stop at one loop of one version, that poll's instruction is replaced by a call
 * of the poll stub, which has the same length: so the guest stands there as at any other poll, and no other poll costs
 * more than before.
 *
 * The code is run by this thread alone, which is not in it now: no processor sees half an instruction.
 */
import { POLL_LENGTH, StubId } from '../tiers/abi.js'
import { SiteKind } from '../tiers/compiled.js'
import type { ModuleCode } from './code.js'

/** Opcode and ModRM byte; the four bytes of the address relative to the instruction's end follow. */
const TEST_MEMORY_EAX = [0x85, 0x05]
const CALL_MEMORY = [0xff, 0x15]

/** Offset in the code of the poll of a loop, -1 without one. */
function pollOf({ versions }: ModuleCode, version: number, loop: number): number {
  let found = -1
  versions.eachSite(version, (codeOffset, wasmOffset, kind) => {
    if (kind === SiteKind.Poll && wasmOffset === loop) found = codeOffset
  })
  return found
}

function setPoll(code: ModuleCode, version: number, loop: number, opcode: readonly number[], target: number): void {
  const at = pollOf(code, version, loop)
  if (at < 0) return
  const bytes = code.view(version)
  bytes.set(opcode, at)
  const distance = target - (code.versions.start[version] + at + POLL_LENGTH)
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).setInt32(at + opcode.length, distance, true)
}

/** Has the next frame of a version that comes to a loop's header poll there, and every one until `disarmPoll`. */
export function armPoll(code: ModuleCode, version: number, loop: number): void {
  setPoll(code, version, loop, CALL_MEMORY, code.engine.stubSlot(StubId.Poll))
}

export function disarmPoll(code: ModuleCode, version: number, loop: number): void {
  setPoll(code, version, loop, TEST_MEMORY_EAX, code.targets.poll)
}
