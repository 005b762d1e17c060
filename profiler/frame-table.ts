/**
 * What addresses mean, found out while their code exists: modules, functions and frames as tables. An address becomes one
 * or more frames (inlined calls) the first time it is sampled; only source positions wait for the end.
 *
 * A module is kept weakly: a profile of a server that loads module after module must not keep them. When one is gone by the
 * end its frames have names, but no lines.
 */
import { codeFramesAt } from '../runtime/backtrace.js'
import type { VersionKey } from '../runtime/versions.js'
import { findVersion, type CodeOwner, type CodeVersion } from '../runtime/code.js'
import { shownName } from '../wasm/debug/demangle.js'
import { Kind } from './categories.js'
import { doingAt, type Doing } from './call-site.js'
import { PairTable } from './pair-table.js'

export interface ProfiledModule {
  readonly name: string
  readonly url: string
  readonly importedFuncs: number
  readonly owner: WeakRef<CodeOwner>
}

export interface ProfiledFunction {
  readonly name: string
  /** Index in `modules`, -1 for what is no function of a guest. */
  readonly module: number
  /** Function index in the module, imports included; -1 as above. */
  readonly index: number
  /** Where it begins, if it is known while the code exists. */
  readonly place?: FunctionPlace
}

/** From 1 on; 0: not known. */
export interface FunctionPlace {
  readonly file: string | undefined
  readonly line: number
  readonly column: number
}

/** A frame as it was sampled. */
export interface ProfiledFrame {
  readonly func: number
  readonly kind: Kind
  /** Offset of the instruction in the module, -1 when there is none. */
  readonly offset: number
  /** 0 for the function whose code it is, 1 and more for calls inlined there. */
  readonly inlineDepth: number
  /** Index in `codes`, -1; and the offset in that code. A return address counts as the byte before it. */
  readonly code: number
  readonly codeOffset: number
  /** The instruction was interrupted rather than left by a call. */
  readonly isPc: boolean
}

/** A piece of machine code that was seen to run, copied when it was first seen. */
export interface ProfiledCode {
  readonly func: number
  readonly kind: Kind
  readonly bytes: Uint8Array
  /** What its module knows it by. */
  readonly key: VersionKey
}

/** More code than this is not copied; its profile is then without instructions. */
const MAX_CODE_BYTES = 16 << 20

/** Frames of one address: indices into `frames`, outermost first; and the place, for what is called there. */
interface Chain {
  readonly frames: readonly number[]
  readonly owner: CodeOwner | undefined
  readonly offset: number
  /** What was seen to be called there: a frame by yield reason + 1. */
  readonly callees: (number | undefined)[]
}

const NO_CODE = { offset: -1, inlineDepth: 0, code: -1, codeOffset: -1, isPc: false }

function kindOf(version: CodeVersion): Kind {
  return version.tier === 'optimizing' ? Kind.Optimized : Kind.Baseline
}

export class FrameTable {
  readonly modules: ProfiledModule[] = []
  readonly functions: ProfiledFunction[] = []
  readonly frames: ProfiledFrame[] = []
  readonly codes: ProfiledCode[] = []
  private readonly moduleIndex = new WeakMap<CodeOwner, number>()
  private readonly functionIndex = new Map<string, number>()
  private readonly frameIndex = new Map<string, number>()
  private readonly codeIndex = new Map<string, number>()
  private codeBytes = 0
  /** Addresses by their halves; the high one has its top bit set for return addresses. */
  private readonly addresses = new PairTable()
  private chains: Chain[] = []

  /** Addresses are about to mean something else. What was found out stays. */
  forgetAddresses(): void {
    this.addresses.clear()
    this.chains = []
  }

  /** @param low @param high words of the address @param isReturn whether it is one that a call returns to */
  chainAt(low: number, high: number, isReturn: boolean): Chain {
    const index = this.addresses.intern(low | 0, isReturn ? high | (1 << 31) : high)
    if (index === this.chains.length) this.chains.push(this.resolve((low >>> 0) + high * 2 ** 32, isReturn))
    return this.chains[index]
  }

  /** The frame of what is called at the place of a chain. @param reason YieldReason, -1 where it is not known any more */
  calleeOf(chain: Chain, reason: number): number {
    const { owner, offset, callees } = chain
    let frame = callees[reason + 1]
    if (frame === undefined) {
      const doing: Doing =
        owner === undefined
          ? { name: 'host function', kind: Kind.Host }
          : doingAt(owner.info, owner.bytes, offset, reason, (index) => shownName(owner.funcName(index), index))
      frame = this.other(doing)
      callees[reason + 1] = frame
    }
    return frame
  }

  /** A frame that is not the guest's. */
  other(doing: Doing): number {
    const func = this.functionOf(-1, -1, () => doing.name)
    return this.frame({ func, kind: doing.kind, ...NO_CODE })
  }

  /** A frame of a JavaScript function. */
  javascript(name: string, place: FunctionPlace): number {
    const key = `js:${place.file ?? ''}:${place.line}:${place.column}:${name}`
    let func = this.functionIndex.get(key)
    if (func === undefined) {
      func = this.functions.push({ name, module: -1, index: -1, place }) - 1
      this.functionIndex.set(key, func)
    }
    return this.frame({ func, kind: Kind.JavaScript, ...NO_CODE })
  }

  private resolve(address: number, isReturn: boolean): Chain {
    const version = findVersion(isReturn ? address - 1 : address)
    const places = version === undefined ? [] : codeFramesAt(address, isReturn)
    if (version === undefined || places.length === 0) return { frames: [], owner: undefined, offset: -1, callees: [] }
    const kind = kindOf(version)
    const outermost = places[places.length - 1]
    const module = this.module(outermost.owner)
    const code = this.code(version, module, outermost.owner)
    const codeOffset = address - version.start - (isReturn ? 1 : 0)
    const frames = places.toReversed().map(({ owner, defined, offset }, inlineDepth) => {
      const func = this.wasmFunction(module, owner, defined)
      return this.frame({ func, kind, offset, inlineDepth, code, codeOffset, isPc: !isReturn })
    })
    return { frames, owner: places[0].owner, offset: places[0].offset, callees: [] }
  }

  private wasmFunction(module: number, owner: CodeOwner, defined: number): number {
    const index = owner.info.importedFuncs + defined
    return this.functionOf(module, index, () => shownName(owner.funcName(index), index), owner)
  }

  private functionOf(module: number, index: number, name: () => string, owner?: CodeOwner): number {
    const key = module < 0 ? `:${name()}` : `${module}:${index}`
    let found = this.functionIndex.get(key)
    if (found === undefined) {
      found = this.functions.length
      const source = owner?.funcSource(index)
      const place = source === undefined ? undefined : { file: source.file, line: source.line, column: 0 }
      this.functions.push({ name: name(), module, index, ...(place === undefined ? {} : { place }) })
      this.functionIndex.set(key, found)
    }
    return found
  }

  private frame(frame: ProfiledFrame): number {
    const { func, kind, offset, inlineDepth, code, codeOffset, isPc } = frame
    const key = `${func}:${kind}:${offset}:${inlineDepth}:${code}:${codeOffset}:${isPc}`
    let found = this.frameIndex.get(key)
    if (found === undefined) {
      found = this.frames.length
      this.frames.push(frame)
      this.frameIndex.set(key, found)
    }
    return found
  }

  private module(owner: CodeOwner): number {
    let found = this.moduleIndex.get(owner)
    if (found === undefined) {
      found = this.modules.length
      const { url, info } = owner
      const from = owner.file ?? url
      const name = owner.name ?? from.slice(from.lastIndexOf('/') + 1)
      this.modules.push({ name, url, importedFuncs: info.importedFuncs, owner: new WeakRef(owner) })
      this.moduleIndex.set(owner, found)
    }
    return found
  }

  private code(version: CodeVersion, module: number, owner: CodeOwner): number {
    const key = `${module}:${version.version}`
    const found = this.codeIndex.get(key)
    if (found !== undefined) return found
    if (this.codeBytes + version.size > MAX_CODE_BYTES) return -1
    this.codeBytes += version.size
    const func = this.wasmFunction(module, owner, version.defined)
    // The key alone: the version holds its module.
    const { defined, tier, loop, feedback } = version
    const bytes = version.code.read(version.version)
    this.codes.push({ func, kind: kindOf(version), bytes, key: { defined, tier, loop, feedback } })
    this.codeIndex.set(key, this.codes.length - 1)
    return this.codes.length - 1
  }
}
