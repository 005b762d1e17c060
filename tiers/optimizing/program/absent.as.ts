/** What the optimizing compiler's sources import and its program does not have, in AssemblyScript: fuel, disorder for tests, what only V8 needs. */
import { CompileEnv } from './env'
import { Uint8Array, Int32Array } from './prelude'

export class FuelMeter {
  end: i32 = 0
  enter(): void {}
  leave(): void {}
  run(_bytes: Uint8Array, _at: i32): i32 {
    return 0
  }
}

export function fuelMeter(_env: CompileEnv): FuelMeter | null {
  return null
}

export class Chaos {
  worst: bool = false
  below(_n: i32): i32 {
    return 0
  }
  prefersFirst(_first: f64, _second: f64): bool {
    return true
  }
  shuffle(_values: Int32Array, _from: i32, _to: i32): void {}
}

export class RuleHits {
  @inline add(_rule: i32): void {}
}

export function declareMutable(_object: Object): void {}
