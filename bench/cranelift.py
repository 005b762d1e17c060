# Runs a kernel in Wasmtime (Cranelift), by the Python package `wasmtime`: python3 cranelift.py FILE N SECONDS
# Prints the CPU milliseconds of a round after a warm-up, and the result, as rounds.ts does.
import json
import sys
import time

import wasmtime

path, n, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
store = wasmtime.Store(wasmtime.Engine())
with open(path, 'rb') as file:
    module = wasmtime.Module(store.engine, file.read())
run = wasmtime.Instance(store, module, []).exports(store)['run']


def round_ms():
    start = time.process_time()
    result = run(store, n)
    return (time.process_time() - start) * 1000, result


first, result = round_ms()
round_ms()
times = []
while len(times) < 3 or sum(times) < seconds * 1000:
    times.append(round_ms()[0])
times.sort()
at = lambda q: times[round((len(times) - 1) * q)]
print('ROUNDS ' + json.dumps({
    'subject': path, 'load': 0, 'first': first, 'p25': at(0.25), 'p50': at(0.5), 'p75': at(0.75), 'count': len(times),
    'result': str(result),
}))
