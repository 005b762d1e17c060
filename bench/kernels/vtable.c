// Objects of five classes called through their function tables in mixed order: call_indirect with changing targets.
#include "kernel.h"

typedef struct Shape Shape;
typedef struct {
  i32 (*area)(const Shape *);
  void (*grow)(Shape *, i32);
} Class;
struct Shape {
  const Class *class;
  i32 a, b;
};

static i32 square_area(const Shape *s) { return s->a * s->a; }
static i32 rectangle_area(const Shape *s) { return s->a * s->b; }
static i32 triangle_area(const Shape *s) { return s->a * s->b / 2; }
static i32 circle_area(const Shape *s) { return s->a * s->a * 355 / 113; }
static i32 point_area(const Shape *s) { return s->b & 1; }
static void grow_a(Shape *s, i32 by) { s->a = (s->a + by) & 1023; }
static void grow_b(Shape *s, i32 by) { s->b = (s->b ^ by) & 1023; }
static void grow_both(Shape *s, i32 by) { s->a = (s->a + by) & 1023, s->b = (s->b + s->a) & 1023; }

static const Class classes[5] = {{square_area, grow_a},
                                 {rectangle_area, grow_both},
                                 {triangle_area, grow_both},
                                 {circle_area, grow_a},
                                 {point_area, grow_b}};
#define SHAPES 1000
static Shape shapes[SHAPES];

RUN i32 run(i32 n) {
  random_state = 5;
  for (u32 i = 0; i < SHAPES; i++) {
    shapes[i].class = &classes[random_u32() % 5];
    shapes[i].a = (i32)(random_u32() & 1023);
    shapes[i].b = (i32)(random_u32() & 1023);
  }
  i32 sum = 0;
  for (i32 round = 0; round < n; round++) {
    for (u32 i = 0; i < SHAPES; i++) {
      Shape *s = &shapes[i];
      sum = sum * 31 + s->class->area(s);
      s->class->grow(s, round & 7);
    }
  }
  return sum;
}
