/**
 * Tells V8 which fields of long-lived working objects change.
 *
 * V8 takes a field that was stored only once, when its object was made, for a constant, and optimized code relies on
 * it: the first time such a field changes, all optimized code that read it is thrown away and compiled again. For a
 * buffer that grows once, or a counter that first moves in the hundredth function, that happens in the middle of the
 * first module of a process, again and again (156 times for one module, half of all the time that V8 spent compiling).
 * A class whose fields change therefore stores each of them twice when its first object is made, here.
 *
 * Fields that hold objects are left alone: a class that replaces its typed arrays or numbers is what this is about.
 */

/** Classes whose first object has been here. What V8 has learned holds for all objects of the class. */
const known = new Set<unknown>()

/**
 * Makes the numbers, booleans and buffers among an object's fields variable in V8's eyes. To be called at the end of
 * the constructor of a class whose methods run hot, with the object complete.
 */
export function declareMutable(object: object): void {
  if (known.has(object.constructor)) return
  known.add(object.constructor)
  for (const [name, value] of Object.entries(object)) {
    const other = different(value)
    if (other === undefined) continue
    Reflect.set(object, name, other)
    Reflect.set(object, name, value)
  }
}

/** An empty buffer of each kind. */
const empty = new Map<unknown, unknown>()

/** Another value of the same representation: a wider one would cost a check at every use. */
function different(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? 1 - value : -value
  if (typeof value === 'boolean') return !value
  if (!ArrayBuffer.isView(value)) return undefined
  let buffer = empty.get(value.constructor)
  if (buffer === undefined) {
    buffer = Reflect.construct(value.constructor, [new ArrayBuffer(0)])
    empty.set(value.constructor, buffer)
  }
  return buffer
}
