// Yoga, C++ by Emscripten with embind: flexbox layouts of a large tree.
import Yoga, { Align, Edge, FlexDirection, Justify, Wrap } from 'yoga-layout'
import { random } from './input.mjs'

function tree(next, depth) {
  const node = Yoga.Node.create()
  node.setFlexDirection(depth % 2 === 0 ? FlexDirection.Row : FlexDirection.Column)
  node.setJustifyContent(Justify.SpaceBetween)
  node.setAlignItems(next(2) === 0 ? Align.Center : Align.Stretch)
  node.setFlexWrap(next(3) === 0 ? Wrap.Wrap : Wrap.NoWrap)
  node.setPadding(Edge.All, next(7))
  node.setFlexGrow(next(3))
  if (depth === 0) {
    node.setWidth(10 + next(60))
    node.setHeight(10 + next(40))
  } else {
    for (let i = 0; i < 6; i++) node.insertChild(tree(next, depth - 1), i)
  }
  return node
}

export async function load() {
  const root = tree(random(21), 4)
  return () => {
    let sum = 0
    for (let width = 300; width < 900; width += 50) {
      root.setWidth(width)
      root.calculateLayout(undefined, undefined)
      const { left, top, height } = root.getChild(5).getComputedLayout()
      sum = sum * 3 + Math.round(8 * (left + top + height + root.getComputedHeight()))
    }
    return String(sum)
  }
}
