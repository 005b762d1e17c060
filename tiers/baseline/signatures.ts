import { signatureOf, type Signature } from '../abi.js'
import type { State } from './state.js'

/** The calling convention of a module's function types, made when first called. */
export class SignatureCache {
  private readonly byType: (Signature | undefined)[] = []

  get(s: State, typeIndex: number): Signature {
    return (this.byType[typeIndex] ??= signatureOf(s.env.info.types[typeIndex]))
  }
}
