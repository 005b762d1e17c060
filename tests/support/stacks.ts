/** The stacks of a profile's thread as text. */
import { CATEGORIES, categoryOf, subcategoryOf } from '#dist/profiler/categories.js'
import type { ProfileData } from '#dist/profiler/profile.js'

/** `name[subcategory]` of each frame, outermost first; the category where there is no subcategory. */
function stackText(profile: ProfileData, stack: number): string {
  const names: string[] = []
  for (let at = stack; at >= 0; at = profile.stackPrefix[at]) {
    const { func, kind } = profile.frames[profile.stackFrame[at]]
    const { name, subcategories } = CATEGORIES[categoryOf(kind)]
    const sub = subcategories[subcategoryOf(kind)]
    names.unshift(`${profile.functions[func].name}[${sub === 'Other' ? name : sub}]`)
  }
  return names.join(' ')
}

/** Samples by the text of their stack. */
export function stackCounts(profile: ProfileData, thread = 0): Map<string, number> {
  const found = new Map<string, number>()
  const track = profile.threads[thread]
  for (let i = 0; i < track.sampleCount; i++) {
    const text = stackText(profile, track.stack(i))
    found.set(text, (found.get(text) ?? 0) + 1)
  }
  return found
}
