// Compiles Windlass's own Wasm programs from AssemblyScript; what it gives is committed, so that a build does not need the compiler:
//   tiers/baseline/program/code.gen.ts     the validator's scan (wasm/scan/*.as.ts) and the baseline compiler
//   tiers/optimizing/program/program.wasm  the optimizing compiler, and digest.gen.ts, which binds images of its code to it
// The compilers' sources are the TypeScript that is also run as JavaScript, rewritten (rewrite.mjs); what a program has besides is in *.as.ts beside
// what it exports, program.as.ts. What the sources take from TypeScript as values comes from the built files.
//
//   npm run scan                                    writes the files
//   npm run scan -- --check                         fails when the committed files are not what the sources give
//   node scripts/scan/build.mjs --checked FILE      writes the optimizing compiler with names, and traps where an array is used outside
//   node scripts/scan/build.mjs --try MODULE...     shows what is no AssemblyScript in modules of the optimizing compiler, in all of their code
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { digestOf } from '../../dist/runtime/code-identity.js'
import { FREE } from '../../dist/wasm/scan/layout.js'
import { CHECKED, compile, made, optimized } from './assemblyscript.mjs'
import { flat } from './rewrite.mjs'
import { checkedSources, engineSources, optimizerSources, root } from './sources.mjs'

async function engineFiles() {
  // The scan's state comes first.
  const program = optimized(await made(await engineSources(), ['--memoryBase', String(FREE)]))
  const text = `/** The program of program.as.ts (npm run scan), base64. */
export const PROGRAM_CODE =
  '${Buffer.from(program).toString('base64')}'
`
  const digest = `/** Digest of the program in code.gen.ts (npm run scan), in hexadecimal digits. */
export const ENGINE_DIGEST = '${Buffer.from(digestOf(program)).toString('hex')}'
`
  return {
    'tiers/baseline/program/code.gen.ts': Buffer.from(text),
    'tiers/baseline/program/digest.gen.ts': Buffer.from(digest),
  }
}

async function optimizerFiles() {
  const program = optimized(await made(await optimizerSources()))
  const digest = Buffer.from(digestOf(program)).toString('hex')
  const text = `/** Digest of program.wasm (npm run scan), in hexadecimal digits. */
export const OPTIMIZER_DIGEST = '${digest}'
`
  return {
    'tiers/optimizing/program/program.wasm': Buffer.from(program),
    'tiers/optimizing/program/digest.gen.ts': Buffer.from(text),
  }
}

async function tryModules(focus) {
  const exports = focus.map((module) => `export * from './${flat(module)}'`).join('\n')
  let output = ''
  const sources = { ...(await optimizerSources(focus)), 'program.ts': exports }
  await compile(sources, [], { write: (text) => void (output += text) })
  const mistakes = output.split(/\n(?=ERROR|WARNING|FAILURE|Error)/).filter((each) => /ERROR|FAILURE|Error/.test(each))
  const isOwn = (each) => focus.some((module) => each.includes(`${flat(module)}.ts`)) || !each.includes(' in ')
  const [own, others] = [mistakes.filter(isOwn), mistakes.filter((each) => !isOwn(each))]
  for (const each of own) console.log(each)
  console.log(`${own.length} mistakes in ${focus.join(', ')}; ${others.length} in other modules`)
  for (const each of others.slice(0, 3)) console.log(each)
}

async function writeFiles(isCheck) {
  for (const [file, contents] of Object.entries({ ...(await engineFiles()), ...(await optimizerFiles()) })) {
    const path = `${root}${file}`
    if (!isCheck) writeFileSync(path, contents)
    else if (!existsSync(path) || !readFileSync(path).equals(contents)) {
      console.error(`${file} is not what its source gives: npm run scan`)
      process.exitCode = 1
    }
  }
}

const [what, ...names] = process.argv.slice(2)
if (what === '--try') await tryModules(names.map((name) => name.replace(/\.ts$/, '')))
else if (what === '--checked') writeFileSync(names[0], await made(await checkedSources(), CHECKED))
else await writeFiles(what === '--check')
