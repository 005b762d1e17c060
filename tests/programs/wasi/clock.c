/* Sleeps, and asks the clocks before and after. */
#include <stdio.h>
#include <time.h>
#include <poll.h>
int main(void) {
  struct timespec before, after, wall;
  clock_gettime(CLOCK_MONOTONIC, &before);
  struct timespec ask = {0, 20000000};
  nanosleep(&ask, NULL);
  clock_gettime(CLOCK_MONOTONIC, &after);
  clock_gettime(CLOCK_REALTIME, &wall);
  double slept = (after.tv_sec - before.tv_sec) * 1e3 + (after.tv_nsec - before.tv_nsec) / 1e6;
  printf("slept %s\n", slept >= 19.9 && slept < 5000 ? "long enough" : "wrong");
  printf("wall %s\n", wall.tv_sec > 1700000000 ? "plausible" : "wrong");
  struct pollfd fds[1] = {{1, POLLOUT, 0}};
  printf("poll %d %d\n", poll(fds, 1, 1000), fds[0].revents & POLLOUT);
  return 0;
}
