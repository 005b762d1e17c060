// Debug information with what C++ compilers make of it: namespaces, templates, inlined calls at several depths.
struct Point {
  int x;
  int y;
};

namespace geometry {

template <typename T>
static inline __attribute__((always_inline)) T square(T value) {
  return value * value;
}

static inline __attribute__((always_inline)) int distance(const Point &a, const Point &b) {
  int dx = a.x - b.x;
  int dy = a.y - b.y;
  return square(dx) + square(dy);
}

class Path {
 public:
  __attribute__((noinline)) int length(const Point *points, unsigned count) const {
    int total = offset_;
    for (unsigned i = 1; i < count; i++) {
      total += distance(points[i - 1], points[i]);
    }
    return total / (static_cast<int>(count) - 3);
  }

 private:
  int offset_ = 7;
};

}  // namespace geometry

static Point points[] = {{1, 2}, {4, 6}, {10, 14}, {-3, 5}};

extern "C" __attribute__((export_name("length"))) int path_length(unsigned count) {
  geometry::Path path;
  return path.length(points, count);
}

extern "C" __attribute__((export_name("unused"))) void other(int *where) {
  *where = geometry::square(*where);
}
