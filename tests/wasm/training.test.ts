import { expect, it } from 'vitest'
import { decodeModule } from '#dist/wasm/decoder.js'
import { Op } from '#dist/wasm/opcodes.js'
import { FunctionValidator } from '#dist/wasm/validator.js'
import { trainingModule } from '#dist/wasm/validator-training.js'
import { hostWebAssembly } from '../support/host-wasm.js'

const module = trainingModule()

/** Notes the opcodes at which the scan stops. */
class Watched extends FunctionValidator {
  readonly stops = new Set<number>()
  protected override common(): boolean {
    this.stops.add(this.bytes[this.pos])
    return super.common()
  }
}

it('is a valid module for the host, too', () => {
  expect(hostWebAssembly.validate(module)).toBe(true)
})

it('goes through the scan, which stops only at opcodes that are not its own', () => {
  const info = decodeModule(module)
  const validator = new Watched(info)
  validator.validate(0, module, info.bodyStart[0], info.bodyEnd[0], info.bodyStart[0], null)
  expect([...validator.stops].toSorted((a, b) => a - b)).toEqual([Op.Loop, Op.End, Op.Select, Op.F32Const])
})
