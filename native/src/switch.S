// Switching between the host's stack and the guest's fiber. The one place where rsp moves between stacks.
//
// The gate (native/gate) has a copy of its own, so that it gets here by direct jumps; both copies are one interface: what
// the one suspends the other resumes.
//
// The host side is an ordinary C call (wl_enter, wl_resume) that returns at the guest's next yield; it saves the six
// callee-saved registers of the System V ABI on the host stack and the resulting rsp in ExecContext.hostSp. MXCSR and
// the x87 control word are not saved: no guest instruction changes them. The guest side follows docs/abi.md.
//
// The processor predicts returns from a stack of its own, which a switch leaves out of step: each `ret` that does not
// match the newest call costs a misprediction, and so does every later one. So `resume` leaves by an indirect jump (which
// is predicted by target) and keeps its caller on top of the predictor's stack; a yielding stub pushes the address it goes
// on at and jumps here, and returns by pop and jump. Then one entry too many, the guest's call of the stub, is on that
// stack at a yield; wl_switch_to_host takes it off with one deliberate misprediction and all host returns match.
// `node dist/bench/native/switch.js` measures both ways: 50 and 88 ns a round trip on a 2.5 GHz Xeon, 22 of them Node-API.
//
// No unwind information is given: neither C++ exceptions nor the host's unwinder ever cross this point.
#include "layout.h"

        .intel_syntax noprefix
        .text

        .macro save_host
        push    rbx
        push    rbp
        push    r12
        push    r13
        push    r14
        push    r15
        mov     [rdi + WL_CTX_HOST_SP], rsp
        mov     dword ptr [rdi + WL_CTX_RUNNING], 1
        .endm

        // Back to the host: r11 = context. Leaves with the return address of wl_enter or wl_resume on top of the stack.
        .macro restore_host
        mov     dword ptr [r11 + WL_CTX_RUNNING], 0
        mov     rsp, [r11 + WL_CTX_HOST_SP]
        pop     r15
        pop     r14
        pop     r13
        pop     r12
        pop     rbp
        pop     rbx
        .endm

// void wl_enter(ExecContext *context): jumps to the entry stub of the record in `callee` on the fiber, below fiberSp.
// The stub ends with a copy of wl_exit: a call would be one return more, and those are dear where prediction is restricted.
// The frame it builds there is EntryFrame of context.h, with the context's address below it for the way back.
        .globl  wl_enter
        .hidden wl_enter
        .type   wl_enter, @function
        .balign 16
wl_enter:
        save_host
        mov     rax, [rdi + WL_CTX_FIBER_SP]
        mov     rsp, rax
        push    rax
        push    [rdi + WL_CTX_ENTRY_BASE]
        push    0
        push    [rdi + WL_CTX_FP]
        mov     rbp, rsp
        push    rdi
        mov     [rdi + WL_CTX_ENTRY_BASE], rbp
        mov     r11, [rdi + WL_CTX_CALLEE]
        mov     r14, [r11 + WL_RECORD_CTX]
        mov     r15, [r14 + WL_VMCTX_MEM_BASE]
        jmp     [r11 + WL_RECORD_ENTRY_STUB]
        .size   wl_enter, . - wl_enter

// What an entry stub ends with, with the stack as wl_enter left it: the entered call is done. The runtime copies these bytes.
        .globl  wl_exit
        .hidden wl_exit
        .type   wl_exit, @function
        .balign 16
wl_exit:
        pop     r11
        mov     dword ptr [r11 + WL_CTX_REASON], WL_REASON_DONE
        pop     [r11 + WL_CTX_FP]
        add     rsp, 8
        pop     [r11 + WL_CTX_ENTRY_BASE]
        // fiberSp from rsp, not from the frame: one trip through memory less for the next entry to wait on.
        add     rsp, 8
        mov     [r11 + WL_CTX_FIBER_SP], rsp
        restore_host
        ret
        .globl  wl_exit_end
        .hidden wl_exit_end
wl_exit_end:
        .size   wl_exit, . - wl_exit

// void wl_resume(ExecContext *context): goes on at the address that the guest pushed when it yielded, with r11 = context.
        .globl  wl_resume
        .hidden wl_resume
        .type   wl_resume, @function
        .balign 16
wl_resume:
        save_host
        mov     r11, rdi
        mov     rsp, [rdi + WL_CTX_FIBER_SP]
        pop     rbp
        pop     rax
        jmp     rax
        .size   wl_resume, . - wl_resume

// Jumped to by guest stubs with r11 = context and the address to go on at pushed, after they wrote reason and operand.
// (A call does the same and works, only slower.)
        .globl  wl_switch_to_host
        .hidden wl_switch_to_host
        .type   wl_switch_to_host, @function
        .balign 16
wl_switch_to_host:
        push    rbp
        mov     [r11 + WL_CTX_FIBER_SP], rsp
        mov     [r11 + WL_CTX_FP], rbp
        mov     [r11 + WL_CTX_VMCTX], r14
        restore_host
        lea     rax, [rip + 1f]
        push    rax
        ret
1:      ret
        // The runtime copies these bytes to the end of its stubs, sparing them an indirect jump: they name nothing outside.
        .globl  wl_switch_to_host_end
        .hidden wl_switch_to_host_end
wl_switch_to_host_end:
        .size   wl_switch_to_host, . - wl_switch_to_host

// Where the signal handler makes a trapping guest go on, with r11 = context. It runs as if returned from the handler,
// on whatever is left of the fiber, and touches none of it.
        .globl  wl_trap_return
        .hidden wl_trap_return
        .type   wl_trap_return, @function
        .balign 16
wl_trap_return:
        restore_host
        ret
        .size   wl_trap_return, . - wl_trap_return

        .section .note.GNU-stack, "", @progbits
