/**
 * What the compilers' sources expect of JavaScript, in AssemblyScript: typed arrays and Math, for 32-bit integers. An array is the
 * address of its elements, its length stands in front of them: reading one is one load, without a check. Every access has to be inside:
 * what is read outside is `undefined` in JavaScript and some other array's word here. A variant traps then (`npm run test:arrays`).
 * Nothing is freed: arrays grow by doubling, so what is left behind is less than what is in use.
 */

/** Whether every access asks whether it is inside: in the variant for tests. */
const CHECKED: bool = false

function inside(isInside: bool): void {
  if (!isInside) unreachable()
}

/** Memory that is all 0. @param length what the word in front says */
function allocate(bytes: i32, length: i32): usize {
  const at = heap.alloc(bytes + 8)
  store<i32>(at, length, 4)
  return at + 8
}

@final
@unmanaged
export class Int32Array {
  constructor(length: i32) {
    return changetype<Int32Array>(allocate(length << 2, length))
  }
  @inline get length(): i32 {
    return load<i32>(changetype<usize>(this) - 4)
  }
  @inline @operator('[]') read(index: i32): i32 {
    if (CHECKED) inside(<u32>index < <u32>this.length)
    return load<i32>(changetype<usize>(this) + (index << 2))
  }
  @inline @operator('[]=') write(index: i32, value: i32): void {
    if (CHECKED) inside(<u32>index < <u32>this.length)
    store<i32>(changetype<usize>(this) + (index << 2), value)
  }
  set(from: Int32Array): void {
    if (CHECKED) inside(from.length <= this.length)
    memory.copy(changetype<usize>(this), changetype<usize>(from), from.length << 2)
  }
  fill(value: i32, start: i32 = 0, end: i32 = -1): Int32Array {
    const to = end < 0 ? this.length : end
    if (CHECKED) inside(0 <= start && start <= to && to <= this.length)
    if (value == 0 || value == -1) memory.fill(changetype<usize>(this) + (start << 2), <u8>value, (to - start) << 2)
    else for (let i = start; i < to; i++) this[i] = value
    return this
  }
  /** Makes it shorter, or as long as it was made. */
  cut(length: i32): void {
    store<i32>(changetype<usize>(this) - 4, length)
  }
  copyWithin(to: i32, from: i32, end: i32): void {
    if (CHECKED) inside(0 <= from && from <= end && end <= this.length && 0 <= to && to + end - from <= this.length)
    memory.copy(changetype<usize>(this) + (to << 2), changetype<usize>(this) + (from << 2), (end - from) << 2)
  }
}

@final
@unmanaged
export class Uint8Array {
  constructor(length: i32) {
    return changetype<Uint8Array>(allocate(length, length))
  }
  @inline get length(): i32 {
    return load<i32>(changetype<usize>(this) - 4)
  }
  @inline get buffer(): Uint8Array {
    return this
  }
  @inline @operator('[]') read(index: i32): i32 {
    if (CHECKED) inside(<u32>index < <u32>this.length)
    return load<u8>(changetype<usize>(this) + index)
  }
  @inline @operator('[]=') write(index: i32, value: i32): void {
    if (CHECKED) inside(<u32>index < <u32>this.length)
    store<u8>(changetype<usize>(this) + index, <u8>value)
  }
  set(from: Uint8Array, at: i32 = 0): void {
    if (CHECKED) inside(at >= 0 && at + from.length <= this.length)
    memory.copy(changetype<usize>(this) + at, changetype<usize>(from), from.length)
  }
  fill(value: i32, start: i32 = 0, end: i32 = -1): void {
    const to = end < 0 ? this.length : end
    if (CHECKED) inside(0 <= start && start <= to && to <= this.length)
    memory.fill(changetype<usize>(this) + start, <u8>value, to - start)
  }
  copyWithin(to: i32, from: i32, end: i32): void {
    if (CHECKED) inside(0 <= from && from <= end && end <= this.length && 0 <= to && to + end - from <= this.length)
    memory.copy(changetype<usize>(this) + to, changetype<usize>(this) + from, end - from)
  }
}

@final
@unmanaged
export class Float64Array {
  constructor(length: i32) {
    return changetype<Float64Array>(allocate(length << 3, length))
  }
  @inline get length(): i32 {
    return load<i32>(changetype<usize>(this) - 4)
  }
  @inline @operator('[]') read(index: i32): f64 {
    if (CHECKED) inside(<u32>index < <u32>this.length)
    return load<f64>(changetype<usize>(this) + (index << 3))
  }
  @inline @operator('[]=') write(index: i32, value: f64): void {
    if (CHECKED) inside(<u32>index < <u32>this.length)
    store<f64>(changetype<usize>(this) + (index << 3), value)
  }
  set(from: Float64Array): void {
    if (CHECKED) inside(from.length <= this.length)
    memory.copy(changetype<usize>(this), changetype<usize>(from), from.length << 3)
  }
  fill(value: f64, start: i32 = 0, end: i32 = -1): void {
    const to = end < 0 ? this.length : end
    if (CHECKED) inside(0 <= start && start <= to && to <= this.length)
    for (let i = start; i < to; i++) this[i] = value
  }
}

@final
@unmanaged
export class Int8Array {
  constructor(length: i32) {
    return changetype<Int8Array>(allocate(length, length))
  }
  @inline get length(): i32 {
    return load<i32>(changetype<usize>(this) - 4)
  }
  @inline @operator('[]') read(index: i32): i32 {
    if (CHECKED) inside(<u32>index < <u32>this.length)
    return load<i8>(changetype<usize>(this) + index)
  }
  @inline @operator('[]=') write(index: i32, value: i32): void {
    if (CHECKED) inside(<u32>index < <u32>this.length)
    store<i8>(changetype<usize>(this) + index, <i8>value)
  }
  fill(value: i32, start: i32, end: i32): void {
    if (CHECKED) inside(0 <= start && start <= end && end <= this.length)
    memory.fill(changetype<usize>(this) + start, <u8>value, end - start)
  }
}

/** Little endian only. */
@final
@unmanaged
export class DataView {
  constructor(buffer: Uint8Array) {
    return changetype<DataView>(buffer)
  }
  @inline setInt32(at: i32, value: i32, _little: bool): void {
    if (CHECKED) inside(0 <= at && at + 4 <= changetype<Uint8Array>(this).length)
    store<i32>(changetype<usize>(this) + at, value)
  }
  @inline setUint8(at: i32, value: i32): void {
    if (CHECKED) inside(0 <= at && at < changetype<Uint8Array>(this).length)
    store<u8>(changetype<usize>(this) + at, <u8>value)
  }
}

export namespace Math {
  export function clz32(value: i32): i32 {
    return clz<i32>(value)
  }
  export function imul(a: i32, b: i32): i32 {
    return a * b
  }
  export function max<T>(a: T, b: T): T {
    return a > b ? a : b
  }
  export function min<T>(a: T, b: T): T {
    return a < b ? a : b
  }
  export function floor(value: f64): f64 {
    return f64.floor(value)
  }
  export function abs(value: i32): i32 {
    return value < 0 ? -value : value
  }
}

/** Takes the place of the import that the runtime would report errors to. */
export function abort(_message: usize, _file: usize, _line: u32, _column: u32): void {
  unreachable()
}
