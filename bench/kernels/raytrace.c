// Spheres seen through an n by n grid of rays: f32 arithmetic, comparisons, sqrt, floats passed to calls.
#include "kernel.h"

typedef struct {
  float x, y, z, radius;
} Sphere;

static Sphere spheres[8];

NOINLINE static float hit(const Sphere *s, float dx, float dy, float dz) {
  float b = s->x * dx + s->y * dy + s->z * dz;
  float c = s->x * s->x + s->y * s->y + s->z * s->z - s->radius * s->radius;
  float square = b * b - c;
  if (square < 0) return -1;
  float root = __builtin_sqrtf(square);
  return b - root > 0 ? b - root : b + root;
}

RUN double run(i32 n) {
  for (int i = 0; i < 8; i++) {
    Sphere s = {(float)(i % 3) - 1, (float)(i % 5) * 0.5f - 1, 3 + (float)i, 0.5f + (float)i * 0.1f};
    spheres[i] = s;
  }
  double sum = 0;
  for (int y = 0; y < n; y++) {
    for (int x = 0; x < n; x++) {
      float dx = (float)x / (float)n - 0.5f, dy = (float)y / (float)n - 0.5f;
      float scale = 1 / __builtin_sqrtf(dx * dx + dy * dy + 1);
      float near = 1e9f;
      for (int i = 0; i < 8; i++) {
        float t = hit(&spheres[i], dx * scale, dy * scale, scale);
        if (t > 0 && t < near) near = t;
      }
      if (near < 1e9f) sum += near;
    }
  }
  return sum;
}
