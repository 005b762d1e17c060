/* Heap, sorting, floats, 64-bit integers: the answers are the same on every machine. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t seed = 12345;
static uint32_t next(void) { return seed = seed * 1664525u + 1013904223u; }
static int compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

int main(void) {
  const int n = 200000;
  uint32_t *v = malloc(n * sizeof *v);
  for (int i = 0; i < n; i++) v[i] = next();
  qsort(v, n, sizeof *v, compare);
  uint64_t hash = 14695981039346656037ull;
  for (int i = 0; i < n; i++) hash = (hash ^ v[i]) * 1099511628211ull;
  printf("sorted %u %u %u hash %016llx\n", v[0], v[n / 2], v[n - 1], (unsigned long long)hash);
  free(v);

  double sum = 0;
  for (int k = 0; k < 1000000; k++) sum += (k & 1 ? -4.0 : 4.0) / (2 * k + 1);
  printf("pi %.9f sqrt %.12g pow %.10g exp %e float %.3f %g %a\n", sum, sqrt(2), pow(1.1, 20), exp(10), 1.0f / 3, 1e100, 0.1);

  uint32_t primes = 0;
  static unsigned char sieve[2000000];
  for (uint32_t i = 2; i < sizeof sieve; i++) {
    if (sieve[i]) continue;
    primes++;
    for (uint64_t j = (uint64_t)i * i; j < sizeof sieve; j += i) sieve[j] = 1;
  }
  printf("%u primes\n", primes);

  char text[200] = "";
  for (int i = 0; i < 10; i++) snprintf(text + strlen(text), sizeof text - strlen(text), "%d,", i * i - 20);
  printf("%s %lld %llx\n", text, (long long)INT64_MIN, (unsigned long long)-1);
  int64_t a = -7000000000, b = 3;
  printf("%lld %lld %d %u\n", (long long)(a / b), (long long)(a % b), (int)(a >> 7), (unsigned)(a * 31));
  return 0;
}
