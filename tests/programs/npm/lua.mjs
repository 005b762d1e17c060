// Lua 5.4, C by Emscripten: setjmp/longjmp through JavaScript exceptions, callbacks both ways.
import { LuaFactory } from 'wasmoon'

const lua = await new LuaFactory().createEngine()
lua.global.set('host', (a, b) => `${a}+${b}`)
console.log(
  await lua.doString(`
  local t = {}
  for i = 1, 1000 do t[i] = (i * 7919) % 1009 end
  table.sort(t)
  local s = 0
  for i, v in ipairs(t) do s = s + i * v end
  return s
`),
)
console.log(await lua.doString(`return host(3, 'x')`))
console.log(
  await lua.doString(`local ok, e = pcall(function() error('caught') end) return tostring(ok) .. tostring(e)`),
)
console.log(await lua.doString(`return string.format('%.17g %s %d', 0.1, ('abc'):rep(3), 2^53 // 1)`))
console.log(
  await lua.doString(`
  local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
  local s = 0
  for i in gen(100) do s = s + i end
  return s
`),
)
try {
  await lua.doString(`error('uncaught')`)
} catch (error) {
  console.log(error.message.split('\n')[0])
}
lua.global.close()
