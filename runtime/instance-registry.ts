/**
 * Finds the instance of a context (tiers/abi.ts) by its address, for frames met on a stack. Nothing here keeps an instance
 * alive. Watches of the addon serve, because making a WeakRef keeps its object until the turn of the event loop ends.
 */
import { addon } from './context.js'
import type { Instance } from './instance.js'

const watches = new Map<number, number>()

/** @returns what `unregisterInstance` wants */
export function registerInstance(instance: Instance): number {
  const watch = addon.watch(instance)
  watches.set(instance.vmctx, watch)
  return watch
}

/** Called once, when the instance was collected. */
export function unregisterInstance(vmctx: number, watch: number): void {
  addon.unwatch(watch)
  watches.delete(vmctx)
}

/** The instance whose context is at an address, undefined when there is none (any more). */
export function instanceAt(vmctx: number): Instance | undefined {
  const watch = watches.get(vmctx)
  return watch === undefined ? undefined : (addon.watched(watch) as Instance | undefined)
}
