// AssemblyScript: an array index out of range.
class Point {
  constructor(public x: i32, public y: f64) {}
}

function pick(points: StaticArray<Point>, index: i32): f64 {
  const scale: f64 = 1.25
  const wanted = index * 3
  return unchecked(points[0]).y * scale + points[wanted].y
}

export function run(count: i32, index: i32): f64 {
  const points = new StaticArray<Point>(count)
  for (let i = 0; i < count; i++) points[i] = new Point(i, i * 0.5)
  return pick(points, index)
}
