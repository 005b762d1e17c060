/**
 * Random valid modules for differential runs: signatures, sections and data; what functions do is in generated-body.ts. What makes
 * two engines comparable is built in:
 *   - every function and loop burns fuel from a global and traps when it is used up, so every run ends;
 *   - results of float arithmetic are made canonical (the payload of a NaN is not specified);
 *   - nothing depends on time, addresses or the height of the stack.
 */
import { Op } from '../../wasm/opcodes.js'
import { ByteWriter } from '../../wasm/text/bytes.js'
import { F32, F64, I32, I64, type ValType } from '../../wasm/types.js'
import { FUEL_GLOBAL, FunctionGenerator, NUMBERS, type GeneratedContext, type Signature } from './generated-body.js'
import type { Random } from './random.js'

export interface GeneratorOptions {
  /** Expressions nest this deep. */
  readonly depth: number
  readonly functions: number
  readonly statements: number
}

export interface GeneratedModule {
  readonly bytes: Uint8Array
  /** Signatures of the exported functions f0, f1, ... */
  readonly signatures: readonly Signature[]
}

/** Host functions that every generated module imports from "host", in index order. */
export const HOST_FUNCTIONS: readonly Signature[] = [
  { params: [I32], results: [I32] },
  { params: [I64, I32], results: [I64] },
  { params: [F64, F32], results: [F64] },
  { params: [], results: [I32, I64] },
]

/** Fuel of one module run: calls and loop iterations. */
const FUEL = 300

function same(a: readonly ValType[], b: readonly ValType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i])
}

const encoder = new TextEncoder()
const encode = (name: string): Uint8Array => encoder.encode(name)

class ModuleGenerator implements GeneratedContext {
  readonly random: Random
  readonly depth: number
  readonly statements: number
  readonly hostFunctions = HOST_FUNCTIONS.length
  readonly functions: Signature[]
  private readonly types: Signature[] = []

  constructor(random: Random, options: GeneratorOptions) {
    this.random = random
    this.depth = options.depth
    this.statements = options.statements
    this.functions = [...HOST_FUNCTIONS]
    for (let i = 0; i < options.functions; i++) {
      const many = random.oneIn(10) ? 14 : 4
      this.functions.push({
        params: Array.from({ length: random.below(many) }, () => random.pick(NUMBERS)),
        results: Array.from({ length: random.oneIn(5) ? random.below(7) : 1 }, () => random.pick(NUMBERS)),
      })
    }
    for (const signature of this.functions) this.typeIndex(signature)
  }

  typeIndex(signature: Signature): number {
    const found = this.types.findIndex(
      (type) => same(type.params, signature.params) && same(type.results, signature.results),
    )
    return found >= 0 ? found : this.types.push(signature) - 1
  }

  generate(): GeneratedModule {
    const defined = this.functions.slice(HOST_FUNCTIONS.length)
    const bodies = defined.map((signature) => new FunctionGenerator(this, signature).body(signature))
    const out = new ByteWriter()
    out.bytes(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]))
    const section = (id: number, fill: (bytes: ByteWriter) => void): void => {
      const bytes = new ByteWriter()
      fill(bytes)
      out.byte(id)
      out.u32(bytes.length)
      out.bytes(bytes.take())
    }
    section(1, (s) => {
      s.u32(this.types.length)
      for (const type of this.types) {
        s.byte(0x60)
        for (const list of [type.params, type.results]) {
          s.u32(list.length)
          for (const t of list) s.byte(t)
        }
      }
    })
    section(2, (s) => {
      s.u32(HOST_FUNCTIONS.length)
      HOST_FUNCTIONS.forEach((signature, i) => {
        s.vector(encode('host'))
        s.vector(encode(`h${i}`))
        s.byte(0)
        s.u32(this.typeIndex(signature))
      })
    })
    section(3, (s) => {
      s.u32(defined.length)
      for (const signature of defined) s.u32(this.typeIndex(signature))
    })
    section(4, (s) => {
      s.bytes(new Uint8Array([1, 0x70, 0]))
      s.u32(this.functions.length + 2)
    })
    section(5, (s) => s.bytes(new Uint8Array([1, 1, 1, 4])))
    section(6, (s) => {
      s.u32(1 + NUMBERS.length)
      s.bytes(new Uint8Array([I32, 1, Op.I32Const]))
      s.s32(FUEL)
      s.byte(Op.End)
      s.bytes(new Uint8Array([I32, 1, Op.I32Const, 7, Op.End]))
      s.bytes(new Uint8Array([I64, 1, Op.I64Const, 9, Op.End]))
      s.bytes(new Uint8Array([F32, 1, Op.F32Const, 0, 0, 0x80, 0x3f, Op.End]))
      s.bytes(new Uint8Array([F64, 1, Op.F64Const, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, Op.End]))
    })
    section(7, (s) => {
      s.u32(defined.length + 2 + NUMBERS.length)
      defined.forEach((_, i) => {
        s.vector(encode(`f${i}`))
        s.byte(0)
        s.u32(HOST_FUNCTIONS.length + i)
      })
      s.vector(encode('memory'))
      s.byte(2)
      s.u32(0)
      s.vector(encode('fuel'))
      s.byte(3)
      s.u32(FUEL_GLOBAL)
      NUMBERS.forEach((_, i) => {
        s.vector(encode(`g${i}`))
        s.byte(3)
        s.u32(i + 1)
      })
    })
    section(9, (s) => {
      // Every function at its own index in the table.
      s.bytes(new Uint8Array([1, 0, Op.I32Const, 0, Op.End]))
      s.u32(this.functions.length)
      this.functions.forEach((_, i) => s.u32(i))
    })
    section(12, (s) => s.u32(1))
    section(10, (s) => {
      s.u32(bodies.length)
      for (const body of bodies) {
        s.u32(body.length)
        s.bytes(body)
      }
    })
    section(11, (s) => {
      s.bytes(new Uint8Array([1, 1]))
      s.u32(200)
      for (let i = 0; i < 200; i++) s.byte(this.random.bits() & 0xff)
    })
    return { bytes: out.take(), signatures: defined }
  }
}

/** A random valid module; the same random stream gives the same module. */
export function generateModule(random: Random, options?: Partial<GeneratorOptions>): GeneratedModule {
  return new ModuleGenerator(random, {
    depth: options?.depth ?? 2 + random.below(3),
    functions: options?.functions ?? 1 + random.below(5),
    statements: options?.statements ?? 2 + random.below(6),
  }).generate()
}
