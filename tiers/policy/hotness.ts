/**
 * Which functions are worth optimizing, by where the program was seen.
 *
 * Time is what is counted: each sample of the program counter charges its function with the time since the one before.
 * That is exactly "in proportion to the work done" and costs the code nothing; a counter in memory would cost a tight loop
 * five cycles an iteration. When to act is the ski-rental problem: nobody knows how long a function will go on, and
 * whoever rents until the rent has reached the price, then buys, never pays more than twice the optimum. The rent is what
 * optimizing would have saved, the price the time that optimizing takes (cost.ts) times what a processor in
 * the background counts for. A single sample counts like any other: it stands for as much time as there was between it and the last one,
 * and of a program that is hot nowhere in particular most functions are seen no more than once.
 */
import type { StartPrice } from './cost.js'

/**
 * Part of the time in a function that optimizing it is expected to save. The baseline tier keeps hot locals in registers, so of loops
 * it is mostly between nothing and a third. A run that ends when the price is reached has lost this part of its time, so more would be too much.
 */
const SAVED_PART = 0.2
/**
 * Part of the time in a small function that does little but being called that inlining is expected to save, where it is called from and in
 * itself: programs of that kind were seen to save from 0.4 to 0.7.
 */
const SAVED_IN_CALLS = 0.5
/** What of that the caller is charged for: its own time is little then, but it is where the call goes away. */
const CALLER_PART = 0.25
/** What background time counts against foreground time: with an idle core it costs nobody anything but energy. */
export const BACKGROUND_PRICE = 0.1

/** Times of the functions of one module, by samples. */
export class Hotness {
  /** Milliseconds that each function could have saved so far if it had been optimized. */
  private readonly saving: Float64Array
  /** Earlier runs of the program are known. */
  private isKnown = false
  /** Functions with new samples since `takeTouched`. */
  private touched: number[] = []
  private readonly isTouched: Uint8Array

  constructor(functions: number) {
    this.saving = new Float64Array(functions)
    this.isTouched = new Uint8Array(functions)
  }

  /** So much time was seen in a function. */
  charge(defined: number, milliseconds: number): void {
    this.add(defined, milliseconds * SAVED_PART)
  }

  /** So much time was seen in a small function that does little but being called. */
  chargeCalled(defined: number, milliseconds: number): void {
    this.add(defined, milliseconds * SAVED_IN_CALLS)
  }

  /** Milliseconds in a function after which it could have saved so many, if it goes on. @param isCalled it is a small function that does little but being called */
  timeUntil(defined: number, saving: number, isCalled: boolean): number {
    return (saving - this.saving[defined]) / (isCalled ? SAVED_IN_CALLS : SAVED_PART)
  }

  /** So much time was seen in small functions that a function calls. */
  chargeCaller(defined: number, milliseconds: number): void {
    this.add(defined, milliseconds * SAVED_IN_CALLS * CALLER_PART)
  }

  /** Earlier runs could have saved so many milliseconds: they count as if they were this one. */
  recall(defined: number, saving: number): void {
    this.isKnown = true
    this.add(defined, saving)
  }

  private add(defined: number, saving: number): void {
    this.saving[defined] += saving
    if (this.isTouched[defined] !== 0) return
    this.isTouched[defined] = 1
    this.touched.push(defined)
  }

  /** The functions charged since the last call. */
  takeTouched(): readonly number[] {
    const list = this.touched
    this.touched = []
    for (const defined of list) this.isTouched[defined] = 0
    return list
  }

  savingOf(defined: number): number {
    return this.saving[defined]
  }

  /** @param foreground milliseconds that optimizing the function is expected to take of the guest's thread @param background of others */
  isWorthIt(defined: number, foreground: number, background: number): boolean {
    return this.saving[defined] >= foreground + background * BACKGROUND_PRICE
  }

  /**
   * As `isWorthIt`, of what some functions cost together beyond what each costs alone. Earlier runs that left something to save ended before
   * it was there, and the next may do so too: then the whole price has to be reached, so that not each of them pays a part of it in vain.
   */
  areWorthIt(functions: Iterable<number>, { foreground, background }: StartPrice): boolean {
    let saving = 0
    for (const defined of functions) saving += this.saving[defined]
    return saving >= foreground + background * (this.isKnown ? 1 : BACKGROUND_PRICE)
  }
}
