;; memory.copy and memory.fill of 1 to 300 bytes, n times, overlapping now and then; reads back after each.
(module
  (memory 4)
  (func (export "run") (param $n i32) (result i32)
    (local $random i32) (local $from i32) (local $to i32) (local $bytes i32) (local $sum i32)
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 262144))
    (local.set $random (i32.const 1))
    (loop $again
      (local.set $random (i32.add (i32.mul (local.get $random) (i32.const 1664525)) (i32.const 1013904223)))
      (local.set $from (i32.shr_u (local.get $random) (i32.const 15)))
      (local.set $to (i32.and (i32.mul (local.get $from) (i32.const 13)) (i32.const 0x1ffff)))
      (local.set $bytes (i32.add (i32.rem_u (local.get $from) (i32.const 300)) (i32.const 1)))
      (memory.fill (local.get $from) (local.get $random) (i32.const 16))
      (memory.copy (local.get $to) (local.get $from) (local.get $bytes))
      (local.set $sum
        (i32.add
          (i32.mul (local.get $sum) (i32.const 31))
          (i32.load8_u (i32.add (local.get $to) (i32.shr_u (local.get $bytes) (i32.const 1))))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $again (local.get $n)))
    (local.get $sum)))
