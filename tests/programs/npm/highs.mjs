// HiGHS, C++ by Emscripten: linear and mixed-integer programs, floating point all the way.
import { fileURLToPath } from 'node:url'
import load from 'highs'

const highs = await load({ locateFile: () => fileURLToPath(import.meta.resolve('highs/runtime')) })
const terms = (count, factor) => Array.from({ length: count }, (_, i) => `${1 + ((i * factor) % 23)} x${i}`).join(' + ')
const variables = Array.from({ length: 30 }, (_, i) => `x${i}`)
const rows = Array.from({ length: 12 }, (_, i) => ` c${i}: ${terms(30, i + 5)} <= ${150 + i * 17}`)
const program = (whole) =>
  `Maximize\n obj: ${terms(30, 7)}\nSubject To\n${rows.join('\n')}\nBounds\n` +
  `${variables.map((name) => ` 0 <= ${name} <= 9`).join('\n')}\nGeneral\n ${variables.slice(0, whole).join(' ')}\nEnd`
for (const whole of [1, 10]) {
  const { Status, ObjectiveValue, Columns } = highs.solve(program(whole))
  console.log(Status, ObjectiveValue, JSON.stringify(Object.values(Columns).map(({ Primal }) => Primal)))
}
