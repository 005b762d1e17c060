;; What a WebAssembly program needs to greet the world: one import of WASI, one memory, one function.
;; Then it works a little: it prints the primes below 100, each found by trial division.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $count i32) (param $written i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0: an iovec {address, length}, 8: bytes written, 16: digits are built backwards up to 32, 64: texts
  (data (i32.const 64) "Hello from Windlass: WebAssembly compiled to machine code a moment ago.\n")
  (data (i32.const 192) "Primes below 100:")
  (data (i32.const 224) "\n")

  (func $print (param $address i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $address))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  ;; Prints a space and the number in decimal.
  (func $print_number (param $n i32)
    (local $at i32)
    (local.set $at (i32.const 32))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (br_if $digit (local.tee $n (i32.div_u (local.get $n) (i32.const 10)))))
    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
    (i32.store8 (local.get $at) (i32.const 32))
    (call $print (local.get $at) (i32.sub (i32.const 32) (local.get $at))))

  (func $is_prime (param $n i32) (result i32)
    (local $d i32)
    (local.set $d (i32.const 2))
    (loop $next
      (if (i32.gt_u (i32.mul (local.get $d) (local.get $d)) (local.get $n)) (then (return (i32.const 1))))
      (if (i32.eqz (i32.rem_u (local.get $n) (local.get $d))) (then (return (i32.const 0))))
      (local.set $d (i32.add (local.get $d) (i32.const 1)))
      (br $next))
    (unreachable))

  (func (export "_start")
    (local $n i32)
    (call $print (i32.const 64) (i32.const 72))
    (call $print (i32.const 192) (i32.const 17))
    (local.set $n (i32.const 2))
    (loop $each
      (if (call $is_prime (local.get $n)) (then (call $print_number (local.get $n))))
      (br_if $each (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 100))))
    (call $print (i32.const 224) (i32.const 1)))

  ;; windlass run --invoke gcd examples/hello.wat 48 36
  (func (export "gcd") (param $a i32) (param $b i32) (result i32)
    (local $r i32)
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $b)))
        (local.set $r (i32.rem_u (local.get $a) (local.get $b)))
        (local.set $a (local.get $b))
        (local.set $b (local.get $r))
        (br $more)))
    (local.get $a)))
