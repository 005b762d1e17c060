/**
 * Writes docs/optimizing.md: one function through every pass of the optimizing tier, as the passes print it now
 * (`npm run docs`). A test compares it with the file, so the page cannot go stale.
 */
import { readFileSync } from 'node:fs'
import { vmctxLayout } from '../../tiers/abi.js'
import type { FunctionCompiler } from '../../tiers/compiled.js'
import { OptimizingCompiler } from '../../tiers/optimizing/compiler.js'
import type { DumpPass } from '../../tiers/optimizing/options.js'
import { decodeModule } from '../../wasm/decoder.js'
import { assemble } from '../../wasm/text/assemble.js'
import { listing, MODERN } from './listing.js'

const SOURCE = `(module
  (memory 1)
  ;; The length of the pair at $p, twice.
  (func $length (param $p i32) (result i32)
    (i32.mul (i32.sub (i32.load offset=4 (local.get $p)) (i32.load (local.get $p))) (i32.const 2)))
  ;; The mean of the lengths of $n pairs, of 8 bytes each.
  (func (export "mean") (param $p i32) (param $n i32) (result i32) (local $sum i32) (local $left i32)
    (local.set $left (local.get $n))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $left)))
        (local.set $sum (i32.add (local.get $sum) (i32.div_u (call $length (local.get $p)) (i32.const 2))))
        (local.set $p (i32.add (local.get $p) (i32.const 8)))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $next)))
    (i32.div_u (local.get $sum) (local.get $n))))
`

const INTRODUCTION = `# One function through the optimizing tier

<!-- written by npm run docs; do not edit -->

The optimizing tier (\`tiers/optimizing/\`) compiles a function in five passes. This page shows what each makes of one example; \`windlass
compile --tier=optimizing --dump-ir=PASS[,FUNC] FILE\` prints the same for any function. The passes work on typed arrays that are
kept for the next function; the text is made for reading only.

The passes are compiled twice, from one source: as JavaScript, which prints what is shown here, and by this tier itself as a program of machine code, which is what
a run uses, since it is fast from the first function on ([architecture.md](architecture.md#the-engines-own-programs)). Both give the same code.

\`\`\`wat
${SOURCE}\`\`\`
`

/** What the reader should see in each pass. */
const TEXTS: Readonly<Record<DumpPass, string>> = {
  translate: `## 1. translate: Wasm to SSA

One walk over the body. Operands and locals become values; a block has parameters only where a construct assigns the local. The call of
\`$length\` is inlined: its body is translated in place, with a frame of its own for backtraces (the sites name the node of the inline
tree). \`poll\` is where a guest can be interrupted.`,
  optimize: `## 2. optimize: the acyclic e-graph

Instructions without effects leave their blocks and float in a graph, in which equal ones are one (\`egraph/graph.ts\`). Each is rewritten once, when
it is inserted, by the rules of \`rules/*.rules\`: a multiplication by 2 is a shift, a division by a power of two is a shift, and what cancels goes. The
cheapest forms are then put back where they are needed, outside of loops where possible (\`egraph/elaborate.ts\`). Loads and stores that are known are dropped
(\`egraph/placed.ts\`), and the constant part of an address goes to the access where it cannot wrap (\`egraph/addresses.ts\`).`,
  lower: `## 3. lower: machine instructions with virtual registers

Backwards, block by block, so that a value's users are known: a load with one user becomes its memory operand, sums become addresses or \`lea\`,
a comparison becomes the flags of its branch. Which instructions an operation becomes is said by the rules of
\`rules/lower/*.rules\`, in the language of the mid-end's; what no pattern can say (calls, edges, tables, the order of instructions) is code in
\`lower/\`. Operands say what they need: a register, a certain one (\`v1:rdi\`), any place.

@RULE`,
  allocate: `## 4. allocate: registers

Linear scan over live intervals with holes (\`regalloc/\`). Every operand has a place; the arrows are moves that the allocator adds, on edges, around
calls, and to and from stack slots. In tests, a checker that knows only the code and the moves verifies every allocation.`,
}

const EMIT = `## 5. emit: machine code

Blocks in their final order, jumps to what follows left out, traps and rare edges behind the end. With the code come relocations (named in
the listing) and the sites for traps, polls and calls.`

const ALL = `## What it does not take

Functions over the limits of \`tiers/optimizing/limits.ts\`, and those on which a pass fails, are compiled by the baseline tier; \`windlass compile --stats\`
counts them and \`-D compiler\` names them with the reason. In tests a fallback is an error (\`WINDLASS_TEST_OPTIMIZER=strict\`).
`

const noFallback: FunctionCompiler = {
  compile: () => {
    throw new Error('the example was refused')
  },
}

function block(language: string, text: string): string {
  return `\n\n\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`
}

/** The lines of a rule with its comment, from the sources. */
function ruleText(file: string, comment: string): string {
  const path = new URL(`../../../tiers/optimizing/rules/lower/${file}`, import.meta.url)
  const [, behind] = readFileSync(path, 'utf8').split(`; ${comment}\n`)
  return `; ${comment}\n${behind.split(/\n[;\n]/)[0]}`
}

/** What a rule of instruction selection looks like. */
function ruleExample(): string {
  return `A rule asks how values are defined, and gives an instruction; the first that matches wins. This one makes a test of one bit:${block(
    'text',
    ruleText('compare.rules', '((x >> n) & 1) cc 0: bit n'),
  )}
\`private\` is a value that nobody else uses, so that its user may compute it. Arguments become registers in the order in which they stand. The
compiler of the rules (\`npm run rules\`) makes decision trees in TypeScript of them, and refuses rules that overlap or are never reached.
\`tests/golden/selection\` has a function for each rule, one that just misses it, and their code, which is run against the interpreter.`
}

/** The text of docs/optimizing.md. */
export function optimizingDoc(): string {
  const bytes = assemble(SOURCE)
  const info = decodeModule(bytes)
  const printed = new Map<DumpPass, string>()
  const defined = info.bodyStart.length - 1
  const env = { info, layout: vmctxLayout(info, 0), features: MODERN, bounds: 'guard', checked: false, moduleBytes: () => bytes } as const // oxfmt-ignore
  const compiler = new OptimizingCompiler(env, noFallback, {
    strict: true,
    check: true,
    dump: (pass, _defined, print) => printed.set(pass, print()),
  })
  const start = info.bodyStart[defined]
  const compiled = compiler.compile(defined, bytes, start, info.bodyEnd[defined], start, false)
  const passes = (Object.keys(TEXTS) as DumpPass[]).map(
    (pass) => TEXTS[pass].replace('@RULE', ruleExample) + block('text', printed.get(pass) ?? ''),
  )
  const code = EMIT + block('asm', listing(compiled).join('\n'))
  return [INTRODUCTION, ...passes, code, ALL].join('\n')
}
