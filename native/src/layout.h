// Byte offsets that the assembly in switch.S uses. Preprocessor constants only, so that both languages can include
// them; context.h asserts that they agree with the C++ structures, the runtime asserts that those agree with tiers/abi.ts.
#ifndef WINDLASS_LAYOUT_H
#define WINDLASS_LAYOUT_H

// ExecContext
#define WL_CTX_REASON 0
#define WL_CTX_CALLEE 8
#define WL_CTX_FIBER_SP 16
#define WL_CTX_HOST_SP 24
#define WL_CTX_ENTRY_BASE 32
#define WL_CTX_VMCTX 80
#define WL_CTX_FP 88
#define WL_CTX_RUNNING 532

// The record that is entered, and the head of its context (FuncrefRecord and Vmctx of tiers/abi.ts).
#define WL_RECORD_CTX 8
#define WL_RECORD_ENTRY_STUB 24
#define WL_VMCTX_MEM_BASE 8

// Yield reasons that the addon itself writes.
#define WL_REASON_DONE 0
#define WL_REASON_TRAP 5

#endif
