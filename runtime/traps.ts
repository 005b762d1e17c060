/**
 * From a signal to an error. The handler stored only registers; what they mean is looked up here: the site of the
 * faulting instruction says why it may trap. A fault that no site explains is a bug of ours and becomes an ordinary
 * Error that says so, never a trap that the guest could be blamed for.
 */
import { ExecContext, STACK_GUARD_SIZE, TrapCode } from '../tiers/abi.js'
import { siteAux, siteTrap } from '../tiers/compiled.js'
import { attachBacktrace, innermostVersion } from './backtrace.js'
import { findVersion } from './code.js'
import { control, controlAddress } from './context.js'
import { Found, explainTrap } from './coredump/attach.js'
import { STACK_OVERFLOW_MESSAGE, trapError, type RuntimeError } from './errors.js'

/** True when the faulting access hit the guard below the current fiber. */
function inStackGuard(address: number): boolean {
  const low = controlAddress(ExecContext.fiberLow)
  return address < low && address >= low - STACK_GUARD_SIZE
}

/** Frames of the engine for a few calls into guests within each other. */
const OWN_FRAMES = 32

/** Tells the two reasons of a hardware divide fault apart by the divisor, whose register the site names. */
function divideCode(register: number): TrapCode {
  const divisor = controlAddress(ExecContext.trapGprs + register * 8)
  return divisor === 0 ? TrapCode.DivideByZero : TrapCode.DivideUnrepresentable
}

/** The trap code of the site at a pc, None when no site explains it. */
function codeAt(pc: number): TrapCode {
  const found = findVersion(pc)
  if (found === undefined) return TrapCode.None
  const { versions } = found.code
  const site = versions.findSite(found.version, pc - found.start, false)
  if (site < 0) return TrapCode.None
  const info = versions.siteWord(site + 2)
  const trap = siteTrap(info) as TrapCode
  return trap === TrapCode.DivideFault ? divideCode(siteAux(info)) : trap
}

/** Why the guest faulted, None when nothing explains it. */
function faultCode(pc: number): TrapCode {
  const address = controlAddress(ExecContext.trapAddress)
  return address !== 0 && inStackGuard(address) ? TrapCode.StackOverflow : codeAt(pc)
}

/**
 * Makes an error whose stack has room for the engine's own frames, which the backtrace leaves out: between two calls from JavaScript into guests
 * stand about six of them, and V8 keeps ten frames in all.
 */
function withOwnFrames(make: () => RuntimeError): RuntimeError {
  const limit: unknown = Error.stackTraceLimit
  // Whoever wants no stack gets none. With frozen intrinsics nothing can be set.
  if (typeof limit !== 'number' || !(limit > 0)) return make()
  Reflect.set(Error, 'stackTraceLimit', limit + OWN_FRAMES)
  try {
    return make()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit)
  }
}

/** The error of a fault. */
function faultError(pc: number, code: TrapCode): RuntimeError {
  if (code === TrapCode.StackOverflow) return new RangeError(STACK_OVERFLOW_MESSAGE)
  if (code !== TrapCode.None) return trapError(code)
  const signal = control[ExecContext.trapSignal / 4]
  const where = `pc 0x${pc.toString(16)}, address 0x${controlAddress(ExecContext.trapAddress).toString(16)}`
  return new Error(`Windlass: unexplained fault in compiled code (signal ${signal}, ${where})`)
}

function report(error: RuntimeError, found: Found, code: TrapCode, pc: number, fp: number): RuntimeError {
  attachBacktrace(error, pc, fp)
  explainTrap(error, found, code)
  innermostVersion(pc, fp)?.code.engine.events.emit('trap', { error, time: performance.now() })
  return error
}

/** Throws the error of the trap that the trap record describes. @throws RuntimeError, or RangeError for the stack */
export function throwTrap(): never {
  const pc = controlAddress(ExecContext.trapPc)
  const code = faultCode(pc)
  throw report(
    withOwnFrames(() => faultError(pc, code)),
    Found.Fault,
    code,
    pc,
    controlAddress(ExecContext.trapFp),
  )
}

/** Throws a trap that the runtime found while it did something for the guest. @throws RuntimeError */
export function throwOpTrap(code: TrapCode): never {
  const error = withOwnFrames(() => trapError(code))
  throw report(error, Found.RuntimeOp, code, 0, controlAddress(ExecContext.fp))
}
