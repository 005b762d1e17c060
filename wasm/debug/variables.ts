/**
 * The variables of the source that are in scope at an instruction, with their values (DWARF 5 sections 2.5, 2.6 and 4.1):
 * those that live in wasm locals, globals or operands (DW_OP_WASM_location), those relative to a frame base that does,
 * and those in memory. Location lists are followed; what a location cannot say is "optimized out".
 */
import type { DebugInfo } from './debug-info.js'
import { At, Tag } from './dwarf-names.js'
import { Form, Kind, undamaged } from './dwarf-reader.js'
import { evaluate, type Location, type Machine } from './expression.js'
import { locationAt } from './locations.js'
import { showValue, typeName } from './value-types.js'
import type { Unit } from './unit.js'

/** A variable of the source. */
export interface Variable {
  readonly name: string
  readonly type: string
  /** Undefined when the compiler kept no value. */
  readonly value?: string
  /** Address in memory, when it is there. */
  readonly address?: number
  readonly parameter: boolean
}

/** More variables in one scope are not shown: generated code has thousands. */
const MAX_VARIABLES = 500

/** A variable with where it is. */
export interface PlacedVariable {
  readonly unit: Unit
  readonly name: string
  /** Entry of its type, -1 for none. */
  readonly type: number
  readonly parameter: boolean
  /** Undefined when the compiler kept no value. */
  readonly place: Location | undefined
}

/** Calls `visit` with each variable at an instruction, those of inner scopes first, until it returns false. */
function eachVariable(
  debug: DebugInfo,
  offset: number,
  machine: Machine,
  visit: (variable: PlacedVariable) => boolean,
): void {
  const found = debug.scopesAt(offset)
  if (found === undefined) return
  const { index, scopes } = found
  const { unit } = index
  const pc = offset - debug.codeStart
  const base = undamaged(() => frameBase(unit, scopes[0], pc, machine), undefined)
  let goesOn = true
  // Inlined functions have variables of their own: the innermost function's are what belongs to the instruction.
  for (const scope of scopes.toReversed()) {
    unit.eachChild(scope, (child) => {
      const tag = unit.tag(child)
      if (!goesOn || (tag !== Tag.variable && tag !== Tag.formalParameter)) return goesOn
      const variable = undamaged(() => placed(unit, child, pc, base, machine), undefined)
      if (variable !== undefined) goesOn = visit(variable)
      return goesOn
    })
  }
}

/** The variables at an instruction, those of inner scopes first. Never throws. */
export function variablesAt(debug: DebugInfo, offset: number, machine: Machine): Variable[] {
  const variables: Variable[] = []
  undamaged(() => {
    eachVariable(debug, offset, machine, (variable) => {
      const shown = undamaged(() => show(variable, machine), undefined)
      if (shown !== undefined) variables.push(shown)
      return variables.length < MAX_VARIABLES
    })
  }, undefined)
  return variables
}

/** The innermost variable of a name at an instruction, undefined when there is none. Never throws. */
export function findVariable(
  debug: DebugInfo,
  offset: number,
  machine: Machine,
  name: string,
): PlacedVariable | undefined {
  let found: PlacedVariable | undefined
  undamaged(() => {
    eachVariable(debug, offset, machine, (variable) => {
      if (variable.name === name) found = variable
      return found === undefined
    })
  }, undefined)
  return found
}

function frameBase(unit: Unit, func: number, pc: number, machine: Machine): number | undefined {
  const location = locationAt(unit, func, At.frameBase, pc)
  if (location === undefined) return undefined
  const found = evaluate(unit, location.start, location.end, location.section, machine, undefined)
  // A frame base is an address: the location of a register stands for its contents (section 3.3.5).
  if (found?.kind === 'value') return found.lo
  return found?.kind === 'memory' ? found.address : undefined
}

function placed(
  unit: Unit,
  entry: number,
  pc: number,
  base: number | undefined,
  machine: Machine,
): PlacedVariable | undefined {
  const name = unit.inheritedText(entry, At.name)
  if (name === undefined) return undefined
  const typed = unit.withAttribute(entry, At.type)
  const type = typed < 0 ? -1 : unit.referred(typed, At.type)
  const place = constantOf(unit, entry) ?? locate(unit, entry, pc, base, machine)
  return { unit, name, type, parameter: unit.tag(entry) === Tag.formalParameter, place }
}

function show({ unit, name, type, parameter, place }: PlacedVariable, machine: Machine): Variable {
  const shown = { name, type: typeName(unit, type), parameter }
  if (place === undefined) return shown
  const value = showValue(unit, type, place, machine)
  const address = place.kind === 'memory' ? { address: place.address } : {}
  return value === undefined ? { ...shown, ...address } : { ...shown, value, ...address }
}

function locate(
  unit: Unit,
  entry: number,
  pc: number,
  base: number | undefined,
  machine: Machine,
): Location | undefined {
  const location = locationAt(unit, entry, At.location, pc)
  if (location === undefined) return undefined
  return undamaged(() => evaluate(unit, location.start, location.end, location.section, machine, base), undefined)
}

/** The value of a variable that is a constant. */
function constantOf(unit: Unit, entry: number): Location | undefined {
  const value = unit.attribute(entry, At.constValue)
  if (value?.kind !== Kind.Number) return undefined
  const number = value.number
  const hi = Math.floor(number / 2 ** 32)
  const isSigned = value.form === Form.sdata || value.form === Form.implicitConst
  return { kind: 'value', lo: number >>> 0, hi: isSigned ? hi | 0 : hi >>> 0 }
}
