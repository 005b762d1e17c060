/* Waits for standard input with a limit, then reads what came. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  struct pollfd fds[1] = {{0, POLLIN, 0}};
  for (int i = 0; i < 1000; i++) {
    int n = poll(fds, 1, 20);
    if (n == 0) {
      if (i == 0) puts("nothing yet");
      continue;
    }
    char buffer[64];
    ssize_t got = read(0, buffer, sizeof buffer);
    if (got <= 0) break;
    printf("got %.*s", (int)got, buffer);
    fflush(stdout);
  }
  puts("end");
  return 0;
}
