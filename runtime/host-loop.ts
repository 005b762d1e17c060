/**
 * The yield loop of a group that calls the host often: as `drive` (yield-loop.ts), with a call of its own for each of the
 * hottest host functions.
 *
 * V8 compiles a call to what it has seen called there. In the common loop that is every host function of the thread, and
 * such a call costs 20 ns (three indirect branches on the way); a call that only ever saw one function is inlined,
 * conversions, callback and all. So a hot group gets a copy of the loop that V8 takes for code of its own (a text
 * that nobody else has, since equal texts share what was seen), in which the first host functions that prove hot are
 * compared with and called each at a place of its own. The copy belongs to the group and dies with it.
 */
import { YieldReason } from '../tiers/abi.js'
import { boundary } from './boundary.js'
import { CALL_SOURCE, noteWrapper } from './call-source.js'
import { Word, control } from './context.js'
import { generate, mayGenerate } from './generate.js'
import type { Group } from './group.js'

/** Host functions with a call of their own. */
const WAYS = 8
/** Every so many calls of other host functions, the one at hand gets a call of its own. */
const SAMPLE = 64

/** Serves the guest until the entered call is done; returns early when `drive` has to go on. Throws as `drive`. */
export type HostLoop = (group: Group, root: Group) => void

let loops = 0

/**
 * A loop for one group; undefined where none can be made.
 * @param traced whether somebody listens to the host calls of a root, which `drive` sees to
 * @param serve what to do at yields that are no host calls
 */
export function makeHostLoop(
  traced: (root: Group) => boolean,
  serve: (group: Group, reason: number) => void,
): HostLoop | undefined {
  if (!mayGenerate()) return undefined
  const ways = Array.from({ length: WAYS }, (_, k) => k)
  const text = `'use strict' // ${++loops}
const { control, traced, serve } = world
const { resume } = world.boundary
${ways.map((k) => `let own${k}`).join('\n')}
let used = 0
let left = ${SAMPLE}
const learn = (invoke) => {
  left = ${SAMPLE}
  ${ways.map((k) => `if (used === ${k}) own${k} = invoke`).join('\n  else ')}
  used++
}
return (group, root) => {
  if (traced(root)) return
  for (;;) {
    const reason = control[${Word.reason}]
    if (reason === ${YieldReason.HostCall}) {
      if (root.parent !== root) return
      const invoke = root.hosts[control[${Word.operand}]].invoke
      ${ways.map((k) => `if (invoke === own${k}) own${k}()`).join('\n      else ')}
      else {
        if (used < ${WAYS} && --left === 0) learn(invoke)
        invoke()
      }
    } else if (reason === ${YieldReason.Done}) return
    else serve(group, reason)
    resume()
  }
}
//# sourceURL=${CALL_SOURCE}`
  noteWrapper(text, '(group, root) => {')
  return generate({ control, traced, serve, boundary }, text)
}
