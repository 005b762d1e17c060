;; A machine of eight states, n steps: br_table, state in mutable globals, operands left on the stack across a block.
(module
  (global $state (mut i32) (i32.const 0))
  (global $sum (mut i64) (i64.const 0))
  (func $step (param $input i32)
    (block $leave (result i32)
      (block $7 (block $6 (block $5 (block $4 (block $3 (block $2 (block $1 (block $0
        (br_table $0 $1 $2 $3 $4 $5 $6 $7 (global.get $state)))
        ;; 0
        (br $leave (i32.and (local.get $input) (i32.const 7))))
        ;; 1
        (global.set $sum (i64.add (global.get $sum) (i64.extend_i32_u (local.get $input))))
        (br $leave (i32.const 4)))
        ;; 2
        (global.set $sum (i64.rotl (global.get $sum) (i64.const 7)))
        (br $leave (select (i32.const 5) (i32.const 1) (i32.and (local.get $input) (i32.const 16)))))
        ;; 3
        (br $leave (i32.rem_u (local.get $input) (i32.const 7))))
        ;; 4
        (global.set $sum (i64.xor (global.get $sum) (i64.extend_i32_s (local.get $input))))
        (br $leave (i32.shr_u (local.get $input) (i32.const 29))))
        ;; 5
        (br $leave (i32.and (i32.popcnt (local.get $input)) (i32.const 7))))
        ;; 6
        (global.set $sum (i64.mul (global.get $sum) (i64.const 31)))
        (br $leave (i32.ctz (i32.or (local.get $input) (i32.const 128)))))
      ;; 7
      (i32.clz (i32.or (local.get $input) (i32.const 0x01000000))))
    (i32.and (i32.const 7))
    (global.set $state))
  (func (export "run") (param $n i32) (result i64)
    (local $random i32)
    (global.set $state (i32.const 0))
    (global.set $sum (i64.const 1))
    (local.set $random (i32.const 1))
    (loop $again
      (local.set $random (i32.add (i32.mul (local.get $random) (i32.const 1664525)) (i32.const 1013904223)))
      (call $step (local.get $random))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (local.get $n)))
    (global.get $sum)))
