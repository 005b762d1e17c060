;; Greatest common divisors by Euclid of all pairs below n: unsigned remainder, a tight loop of two variables.
(module
  (func $gcd (param $a i32) (param $b i32) (result i32)
    (local $rest i32)
    (loop $again
      (if (local.get $b)
        (then
          (local.set $rest (i32.rem_u (local.get $a) (local.get $b)))
          (local.set $a (local.get $b))
          (local.set $b (local.get $rest))
          (br $again))))
    (local.get $a))
  (func (export "run") (param $n i32) (result i32)
    (local $x i32) (local $y i32) (local $sum i32)
    (local.set $x (i32.const 1))
    (loop $rows
      (local.set $y (i32.const 1))
      (loop $columns
        (local.set $sum (i32.add (local.get $sum) (call $gcd (local.get $x) (local.get $y))))
        (local.set $y (i32.add (local.get $y) (i32.const 1)))
        (br_if $columns (i32.lt_u (local.get $y) (local.get $n))))
      (local.set $x (i32.add (local.get $x) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $x) (local.get $n))))
    (local.get $sum)))
