/**
 * The part of WebIDL that the namespace needs: conversions of arguments, brands of receivers, and the shape of
 * interfaces (which property is enumerable, writable, has which length).
 *
 * Interfaces are made from plain functions, not classes: a class called without `new` throws the language's own text,
 * and V8's is another one. What an object of ours stands for is kept in a private field that is put on it when it is
 * made (the "return override" of class constructors), so a receiver is known by its brand and by nothing a script can
 * forge, and reading it costs one field access, not a WeakMap lookup.
 */

/** Object in the language's sense: functions included, null not. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

const MAX_UNSIGNED_LONG = 2 ** 32 - 1

/**
 * `[EnforceRange] unsigned long`, with V8's texts.
 * @param what how the message begins: `WebAssembly.Memory.grow(): Argument 0`
 * @throws TypeError when the value is not a finite number from 0 to 2^32 - 1; what `valueOf` throws passes
 */
export function toUnsignedLong(value: unknown, what: string): number {
  // The unary plus is ToNumber: unlike Number(), it refuses a BigInt.
  const number = +(value as number)
  if (!Number.isFinite(number)) throw new TypeError(`${what} must be convertible to a valid number`)
  if (number < 0) throw new TypeError(`${what} must be non-negative`)
  if (number > MAX_UNSIGNED_LONG) throw new TypeError(`${what} must be in the unsigned long range`)
  return Math.trunc(number)
}

/** ToString; unlike String(), it refuses a Symbol. */
export function toText(value: unknown): string {
  return ''.concat(value as string)
}

/** Property of a descriptor. WebIDL reads the members of a dictionary one by one, in alphabetical order. */
export function member(descriptor: object, name: string): unknown {
  return (descriptor as Readonly<Record<string, unknown>>)[name]
}

/** A constructor that gives back its argument as `this`, so that a subclass can put private fields on any object. */
const Target = function (object: object): object {
  return object
} as unknown as new (object: object) => object

class Brand extends Target {
  readonly #inner: object

  constructor(object: object, inner: object) {
    super(object)
    this.#inner = inner
  }

  static put(object: object, inner: object): object {
    return new Brand(object, inner)
  }

  static read(value: unknown): object | undefined {
    return isObject(value) && #inner in value ? value.#inner : undefined
  }
}

/** The wrapper of each runtime object: one for as long as either of the two lives. */
const wrappers = new WeakMap<object, object>()

/** Makes `wrapper` stand for the runtime object `inner`, now and for good. */
export function bind(wrapper: object, inner: object): void {
  wrappers.set(inner, Brand.put(wrapper, inner))
}

/** What `value` stands for when it is a wrapper of the runtime class `type`; undefined for anything else. */
export function innerOf<T extends object>(value: unknown, type: abstract new (...args: never[]) => T): T | undefined {
  const inner = Brand.read(value)
  return inner instanceof type ? inner : undefined
}

/** The wrapper of `inner`: the one that exists, or a new object with the given prototype. */
export function wrapperOf<T extends object>(inner: object, prototype: T): T {
  const known = wrappers.get(inner)
  if (known) return known as T
  const wrapper = Object.create(prototype) as T
  bind(wrapper, inner)
  return wrapper
}

/** The TypeError of an interface called without `new`. */
export function needsNew(name: string): TypeError {
  return new TypeError(`WebAssembly.${name}(): WebAssembly.${name} must be invoked with 'new'`)
}

/**
 * Gives a constructor function the properties of a WebIDL interface and returns it.
 * `members` and `statics` are object literals with methods and accessors: written so, they are enumerable and no
 * constructors themselves, as the specification wants.
 */
export function defineInterface(
  construct: { readonly name: string; readonly prototype: object },
  members: object,
  statics: object = {},
): unknown {
  Object.defineProperty(construct, 'prototype', { writable: false })
  Object.defineProperties(construct, Object.getOwnPropertyDescriptors(statics))
  Object.defineProperties(construct.prototype, Object.getOwnPropertyDescriptors(members))
  Object.defineProperty(construct.prototype, Symbol.toStringTag, {
    value: `WebAssembly.${construct.name}`,
    configurable: true,
  })
  return construct
}
