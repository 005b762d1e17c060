/**
 * Groups: what lives and dies together.
 *
 * Native records point at each other: a table's entry names a function of one instance and its context, an instance's
 * import names another's. The garbage collector sees none of that. So everything that can hold or be a function
 * reference belongs to a group, and a reference can only travel inside a group: importing merges two groups, and so does
 * passing an exported function object as a reference. A group keeps all its members alive, and every JavaScript object of
 * a member keeps the group; when none is reachable any more, the whole group goes and finalizers free the records.
 *
 * Merging is a union of disjoint sets (the smaller into the larger). Ids of instances and host functions are indices
 * into the group's lists, so that nothing global keeps them alive; merging rewrites the ids in the contexts.
 */
import { Vmctx } from '../tiers/abi.js'
import { store32 } from './data.js'
import type { Func } from './func.js'
import type { HostLoop } from './host-loop.js'
import type { Instance } from './instance.js'

/** A host function as the yield loop calls it. */
export interface HostEntry {
  readonly context: number
  /** Reads the arguments from the cells, calls, writes the results to the cells. */
  readonly invoke: () => void
  readonly func: Func
}

export class Group {
  /** Itself in a root. */
  parent: Group = this
  hosts: HostEntry[] = []
  instances: Instance[] = []
  /** Tables and globals. */
  members: object[] = []
  /** Calls of host functions so far, up to where it gets a loop of its own. */
  hostCalls = 0
  hostLoop: HostLoop | undefined

  /** Makes a host function known. @returns its id */
  addHost(host: HostEntry): number {
    return rootOf(this).hosts.push(host) - 1
  }

  addInstance(instance: Instance): number {
    return rootOf(this).instances.push(instance) - 1
  }

  addMember(member: object): void {
    rootOf(this).members.push(member)
  }
}

export function rootOf(group: Group): Group {
  let root = group
  while (root.parent !== root) root = root.parent
  // Path compression by one step keeps chains short.
  if (group !== root) group.parent = root
  return root
}

export function mergeGroups(a: Group, b: Group): void {
  const x = rootOf(a)
  const y = rootOf(b)
  if (x === y) return
  const larger = x.hosts.length + x.instances.length >= y.hosts.length + y.instances.length ? x : y
  const smaller = larger === x ? y : x
  smaller.parent = larger
  for (const host of smaller.hosts) store32(host.context + Vmctx.id, larger.hosts.push(host) - 1)
  for (const instance of smaller.instances) store32(instance.vmctx + Vmctx.id, larger.instances.push(instance) - 1)
  for (const member of smaller.members) larger.members.push(member)
  smaller.hosts = []
  smaller.instances = []
  smaller.members = []
}
