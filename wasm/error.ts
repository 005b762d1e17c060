/**
 * The one error of the front end: a module that is malformed, invalid or over a limit. The message is V8's wording
 * where V8 has one, without prefix and without the offset; whoever shows it appends ` @+offset` and the name of the
 * operation, as V8 does.
 */
export class WasmError extends Error {
  override readonly name = 'WasmError'
  /** Byte offset in the module (for text: in the source) at which the fault was found. */
  readonly offset: number
  /** Function index when the fault is in a body, -1 otherwise. */
  readonly funcIndex: number

  constructor(message: string, offset: number, funcIndex = -1) {
    super(message)
    this.offset = offset
    this.funcIndex = funcIndex
  }
}
