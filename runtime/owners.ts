/**
 * Native memory that belongs to JavaScript objects, given back when they are collected.
 *
 * A FinalizationRegistry does that between turns of the event loop. A script that makes object after object in one turn
 * would use up the address space meanwhile: a guarded memory reserves 8 GiB of 128 TiB, so about 16,000 fit. When
 * the system refuses, `withReclaim` collects garbage and looks itself for the owners that are gone: V8 clears a weak
 * reference of the addon during the collection, a WeakRef only after the turn that made it.
 */
import { addon } from './context.js'

/** With fewer memories it is not garbage that fills the address space, and collecting again and again would not help. */
const MANY_MEMORIES = 1024

interface Claim<Held> {
  readonly held: Held
  readonly watch: number
}

/** One for each kind of memory that can be reclaimed. */
const kinds: { readonly size: number; readonly many: number; reclaim(): boolean }[] = []

/** The owners of one kind of memory. */
export class Owners<Held> {
  private readonly claims = new Set<Claim<Held>>()
  private readonly registry = new FinalizationRegistry<Claim<Held>>((claim) => this.end(claim))
  private readonly giveBack: (held: Held) => void
  /** So many owners may be garbage for the most part. */
  readonly many: number

  /** @param giveBack called once for each `held` whose owner was collected */
  constructor(giveBack: (held: Held) => void, many = MANY_MEMORIES) {
    this.giveBack = giveBack
    this.many = many
    kinds.push(this)
  }

  /** Gives `held` back when `owner` is collected. `held` must not refer to `owner`. @returns gives it back at once */
  add(owner: object, held: Held): () => void {
    const claim = { held, watch: addon.watch(owner) }
    this.claims.add(claim)
    this.registry.register(owner, claim)
    return () => this.end(claim)
  }

  /** Owners that are alive, or not known to be gone. */
  get size(): number {
    return this.claims.size
  }

  /** Gives back what belongs to owners that V8 has already collected; false when there are none. */
  reclaim(): boolean {
    const before = this.claims.size
    for (const claim of this.claims) if (addon.isCollected(claim.watch)) this.end(claim)
    return this.claims.size < before
  }

  private end(claim: Claim<Held>): void {
    if (!this.claims.delete(claim)) return
    addon.unwatch(claim.watch)
    this.giveBack(claim.held)
  }
}

/**
 * Calls `attempt`; when it throws and garbage held native memory, once again without that garbage.
 * @throws what `attempt` throws
 */
export function withReclaim<T>(attempt: () => T): T {
  try {
    return attempt()
  } catch (error) {
    if (kinds.every((kind) => kind.size < kind.many)) throw error
    addon.collectGarbage()
    let found = false
    for (const kind of kinds) found = kind.reclaim() || found
    if (!found) throw error
    return attempt()
  }
}
