/**
 * Refusals that mean "this module is newer than this engine". The front end speaks of encodings, in V8's words; whoever
 * shows a refusal to a person adds which proposal the encoding belongs to, so that nobody looks for a fault in a good
 * module. A row goes when its proposal is supported. Encodings: specification 3.0, section 5, and the proposals' own pages.
 */

/** No word of the text format is longer. */
const MAX_WORD = 80

/** A refusal's message, and the proposal that gives its encoding a meaning. */
const PROPOSALS: readonly (readonly [RegExp, string])[] = [
  [/^Invalid opcode 0xfd$|^invalid value type 0x7b$/, 'SIMD'],
  [
    /^unknown section code #0x0d$|^unknown import kind 0x04$|^Invalid opcode 0x([6-9a]|1[89f])$|^invalid value type 0x(69|74)$/,
    'exception handling',
  ],
  [/^Invalid opcode 0xfe$|^invalid memory limits flags 0x[23]$/, 'threads'],
  [/^Invalid opcode 0x1[23]$/, 'tail calls'],
  [/^invalid memory limits flags 0x[4-7]$/, '64-bit memories'],
  [/^invalid memory limits flags 0x[89a-f]$/, 'custom page sizes'],
  [/^memory count of \d+ exceeds internal limit of 1$/, 'multiple memories'],
  [
    /^Invalid opcode 0x(fb|1[45]|d[3-6])$|^Expected signature definition 0x60, got 0x(4[ef]|50|5[ef])$|^invalid value type 0x(6[3-8abcde]|7[1-3])$/,
    'typed references and garbage collection',
  ],
  [/^opcode i(32|64)\.(add|sub|mul) is not allowed in constant expressions$/, 'extended constant expressions'],
  [/^expected version 01 00 00 00, found 0d 00 01 00$/, 'the component model'],
]

/**
 * @param message of a WasmError
 * @returns the proposal that the refused module needs, undefined if the module is just wrong
 */
export function newerFeature(message: string): string | undefined {
  return PROPOSALS.find(([pattern]) => pattern.test(message))?.[1]
}

/** The same for the text format, by the word at which its parser stopped. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^(v128|[if](8|16|32|64)x(16|8|4|2))(\.|$)/, 'SIMD'],
  [/^(shared|(i32|i64|memory)\.atomic\..*|atomic\.fence)$/, 'threads'],
  [/^return_call/, 'tail calls'],
  [/^(tag|try|try_table|catch|catch_all|throw|throw_ref|rethrow|delegate|exn|exnref)$/, 'exception handling'],
  [
    /^(rec|sub|struct|array|ref|call_ref|(any|eq|i31|struct|array|null|nullfunc|nullextern)ref|(struct|array|i31)\..*)$|^ref\.(eq|test|cast|as_non_null|i31)$|^br_on_(null|non_null|cast|cast_fail)$|^(any\.convert_extern|extern\.convert_any)$/,
    'typed references and garbage collection',
  ],
  [/^pagesize$/, 'custom page sizes'],
  [/^component$/, 'the component model'],
]

/** What the text is refused for at `offset`, if newer versions of the format go on there. */
export function newerTextFeature(source: string, message: string, offset: number): string | undefined {
  const word = /^\(?\s*([a-z][\w.]*)/.exec(source.slice(offset, offset + MAX_WORD))?.[1] ?? ''
  // The index type of a memory or table stands where its first limit is expected.
  if (word === 'i64' && message.startsWith('an integer is expected')) return '64-bit memories'
  return WORDS.find(([pattern]) => pattern.test(word))?.[1]
}

/** The message with the place of the fault, and with what is missing where something is. */
export function refusalText(message: string, offset: number): string {
  return `${message} @+${offset}${hintOf(newerFeature(message))}`
}

/** What is added to a refusal for lack of a feature; nothing to one that has another reason. */
export function hintOf(feature: string | undefined): string {
  return feature === undefined ? '' : ` (Windlass does not support ${feature} yet)`
}
