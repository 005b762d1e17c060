/** `windlass compile -o FILE`: writes a module with all of its code as a file that `windlass run` takes. */
import { writeFileSync } from 'node:fs'
import { codeIdentity, digestOf } from '../runtime/code-identity.js'
import type { Module } from '../runtime/module.js'
import { codeOf, reasonOf } from '../runtime/system-errors.js'
import { CommandError } from './errors.js'

/** @param module compiled whole while it was recorded @throws CommandError */
export function writeImage(module: Module, file: string): void {
  const { bytes, code, engine } = module
  const image = module.allCode().finish(codeIdentity(engine), digestOf(bytes), code.functionCount, bytes, digestOf)
  try {
    writeFileSync(file, image)
  } catch (error) {
    if (codeOf(error) === '') throw error
    throw new CommandError(`cannot write ${file}: ${reasonOf(error)}`)
  }
}
