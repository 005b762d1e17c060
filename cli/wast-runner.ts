/**
 * Runs one test script: every command in order, in a store of its own.
 *
 * Traps are compared by the specification's texts, which are mapped from our trap codes. Of malformed, invalid and
 * unlinkable modules only the refusal is checked, as other runners do: the texts differ between engines by design.
 */
import type { Engine } from '../runtime/engine.js'
import { CompileError, LinkError, RuntimeError, STACK_OVERFLOW_MESSAGE } from '../runtime/errors.js'
import { Func } from '../runtime/func.js'
import { Instance, type Extern } from '../runtime/instance.js'
import { Module } from '../runtime/module.js'
import { Store } from '../runtime/store.js'
import { TrapCode } from '../tiers/abi.js'
import { WasmError } from '../wasm/error.js'
import { readScript, type WastAction, type WastCommand, type WastModule, type WastPattern } from '../wasm/text/wast.js'
import { ExternKind, isRef } from '../wasm/types.js'
import { CommandError } from './errors.js'
import { spectest } from './spectest.js'
import { argumentOf, matches, showPattern, showResult } from './wast-values.js'

export interface WastFailureReport {
  readonly line: number
  readonly command: string
  readonly reason: string
}

export interface WastReport {
  readonly passed: number
  readonly failures: readonly WastFailureReport[]
  /** Commands about things that this engine does not look at. */
  readonly skipped: number
}

/** Texts of the specification's interpreter for each trap; a script's text must start with one of them. */
const TRAP_TEXTS: Readonly<Record<number, readonly string[]>> = {
  [TrapCode.Unreachable]: ['unreachable'],
  [TrapCode.MemoryOutOfBounds]: ['out of bounds memory access'],
  [TrapCode.DivideByZero]: ['integer divide by zero'],
  [TrapCode.RemainderByZero]: ['integer divide by zero'],
  [TrapCode.DivideUnrepresentable]: ['integer overflow'],
  [TrapCode.FloatUnrepresentable]: ['integer overflow', 'invalid conversion to integer'],
  [TrapCode.TableOutOfBounds]: ['out of bounds table access', 'undefined element'],
  [TrapCode.FuncSigMismatch]: ['uninitialized element', 'indirect call type mismatch', 'undefined element'],
}

/** A command did not do what the script says. */
class Mismatch extends Error {
  override readonly name = 'Mismatch'
}

/** An import that nobody provides: in a script, the same as one that does not fit. */
class MissingImport extends Error {
  override readonly name = 'MissingImport'
}

function show(error: unknown): string {
  if (error instanceof WasmError) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** What `action` throws. @throws Mismatch when it returns */
function thrownBy(action: () => unknown, expected: string): unknown {
  let result: unknown
  try {
    result = action()
  } catch (error) {
    return error
  }
  const results = Array.isArray(result) ? `, but got ${result.map(showResult).join(', ')}` : ''
  throw new Mismatch(`expected ${expected}${results}`)
}

function expectTrap(action: () => unknown, message: string): void {
  const error = thrownBy(action, `trap '${message}'`)
  if (!(error instanceof RuntimeError)) throw new Mismatch(`expected trap '${message}', but got ${show(error)}`)
  const texts = error.code === undefined ? [] : (TRAP_TEXTS[error.code] ?? [])
  if (!texts.some((text) => message.startsWith(text))) {
    throw new Mismatch(`expected trap '${message}', but got trap '${error.message}'`)
  }
}

function expectExhaustion(action: () => unknown): void {
  const error = thrownBy(action, 'the stack to be exhausted')
  if (!(error instanceof RangeError) || error.message !== STACK_OVERFLOW_MESSAGE) {
    throw new Mismatch(`expected the stack to be exhausted, but got ${show(error)}`)
  }
}

/** @throws CommandError where the limits of -W leave it no memory or table */
function hostModule(store: Store): ReadonlyMap<string, Extern> {
  try {
    return spectest(store)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new CommandError(`the scripts' module spectest cannot be made: ${error.message} (-W help lists the limits)`)
  }
}

class ScriptRun {
  private readonly engine: Engine
  private readonly store: Store
  private readonly registered = new Map<string, ReadonlyMap<string, Extern>>()
  private readonly named = new Map<string, Instance>()
  private readonly definitions = new Map<string, Module>()
  private latest: Instance | undefined
  private latestDefinition: Module | undefined

  constructor(engine: Engine) {
    this.engine = engine
    this.store = new Store(engine)
    this.registered.set('spectest', hostModule(this.store))
  }

  private compile(module: WastModule): Module {
    return new Module(this.engine, module.encode(), '', true)
  }

  private instantiate(module: Module): Instance {
    const imports = module.info.imports.map(({ module: from, name }) => {
      const extern = this.registered.get(from)?.get(name)
      if (extern === undefined) throw new MissingImport(`unknown import "${from}" "${name}"`)
      return extern
    })
    return new Instance(this.store, module, imports)
  }

  private remember(id: string | undefined, instance: Instance): void {
    this.latest = instance
    if (id !== undefined) this.named.set(id, instance)
  }

  private find(id: string | undefined): Instance {
    const instance = id === undefined ? this.latest : this.named.get(id)
    if (instance === undefined) throw new Mismatch(`there is no instance ${id ?? 'yet'}`)
    return instance
  }

  private findDefinition(id: string | undefined): Module {
    const module = id === undefined ? this.latestDefinition : this.definitions.get(id)
    if (module === undefined) throw new Mismatch(`there is no module definition ${id ?? 'yet'}`)
    return module
  }

  /** Results as Func.callRaw gives them. */
  private act(action: WastAction): unknown[] {
    const extern = this.find(action.module).exports.get(action.name)
    if (action.kind === 'get') {
      if (extern?.kind !== ExternKind.Global) throw new Mismatch(`there is no exported global "${action.name}"`)
      return [isRef(extern.type.type) ? extern.value : extern.getBits()]
    }
    if (!(extern instanceof Func)) throw new Mismatch(`there is no exported function "${action.name}"`)
    return extern.callRaw(action.args.map(argumentOf))
  }

  private expectResults(action: WastAction, expected: readonly WastPattern[]): void {
    const results = this.act(action)
    const fits = results.length === expected.length && expected.every((pattern, i) => matches(results[i], pattern))
    if (!fits) {
      throw new Mismatch(
        `expected ${expected.map(showPattern).join(', ')}, but got ${results.map(showResult).join(', ')}`,
      )
    }
  }

  private expectRefusal(module: WastModule, what: string, message: string): void {
    const error = thrownBy(() => this.compile(module), `a module that is ${what} ('${message}') to be refused`)
    if (!(error instanceof CompileError) && !(error instanceof WasmError)) throw error
  }

  private expectUnlinkable(module: WastModule, message: string): void {
    const compiled = this.compile(module)
    const error = thrownBy(() => this.instantiate(compiled), `a module not to link ('${message}')`)
    if (!(error instanceof LinkError) && !(error instanceof MissingImport)) {
      throw new Mismatch(`expected a module not to link ('${message}'), but got ${show(error)}`)
    }
  }

  /** @returns false for a command that is skipped */
  run(command: WastCommand): boolean {
    switch (command.type) {
      case 'module':
        this.latestDefinition = this.compile(command.module)
        this.remember(command.module.id, this.instantiate(this.latestDefinition))
        return true
      case 'definition':
        this.latestDefinition = this.compile(command.module)
        if (command.module.id !== undefined) this.definitions.set(command.module.id, this.latestDefinition)
        return true
      case 'instance':
        this.remember(command.id, this.instantiate(this.findDefinition(command.definition)))
        return true
      case 'register':
        this.registered.set(command.name, this.find(command.module).exports)
        return true
      case 'action':
        this.act(command.action)
        return true
      case 'assert_return':
        this.expectResults(command.action, command.expected)
        return true
      case 'assert_trap':
        expectTrap(() => this.act(command.action), command.message)
        return true
      case 'assert_module_trap':
        expectTrap(() => this.instantiate(this.compile(command.module)), command.message)
        return true
      case 'assert_exhaustion':
        expectExhaustion(() => this.act(command.action))
        return true
      case 'assert_malformed':
        this.expectRefusal(command.module, 'malformed', command.message)
        return true
      case 'assert_invalid':
        this.expectRefusal(command.module, 'invalid', command.message)
        return true
      case 'assert_unlinkable':
        this.expectUnlinkable(command.module, command.message)
        return true
      case 'assert_exception':
      case 'assert_suspension':
        throw new Mismatch(`${command.type} needs a feature that this engine has not got yet`)
      default:
        // Assertions about custom sections, into which an engine need not look; this one does not.
        return false
    }
  }
}

/**
 * Runs a script. Failures of single commands are in the report.
 * @throws WasmError when the script itself cannot be read, CommandError where there cannot be the host module that scripts import
 */
export function runScript(engine: Engine, source: string): WastReport {
  const run = new ScriptRun(engine)
  const failures: WastFailureReport[] = []
  let passed = 0
  let skipped = 0
  for (const command of readScript(source)) {
    try {
      if (run.run(command)) passed++
      else skipped++
    } catch (error) {
      failures.push({
        line: command.line,
        command: command.type,
        reason: error instanceof Mismatch ? error.message : show(error),
      })
    }
  }
  return { passed, failures, skipped }
}
