/**
 * Where the parameters and results of a module's function types are, each found out once. The compiler's Wasm program is given them
 * with the module (program/env.as.ts).
 */
import { signatureOf, type Signature } from '../../abi.js'
import type { CompileEnv } from '../../compiled.js'
import type { FuncType } from '../../../wasm/types.js'

export class Signatures {
  private readonly types: readonly FuncType[]
  private readonly known: (Signature | undefined)[] = []

  constructor(env: CompileEnv) {
    this.types = env.info.types
  }

  get(typeIndex: number): Signature {
    const { known } = this
    const found = known[typeIndex]
    if (found !== undefined) return found
    const made = signatureOf(this.types[typeIndex])
    known[typeIndex] = made
    return made
  }
}
