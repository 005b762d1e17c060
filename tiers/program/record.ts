/**
 * Objects of numbers, booleans and typed arrays in a program's memory, as the program's class of the same fields has them: in their
 * order, a number in four bytes, a boolean in one, an array as the address of its elements. The class over there is made
 * from such an object (scripts/scan), so there is nothing to keep in step.
 */

/** Where what a record points to goes. */
export interface Room {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  /** The first free byte; for `writeRecord` a multiple of 8. */
  at: number
}

/** What an array begins at a multiple of, and what its length in front of it takes, with room to spare. */
const ALIGNMENT = 8

interface Field {
  readonly name: string
  readonly value: number | boolean | ArrayBufferView
  readonly offset: number
}

function fieldsOf(record: object): Field[] {
  let end = 0
  return Object.entries(record).map(([name, value]: [string, Field['value']]) => {
    const size = typeof value === 'boolean' ? 1 : 4
    const offset = Math.ceil(end / size) * size
    end = offset + size
    return { name, value, offset }
  })
}

/** Bytes of room that a record's arrays take. */
export function roomFor(record: object): number {
  let size = 0
  for (const value of Object.values(record)) if (ArrayBuffer.isView(value)) size += value.byteLength + 2 * ALIGNMENT
  return size
}

/** Writes `record` to `address`, and its arrays, whole, into the room. */
export function writeRecord(record: object, address: number, room: Room): void {
  for (const { value, offset } of fieldsOf(record)) {
    const at = address + offset
    if (typeof value === 'boolean') room.bytes[at] = value ? 1 : 0
    else room.words[at >> 2] = ArrayBuffer.isView(value) ? place(value, room) : value
  }
}

/** Puts an array's elements into the room, and their number in front (prelude.as.ts). @returns their address */
function place(array: ArrayBufferView, room: Room): number {
  const { buffer, byteOffset, byteLength } = array
  const at = room.at + ALIGNMENT
  room.words[(at >> 2) - 1] = array instanceof Uint8Array ? byteLength : byteLength >> 2
  room.bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at)
  room.at = (at + byteLength + ALIGNMENT - 1) & -ALIGNMENT
  return at
}
