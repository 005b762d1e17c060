/** Profiles as a program has them: `engine.profile()`, later `stop()`, then a Profile to look at, to serve or to write. */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Engine } from '../runtime/engine.js'
import { cpuProfile } from './cpuprofile.js'
import { firefoxProfile } from './firefox.js'
import { jsonText } from './json.js'
import { hottest, type FunctionTime, type ProfileData } from './profile.js'
import { ProfileSession, type ProfileOptions } from './session.js'

export type ProfileFormat = 'firefox' | 'cpuprofile'

/** A finished profile. */
export class Profile {
  /** Everything that is known. */
  readonly data: ProfileData

  constructor(data: ProfileData) {
    this.data = data
  }

  /** Functions by the time spent in them, the hottest first. */
  hottest(): FunctionTime[] {
    return hottest(this.data)
  }

  /** The document in pieces of JSON text, for a file, a response or a socket. */
  text(format: ProfileFormat = 'firefox'): Iterable<string> {
    const { data } = this
    return jsonText(format === 'firefox' ? firefoxProfile(data) : cpuProfile(data, data.threads[0]))
  }

  /** Writes the document to a file, with turns of the event loop in between. @throws what writing files throws */
  async write(path: string, format: ProfileFormat = 'firefox'): Promise<void> {
    await pipeline(Readable.from(this.text(format)), createWriteStream(path))
  }
}

/** A profile that is being taken. */
export class RunningProfile {
  private readonly session: ProfileSession
  private finished: Profile | undefined

  /** @internal Use `engine.profile()`. */
  constructor(session: ProfileSession) {
    this.session = session
  }

  /** Ends it. Once more gives the same profile. */
  stop(): Profile {
    this.finished ??= new Profile(this.session.stop())
    return this.finished
  }
}

/**
 * Profiles this thread's guests, and what `engine` does.
 * @throws RangeError for a bad interval or depth, Error (ERR_WINDLASS_SAMPLER) when too many profiles run
 */
export function startProfile(engine: Engine, options?: ProfileOptions): RunningProfile {
  // Where there is a program, JavaScript drives the guest.
  return new RunningProfile(new ProfileSession(engine, { javascript: true, ...options }))
}
