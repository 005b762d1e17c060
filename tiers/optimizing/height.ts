/** How many operands a body has at once, for a version that is entered in the middle. */
import { FunctionFacts } from '../../wasm/facts.js'
import type { ModuleInfo } from '../../wasm/types.js'
import { validateBody } from '../../wasm/validator.js'

export class Heights {
  private readonly info: ModuleInfo
  /** Made when first needed, as few functions do. */
  private found: FunctionFacts | undefined

  constructor(info: ModuleInfo) {
    this.info = info
  }

  /** @param facts what validating the body found out, null when that is not known */
  of(
    defined: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    moduleOffset: number,
    facts: FunctionFacts | null,
  ): number {
    if (facts !== null) return facts.maxHeight
    this.found ??= new FunctionFacts()
    validateBody(this.info, defined, bytes, start, end, moduleOffset, this.found)
    return this.found.maxHeight
  }
}
