// The n-body problem of five planets: f64 arithmetic on structures in memory, sqrt and division.
#include "kernel.h"

typedef struct {
  double x, y, z, vx, vy, vz, mass;
} Body;

#define BODIES 5
static Body bodies[BODIES];

static void set(Body *b, double x, double y, double z, double vx, double vy, double vz, double mass) {
  b->x = x, b->y = y, b->z = z, b->vx = vx, b->vy = vy, b->vz = vz, b->mass = mass;
}

static void advance(double dt) {
  for (int i = 0; i < BODIES; i++) {
    Body *a = &bodies[i];
    for (int j = i + 1; j < BODIES; j++) {
      Body *b = &bodies[j];
      double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
      double square = dx * dx + dy * dy + dz * dz;
      double magnitude = dt / (square * __builtin_sqrt(square));
      a->vx -= dx * b->mass * magnitude;
      a->vy -= dy * b->mass * magnitude;
      a->vz -= dz * b->mass * magnitude;
      b->vx += dx * a->mass * magnitude;
      b->vy += dy * a->mass * magnitude;
      b->vz += dz * a->mass * magnitude;
    }
  }
  for (int i = 0; i < BODIES; i++) {
    Body *b = &bodies[i];
    b->x += dt * b->vx;
    b->y += dt * b->vy;
    b->z += dt * b->vz;
  }
}

RUN double run(i32 n) {
  set(&bodies[0], 0, 0, 0, 0, 0, 0, 39.5);
  set(&bodies[1], 4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.038);
  set(&bodies[2], 8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011);
  set(&bodies[3], 12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.0017);
  set(&bodies[4], 15.4, -25.9, 0.2, 0.98, 0.6, -0.03, 0.002);
  for (i32 i = 0; i < n; i++) advance(0.01);
  double energy = 0;
  for (int i = 0; i < BODIES; i++) {
    Body *b = &bodies[i];
    energy += 0.5 * b->mass * (b->vx * b->vx + b->vy * b->vy + b->vz * b->vz);
  }
  return energy;
}
