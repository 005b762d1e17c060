/**
 * `engine.profile()`. The engine is the runtime's, and the runtime does not know the profiler; so the method is added here,
 * where both are known, and the package takes Engine from here.
 */
import { startProfile, type RunningProfile } from '../profiler/running-profile.js'
import type { ProfileOptions } from '../profiler/session.js'
import { Engine } from '../runtime/engine.js'

declare module '../runtime/engine.js' {
  interface Engine {
    /**
     * Starts a profile of this thread's guests and of what the engine does; `stop()` of what it returns gives the Profile.
     * A run of any length takes bounded memory.
     * @throws RangeError for a bad interval or depth, Error (ERR_WINDLASS_SAMPLER) when too many profiles run
     */
    profile(options?: ProfileOptions): RunningProfile
  }
}

Engine.prototype.profile = function profile(options?: ProfileOptions): RunningProfile {
  return startProfile(this, options)
}

export { Engine }
