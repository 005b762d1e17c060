// Functions called through pointers of another type, and through a pointer to nothing: both kinds of failed indirect calls.
using Handler = int (*)(int, int);

static int sum(int a, int b) { return a + b; }
static double half(double a) { return a / 2; }

struct Event {
  int id;
  Handler handler;
};

__attribute__((noinline)) static int dispatch(Event &event, int depth) {
  int before = event.id * 100 + depth;
  if (depth > 0) return dispatch(event, depth - 1) + before;
  return event.handler(event.id, before) + before;
}

extern "C" __attribute__((export_name("run"))) int run(int which, int depth) {
  Event good{1, sum};
  Event bad{2, reinterpret_cast<Handler>(&half)};
  Event null{3, reinterpret_cast<Handler>(0x10000)};
  Event *events[] = {&good, &bad, &null};
  return dispatch(*events[which % 3], depth);
}
