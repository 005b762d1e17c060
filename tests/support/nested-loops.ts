/** A function `run` of an i32 with loops three deep: what tests of frames in loops have in common. */
export const NESTED_LOOPS = `(func (export "run") (param i32) (result i32) (local i32 i32 i32)
    (loop $i
      (local.set 1 (local.get 0))
      (loop $j
        (local.set 2 (i32.const 5))
        (loop $k
          (local.set 3 (i32.add (i32.rotl (local.get 3) (i32.const 3)) (i32.xor (local.get 1) (local.get 2))))
          (br_if $k (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
        (br_if $j (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
      (br_if $i (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
    (local.get 3))`
