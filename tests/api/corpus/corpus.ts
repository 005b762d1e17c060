/**
 * The corpus of snippets by which our namespace is compared with V8's: each is a line of JavaScript, run as the body of
 * an async function (or as its returned expression), with
 *
 *   W         the namespace under test;
 *   m         the fixtures as bytes, by name;
 *   props(o)  own properties as text: name, attributes, kind of value;
 *   detached() an ArrayBuffer after its transfer, and some damaged modules as constants.
 *
 * What V8 13.6 (Node 24) gave is recorded in `tests/golden/api-v8-13.6.json` (`node tests/api/record.ts` under Node 24);
 * V8's texts change with its versions, and that is the one that we speak.
 */
import { instanceSection } from './instance.js'
import { moduleSection } from './module.js'
import { objectsSection } from './objects.js'
import { streamingSection } from './streaming.js'
import { surface } from './surface.js'
import { suspendingSection } from './suspending.js'
import { trapsSection } from './traps.js'

export interface Section {
  readonly name: string
  readonly snippets: readonly string[]
}

export const CORPUS: readonly Section[] = [
  surface,
  moduleSection,
  instanceSection,
  objectsSection,
  trapsSection,
  streamingSection,
  suspendingSection,
]
