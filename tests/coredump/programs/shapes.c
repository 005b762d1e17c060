// Types of C in a frame: structures, unions, enumerations, bit fields, arrays, strings, pointers; then an access beyond the memory.
typedef unsigned char byte;
enum Kind { CIRCLE = 1, SQUARE = 2, ODD = -5 };
union Size {
  int whole;
  float half;
};
struct Shape {
  enum Kind kind;
  union Size size;
  const char *name;
  struct Shape *next;
  unsigned red : 3, green : 5;
  byte code[4];
  double grid[2][2];
};

static int *const nowhere = (int *)0xfffffff0;

__attribute__((noinline)) static int area(struct Shape *shape, int (*scale)(int)) {
  const char *name = shape->name;
  char copy[8];
  for (int i = 0; i < 8; i++) copy[i] = name[i];
  _Bool big = shape->size.whole > 3;
  long long wide = -5000000000LL;
  int result = scale(shape->size.whole);
  return result + *nowhere + big + (int)wide + copy[0];
}

static int twice(int value) { return value * 2; }

__attribute__((export_name("run"))) int run(int size) {
  struct Shape second = {CIRCLE, {7}, "a circle", 0, 1, 2, {1, 2, 3, 4}, {{1, 2}, {3, 4}}};
  struct Shape first = {SQUARE, {size}, "square", &second, 5, 17, {9, 8, 7, 6}, {{0.5, 1.5}, {2.5, -3}}};
  first.kind = ODD;
  return area(&first, twice);
}
