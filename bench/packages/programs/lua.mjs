// Lua 5.4, C by Emscripten: tables, strings, closures, coroutines, float and integer arithmetic.
import { LuaFactory } from 'wasmoon'

const PROGRAM = `
  local function sieve(n)
    local composite, count = {}, 0
    for i = 2, n do
      if not composite[i] then
        count = count + 1
        for j = i * i, n, i do composite[j] = true end
      end
    end
    return count
  end
  local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
  local t, x = {}, 42
  for i = 1, 4000 do x = (x * 16807) % 2147483647; t[i] = x end
  table.sort(t, function(a, b) return a < b end)
  local words = {}
  for w in (('the quick brown fox '):rep(300)):gmatch('%a+') do words[w] = (words[w] or 0) + #w end
  local s = {}
  for i = 1, 1500 do s[#s + 1] = string.format('%05d:%s', i, ('x'):rep(i % 7)) end
  local sum = 0
  local co = coroutine.wrap(function() for i = 1, 3000 do coroutine.yield(i) end end)
  for i = 1, 3000 do sum = sum + co() end
  local e = 0.0
  for i = 1, 30000 do e = e + math.sqrt(i) / (i + 1) end
  return string.format('%d %d %d %d %d %d %.10f', sieve(20000), fib(20), t[2000], words.quick, #table.concat(s), sum, e)
`

export async function load() {
  const lua = await new LuaFactory().createEngine()
  return () => lua.doString(PROGRAM)
}
