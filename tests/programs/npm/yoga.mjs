// Yoga, C++ by Emscripten with embind: a flexbox layout.
import Yoga, { Align, Edge, FlexDirection, Justify, Wrap } from 'yoga-layout'

const root = Yoga.Node.create()
root.setFlexDirection(FlexDirection.Row)
root.setJustifyContent(Justify.SpaceBetween)
root.setAlignItems(Align.Center)
root.setFlexWrap(Wrap.Wrap)
root.setPadding(Edge.All, 7.5)
root.setWidth(500)
for (let i = 0; i < 12; i++) {
  const child = Yoga.Node.create()
  child.setWidth(60 + i * 9)
  child.setHeight(20 + ((i * 13) % 37))
  child.setMargin(Edge.Left, i)
  child.setFlexGrow(i % 3)
  if (i % 4 === 0) child.setMeasureFunc((width) => ({ width: width / 3, height: 11 }))
  root.insertChild(child, i)
}
root.calculateLayout(500, undefined)
console.log(JSON.stringify(root.getComputedLayout()))
for (let i = 0; i < root.getChildCount(); i++) console.log(i, JSON.stringify(root.getChild(i).getComputedLayout()))
root.freeRecursive()
