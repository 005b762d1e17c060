// What the stress test is worth: faults are put into copies of the allocator, and the checker has to find each of them on random code.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { randomCode } from '#dist/tests/support/vcode.js'
import { Random } from '#dist/tests/support/random.js'
import type * as AllocatorModule from '#dist/tiers/optimizing/regalloc/allocator.js'
import { checkAllocation } from '#dist/tiers/optimizing/regalloc/checker.js'

interface Fault {
  readonly what: string
  readonly file: string
  readonly right: string
  readonly wrong: string
}

const faults: readonly Fault[] = [
  {
    what: 'intervals in holes are forgotten when there are many',
    file: 'holes.js',
    right: 'insert(interval, until) {',
    wrong: 'insert(interval, until) { if (this.end - this.first >= 32) return;',
  },
  {
    what: 'an interval in a hole does not keep its register',
    file: 'linear-scan.js',
    right: 'if (limits[reg] > holes.until[i])',
    wrong: 'if (false)',
  },
  {
    what: 'registers that instructions demand are not kept free for them',
    file: 'linear-scan.js',
    right: 'return Math.min(clobber, this.intersection(ranges, demand, clobber));',
    wrong: 'return clobber;',
  },
  {
    what: 'nothing is saved around rare calls',
    file: 'spill-placement.js',
    right: 'if (intervals.clobbers.count > 0)',
    wrong: 'if (false)',
  },
  {
    what: 'a late store reads the register that the value had after the gap',
    file: 'allocator.js',
    right: 'began ? this.required(vreg, gap - 1) : this.locationOf(child)',
    wrong: 'this.locationOf(child)',
  },
  {
    what: 'values are stored late, but not on edges',
    file: 'allocator.js',
    right: 'if (to >= SLOT_BASE && this.placement.late[vreg] === 0)',
    wrong: 'if (to >= SLOT_BASE)',
  },
  {
    what: 'a slot is given away while its value lives',
    file: 'slots.js',
    right: 'if (this.end[slot] > start || this.cls[slot] !== regClass)',
    wrong: 'if (this.end[slot] > start + 40 || this.cls[slot] !== regClass)',
  },
  {
    what: 'parallel moves are made one after the other',
    file: 'moves.js',
    right: 'if (readers[dst] !== 0)',
    wrong: 'if (readers[dst] > 1)',
  },
  {
    what: 'a late use ends as an early one',
    file: 'intervals.js',
    right: 'this.addRange(vreg, blockFrom, gap + 3);',
    wrong: 'this.addRange(vreg, blockFrom, gap + 2);',
  },
]

/** Functions in which a fault must show; most show in the first. */
const ROUNDS = 60

const source = new URL('../../../dist/tiers/optimizing/regalloc/', import.meta.url)
const made: string[] = []

/** A copy of the allocator with a fault in it, or without one. */
async function allocatorWith(fault: Fault | undefined): Promise<typeof AllocatorModule> {
  const directory = mkdtempSync(path.join(tmpdir(), 'windlass-fault-'))
  made.push(directory)
  writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}')
  for (const file of readdirSync(source)) {
    if (!file.endsWith('.js')) continue
    let text = readFileSync(new URL(file, source), 'utf8')
      .replaceAll("from '../", `from '${source.href}../`)
      .replace(/^\/\/# sourceMappingURL=.*$/m, '')
    if (file === fault?.file) {
      expect(text, fault.what).toContain(fault.right)
      text = text.replaceAll(fault.right, fault.wrong)
    }
    writeFileSync(path.join(directory, file), text)
  }
  return (await import(pathToFileURL(path.join(directory, 'allocator.js')).href)) as typeof AllocatorModule
}

/** What the checker says of the first allocation that it refuses among so many. */
function firstRefusal({ Allocator }: typeof AllocatorModule, rounds: number): string | undefined {
  for (let seed = 1; seed <= rounds; seed++) {
    const random = new Random(seed * 2246822519)
    const code = randomCode(random, 60 + random.below(300), seed % 2 === 0 ? 'loops' : 'ladder')
    // Made anew each time: a fault may leave it in any state.
    const allocator = new Allocator()
    try {
      allocator.run(code, [undefined, 8, 6][seed % 3])
      checkAllocation(code, allocator.moves, allocator.slotCount)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  return undefined
}

afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true })
})

describe('faults in the allocator that random code shows', () => {
  it('none in the allocator as it is', async () => {
    expect(firstRefusal(await allocatorWith(undefined), 12)).toBeUndefined()
  })

  it.each(faults)('$what', async (fault) => {
    expect(firstRefusal(await allocatorWith(fault), ROUNDS)).toBeDefined()
  })
})
