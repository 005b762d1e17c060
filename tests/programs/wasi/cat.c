/* Copies standard input to standard output, counting to standard error. */
#include <stdio.h>
#include <unistd.h>
int main(void) {
  char buffer[4096];
  long total = 0;
  for (ssize_t n; (n = read(0, buffer, sizeof buffer)) > 0; total += n) {
    for (ssize_t done = 0; done < n;) {
      ssize_t wrote = write(1, buffer + done, n - done);
      if (wrote < 0) return 1;
      done += wrote;
    }
  }
  fprintf(stderr, "%ld bytes\n", total);
  return 0;
}
