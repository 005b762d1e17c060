/** Register names for listings, by hardware number (Intel SDM volume 1, 3.4.1). */

const GPR64 = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ')
const GPR32 = GPR64.map((name) => (/\d/.test(name) ? `${name}d` : `e${name.slice(1)}`))
const GPR16 = GPR64.map((name) => (/\d/.test(name) ? `${name}w` : name.slice(1)))
const GPR8 = GPR64.map((name, i) => {
  if (i >= 8) return `${name}b`
  return i < 4 ? `${name[1]}l` : `${name.slice(1)}l`
})

/** Name of a general register at a width of 8, 16, 32 or 64 bits. */
export function gprName(reg: number, width = 64): string {
  const names = width === 64 ? GPR64 : width === 32 ? GPR32 : width === 16 ? GPR16 : GPR8
  return names[reg]
}

export function xmmName(reg: number): string {
  return `xmm${reg}`
}
